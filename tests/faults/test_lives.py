"""What ends a download from outside: the person, the disk, the end of the process; and what it costs to go on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.errors import Cancelled, DiskFull
from clipferry.clip.http.retry_policy import RetryPolicy
from clipferry.clip.model import Delivery, MediaSource, Window
from faults.reading import MIB, QUICK, Bench, digest, noise

SIZE = 12 * MIB
PROMISED_S = 2.0
"""From a cancel to the end."""

CHILD = """
import os, sys
from pathlib import Path
sys.path[:0] = [str(Path(sys.argv[1]) / "daemon"), str(Path(sys.argv[1]) / "tests")]
from clipferry.clip.model import Delivery, Format
from clipferry.clip.http.network import Network
from clipferry.clip.source import SourceContext, open_source
from faults.reading import read_whole
if len(sys.argv) > 4:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
source = open_source(
    Format(id="1", url=sys.argv[2], delivery=Delivery.FILE, container="mp4"),
    SourceContext(Network.from_environment(os.environ), Path(sys.argv[3])),
)
try:
    read_whole(source)
except Exception as error:
    print(type(error).__name__)
    sys.exit(3)
"""


def child(bench: Bench, url: str, *more: str) -> subprocess.Popen[str]:
    """The same download in a process of its own."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, os.fspath(root), url, os.fspath(bench.store), *more],
        env={**os.environ, **bench.site.env()},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("after", [0, 300_000, 3 * MIB, 11 * MIB])
