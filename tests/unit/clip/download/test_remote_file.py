"""A reader and those who fetch for it meet at any moment: nothing is asked for that is here, or on its way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from clipferry.clip.download.remote_file import Address, CancellationScope, RemoteFile
from clipferry.clip.download.sparse_store import SparseStore
from clipferry.clip.http.file_identity import FileIdentity
from clipferry.clip.http.media_url import Link
from clipferry.clip.http.network import Network
from clipferry.clip.http.range_client import Client
from clipferry.clip.http.retry_policy import RetryPolicy

DATA = bytes(range(256)) * 1024


class Meeting(SparseStore):
    """Lets something happen right after a reader did not find its bytes."""

    meanwhile: Callable[[], None] | None = None

    def read(self, position: int, count: int) -> bytes:
        data = super().read(position, count)
        if not data and self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        return data


class Line:
    """A resource whose requests are written down, and answered when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[int, int]] = []
        self.store = Meeting(folder / "bytes")
        self.store.adopt(FileIdentity(size=len(DATA), etag='"a"'))
        client = Client(Network(), RetryPolicy(), cancelled=lambda: False)
        address = Address(lambda: Link("https://video.example/media"), lambda _: False)
        self.resource = RemoteFile(address, self.store, client, self._schedule, lambda _: None)

    def _schedule(self, resource: RemoteFile, start: int, end: int, urgent: bool, scope: CancellationScope) -> None:
        del resource, urgent, scope
        self.asked.append((start, end))

    def arrive(self) -> None:
        """The answer to the last request."""
        start, end = self.asked[-1]
        self.resource._keep(start, DATA[start:end], self.store.generation)
        self.resource.settle(start, end)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_what_comes_between_looking_and_asking_is_not_asked_for_again(line: Line) -> None:
    def comes() -> None:
        line.resource.want(1000, 3000)
        line.arrive()

    line.store.meanwhile = comes
    assert line.resource.read(1000, 2000) == DATA[1000:3000]
    assert line.asked == [(1000, 3000)]


def test_what_is_sent_for_between_looking_and_asking_is_waited_for(line: Line) -> None:
    def sent_for() -> None:
        line.resource.want(1000, 3000)
        threading.Timer(0.05, line.arrive).start()

    line.store.meanwhile = sent_for
    assert line.resource.read(1000, 2000) == DATA[1000:3000]
    assert line.asked == [(1000, 3000)]


def test_what_nobody_sent_for_is_asked_for_by_the_reader(line: Line) -> None:
    def answers() -> None:
        threading.Timer(0.05, line.arrive).start()

    line.store.meanwhile = answers
    assert line.resource.read(1000, 2000) == DATA[1000:3000]
    assert line.asked == [(1000, 1000 + 32 * 1024)]
