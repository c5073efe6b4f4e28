"""What the fault tests share: a source on the local internet, and the numbers of the pictures that come out of it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import av

from clipferry.clip.http.network import Network
from clipferry.clip.http.retry_policy import RetryPolicy
from clipferry.clip.model import Delivery, Format, MediaSource, Window
from clipferry.clip.recording import Recording
from clipferry.clip.source import SourceContext, open_source
from clipferry.clip.source.single_file import FileSource
from origin import LocalInternet, media
from origin.media import Pack, pattern
from origin.verify.frames import _luma

QUICK = RetryPolicy(connect_s=10, stall_s=3.0, first_wait_s=0.05, longest_wait_s=0.2, tries=4)
MIB = 1 << 20


@dataclass
class Bench:
    """A site, a store and the way there."""

    site: LocalInternet
    store: Path
    fetched: list[int] = field(default_factory=list)

    @property
    def network(self) -> Network:
        return Network.from_environment(self.site.env())

    def media(
        self, picture: str | None, pack: str, sound: str | None = "aac", seconds: float = 20.0, start_s: float = 0.0
    ) -> str:
        """The URL of media of the matrix, made already: no request has to wait for its encoder."""
        media.make(media.recipe(picture, Pack(pack), seconds=seconds, sound=sound, start_s=start_s))
        return self.site.media_url(picture, pack, sound=sound, seconds=seconds, start_s=start_s)

    def source(self, url: str, delivery: Delivery = Delivery.FILE, container: str = "mp4", **how: Any) -> MediaSource:
        names = {one.name for one in fields(Format)}
        given = {name: how.pop(name) for name in [*how] if name in names}
        return self.open(
            Format(**{"id": "1", "url": url, "delivery": delivery, "container": container, **given}), **how
        )

    def open(
        self, of: Format, beside: MediaSource | None = None, recording: Recording | None = None, **how: Any
    ) -> MediaSource:
        """``how``: of ``SourceContext``."""
        usual = {"network": self.network, "on_bytes": self.fetched.append, "retry_policy": QUICK}
        context = SourceContext(store_dir=self.store, **{**usual, **how})
        return open_source(of, context, beside=beside, recording=recording)

    def whole(self, url: str, **how: Any) -> bytes:
        """Every byte of ``url``."""
        with closing(self.source(url, **how)) as source:
            return read_whole(source)


def read_whole(source: MediaSource) -> bytes:
    """All bytes of a file as the site keeps them, over the ranges and connections of every source."""
    assert isinstance(source, FileSource)
    source.begin()
    parts = [source.file.read(0, 1)]  # gives the size, so that the rest is requested in pieces
    source.file.want(0, None)
    position = len(parts[0])
    while data := source.file.read(position, MIB):
        parts.append(data)
        position += len(data)
    return b"".join(parts)


def noise(path: Path, size: int) -> str:
    """A file of ``size`` bytes that look like no other; gives their digest."""
    data = random.Random(size).randbytes(size)
    path.write_bytes(data)
    return digest(data)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Seen:
    """What a window gave: (presentation time, number) of each picture, presentation time of each packet of sound."""

    pictures: list[tuple[float, int | None]]
    sound: list[float]
    seekable: bool

    def wrong(self, fps: float = 30.0) -> list[tuple[float, int | None]]:
        """Pictures that are not where their number says."""
        return [(t, n) for t, n in self.pictures if n is None or abs(t - n / fps) > 0.002]

    def covers(self, first: int, last: int) -> bool:
        """Whether all of ``first`` … ``last`` are there."""
        return set(range(first, last + 1)) <= {n for _, n in self.pictures}


def watch(
    source: MediaSource, start_s: float, end_s: float | None, each: Callable[[int], None] = lambda _: None
) -> Seen:
    """Open, demux and decode a window as the cutter does. ``each`` hears the number of every picture."""
    pictures: list[tuple[float, int | None]] = []
    sound: list[float] = []
    with source.open(Window(start_s, end_s)) as opened:
        options = {} if opened.demuxer == "mpegts" else {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"}
        with av.open(opened.file, "r", format=opened.demuxer, options=options) as container:
            video = container.streams.video[0] if container.streams.video else None
            if opened.seekable and video is not None and video.time_base is not None:
                container.seek(int((start_s + opened.origin_s) / video.time_base), stream=video)
            for packet in container.demux():
                if packet.stream.type == "audio" and packet.pts is not None and packet.time_base is not None:
                    sound.append(float(packet.pts * packet.time_base) - opened.origin_s)
                if packet.stream is not video:
                    continue
                for frame in packet.decode():
                    assert isinstance(frame, av.VideoFrame)
                    assert frame.pts is not None
                    assert frame.time_base is not None
                    time = float(frame.pts * frame.time_base) - opened.origin_s
                    pictures.append((time, pattern.read_number(_luma(frame))))
                    each(pictures[-1][1] or 0)
                if opened.seekable and end_s is not None and pictures and pictures[-1][0] > end_s + 0.5:
                    break
        return Seen(pictures, sound, opened.seekable)