def test_kill_9_costs_at_most_a_mebibyte_of_each_connection(bench: Bench, tmp_path: Path, after: int) -> None:
    path = tmp_path / "media.bin"
    known = noise(path, SIZE)
    url = bench.site.publish(path)
    # Slowly enough that next to nothing waits in the sockets, where it dies with the process and counts as sent.
    bench.site.shape(link_bps=6_000_000)
    bench.site.fault("hold", path="/file/*", at_byte=after, times=0)
    process = child(bench, url)
    bench.site.wait_for("video.example", "/file/*", sent=min(after, SIZE // 3))
    process.send_signal(signal.SIGKILL)
    process.wait()
    bench.site.mend()
    bench.site.release()
    before = bench.site.counters("video.example", "/file/*").bytes
    assert digest(bench.whole(url)) == known
    assert sum(bench.fetched) <= SIZE - before + 4 * MIB


def test_a_torn_journal_and_bytes_that_changed_on_the_disk_are_fetched_again(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "media.bin"
    known = noise(path, SIZE)
    url = bench.site.publish(path)
    assert digest(bench.whole(url)) == known
    (store,) = (file for file in bench.store.iterdir() if len(file.name) == 24)
    journal = store.with_name(store.name + ".journal")
    journal.write_bytes(journal.read_bytes() + b"0 fffffff 12")
    with store.open("r+b") as file:
        file.seek(5 * MIB)
        file.write(b"damaged")
    bench.fetched.clear()
    assert digest(bench.whole(url)) == known
    assert 0 < sum(bench.fetched) <= MIB


def test_a_full_disk_is_said_as_such(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "media.bin"
    noise(path, SIZE)
    process = child(bench, bench.site.publish(path), str(5 * MIB))
    said, _ = process.communicate(timeout=60)
    assert said.strip() == DiskFull.__name__


def test_no_room_is_noticed_before_anything_is_fetched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    source = bench.source(bench.media("h264", "fmp4", seconds=120), duration_s=120.0)
    try:
        source.prepare()
        monkeypatch.setattr("clipferry.clip.source.base.free_bytes", lambda folder: 100_000)
        with pytest.raises(DiskFull):
            source.open(Window(0.0, 100.0))
    finally:
        source.close()


def read_all(source: MediaSource) -> None:
    with source.open(Window(0.0, None)) as opened:
        while opened.file.read(1 << 16):
            pass


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("stall", {"after_bytes": 0}),
        ("stall", {"after_bytes": 5000}),
        ("drip", {"after_bytes": 0, "rate_bps": 100}),
        ("slow_start", {"delay_s": 30}),
        ("refuse", {}),
        ("status", {"status": 503}),
        ("status", {"status": 429, "headers": {"Retry-After": "25"}}),
    ],
)
def test_cancel_is_heard_whatever_is_waited_for(bench: Bench, kind: str, how: dict[str, Any]) -> None:
    url = bench.media("h264", "fmp4")
    bench.site.fault(kind, path="/media/*", times=0, **how)
    ended, waited = cancelled_read(bench, lambda flag: bench.source(url, cancelled=flag, retry_policy=RetryPolicy()))
    assert isinstance(ended, Cancelled)
    assert waited < PROMISED_S


@pytest.mark.parametrize(
    ("kind", "how"),
    [("stall", {"after_bytes": 0}), ("drip", {"after_bytes": 0, "rate_bps": 10}), ("slow_start", {"delay_s": 30})],
)
@pytest.mark.parametrize(
    ("pack", "name"),
    [("hls-ts", "index.m3u8"), ("hls-aes", "key.bin"), ("hls-fmp4", "init.mp4"), ("hls-ts", "segment-000.ts")],
)
def test_cancel_is_heard_whatever_of_a_playlist_is_waited_for(
    bench: Bench, pack: str, name: str, kind: str, how: dict[str, Any]
) -> None:
    url = bench.media("h264", pack)
    bench.site.fault(kind, path=f"/media/*/{name}", times=0, **how)
    ended, waited = cancelled_read(
        bench,
        lambda flag: bench.source(url, Delivery.HLS, "mpegts", cancelled=flag, retry_policy=RetryPolicy()),
        path=f"/media/*/{name}",
    )
    assert isinstance(ended, Cancelled)
    assert waited < PROMISED_S


def test_cancel_is_heard_while_a_proxy_does_not_answer(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        network = replace(bench.network, https_proxy=f"http://127.0.0.1:{silent.getsockname()[1]}")
        url = bench.media("h264", "hls-ts")
        ended, waited = cancelled_read(
            bench,
            lambda flag: bench.source(url, Delivery.HLS, "mpegts", cancelled=flag, network=network),
            connected=silent,
        )
    assert isinstance(ended, Cancelled)
    assert waited < PROMISED_S


def test_cancel_is_heard_before_the_site_is_open(bench: Bench) -> None:
    url = bench.media("h264", "fmp4")
    ended, _ = cancelled_read(
        bench,
        lambda flag: bench.source(url, cancelled=flag, available_at=time.time() + 3600),
        path=None,
    )
    assert isinstance(ended, Cancelled)
    assert bench.site.counters("video.example").requests == 0


def cancelled_read(
    bench: Bench,
    make: Callable[[Callable[[], bool]], MediaSource],
    *,
    path: str | None = "/media/*",
    connected: socket.socket | None = None,
) -> tuple[BaseException | None, float]:
    """Read in a thread, cancel once a request is out; gives how it ended and how long after."""
    flag = threading.Event()
    source = make(flag.is_set)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            read_all(source)
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    if connected is not None:
        held, _ = connected.accept()
        held.recv(1)
    elif path is not None:
        bench.site.wait_for("video.example", path, requests=1)
    began = time.monotonic()
    flag.set()
    thread.join(30)
    waited = time.monotonic() - began
    source.close()
    if connected is not None:
        held.close()  # kept until here: closing it would have been an answer
    return (ended[0] if ended else None), waited


def test_nothing_is_asked_for_before_the_site_is_open(bench: Bench) -> None:
    opens = time.time() + 1.5
    source = bench.source(bench.media("h264", "fmp4"), available_at=opens)
    try:
        source.prepare()
        assert time.time() >= opens
    finally:
        source.close()


def test_the_speed_limit_holds_for_all_connections_together(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "media.bin"
    noise(path, 3 * MIB)
    url = bench.site.publish(path)
    began = time.monotonic()
    bench.whole(url, network=replace(bench.network, speed_limit_bps=MIB), retry_policy=QUICK)
    assert time.monotonic() - began > 1.8
