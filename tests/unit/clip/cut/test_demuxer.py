"""Reading packets ahead of their use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from clipferry.clip.cut.demuxer import Reader
from clipferry.clip.errors import Cancelled
from clipferry.clip.model import Window
from clipferry.clip.source.local import LocalSource
from origin import media
from origin.media import Pack


@pytest.fixture(scope="module")
def film() -> Path:
    return media.make(media.recipe("h264", Pack("fmp4"), seconds=20, sound="aac"))


def reader_of(film: Path, cancelled: Callable[[], bool] = lambda: False) -> Reader:
    return Reader(LocalSource(film), Window(0.0, None), video=True, audio=True, cancelled=cancelled)


def packets(reader: Reader) -> list[tuple[int | None, int]]:
    assert reader.video is not None
    assert reader.audio is not None
    return [(packet.pts, packet.size) for stream in (reader.video, reader.audio) for packet in reader.packets(stream)]


@pytest.mark.parametrize("most", [1, 50_000, 1 << 30])
def test_reading_ahead_returns_the_same_packets(film: Path, most: int) -> None:
    with reader_of(film) as plain, reader_of(film) as ahead:
        for stream in (ahead.audio, ahead.video):
            assert stream is not None
            ahead.read_ahead(stream, most)
        assert packets(ahead) == packets(plain)


def test_read_ahead_reads_the_requested_amount(film: Path) -> None:
    with reader_of(film) as ahead:
        assert ahead.video is not None
        file = ahead.media.file
        ahead.read_ahead(ahead.video, 50_000)
        some = file.tell()
        assert 50_000 <= some < film.stat().st_size / 2
        ahead.read_ahead(ahead.video, 50_000)
        assert file.tell() == some, "so much waits already"
        ahead.read_ahead(ahead.video, 1 << 30)
        assert file.tell() == film.stat().st_size


def test_it_can_be_cancelled(film: Path) -> None:
    over = threading.Event()
    with reader_of(film, over.is_set) as ahead:
        assert ahead.video is not None
        ahead.read_ahead(ahead.video, 1)
        over.set()
        with pytest.raises(Cancelled):
            ahead.read_ahead(ahead.video, 1 << 30)
