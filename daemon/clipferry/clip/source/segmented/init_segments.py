"""Initialisation segments that change in mid-stream (EXT-X-MAP at a break for advertisements): what is the same in both, fragments
of the later one told in the terms of the first, and parameter sets for a decoder that has only seen the first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...container.mp4 import boxes, movie_boxes
from ...download.remote_file import CancellationScope
from ...download.spliced_file import Bytes
from ...errors import BadMedia
from .. import movie_fragments

_HEADS = {"vide": 78, "soun": 28}
"""Bytes of a sample entry before its boxes (ISO/IEC 14496-12, 12.1.3 and 12.2.3)."""
_CONFIGS = frozenset({b"avcC", b"hvcC", b"vpcC", b"av1C", b"esds", b"dOps", b"dfLa", b"dac3", b"dec3"})


class TrackConfig(NamedTuple):
    """What a track's decoder is told in front."""

    tag: bytes
    size: bytes
    """Width and height as they stand in the sample entry; empty for audio."""
    config: bytes

    def sets(self) -> bytes:
        """Return the parameter sets, as they go in front of a frame (behind lengths, as in samples).

        Raises:
            BadMedia: a codec that has none, or in a way that cannot be mixed with others.
        """
        try:
            if self.tag in (b"avc1", b"avc3") and self.config[4] & 3 == 3:
                return _avc_sets(self.config)
            if self.tag in (b"hvc1", b"hev1") and self.config[21] & 3 == 3:
                return _hevc_sets(self.config)
        except IndexError as error:
            raise BadMedia(detail="a decoder configuration that ends too soon") from error
        raise BadMedia("video_changes", detail=f"{self.tag!r}")


def codings(init: bytes) -> dict[str, TrackConfig]:
    """By kind of track, of an initialisation segment."""
    found: dict[str, TrackConfig] = {}
    for start, end in boxes.find(init, "moov/trak"):
        handlers = boxes.find(init, "mdia/hdlr", start, end)
        kind = init[handlers[0][0] + 8 : handlers[0][0] + 12].decode("latin-1") if handlers else ""
        for a, b in boxes.find(init, "mdia/minf/stbl/stsd", start, end):
            if kind in _HEADS and kind not in found:
                for tag, c, d in boxes.children(init, a + 8, b):
                    found.setdefault(kind, _coding(init, kind, tag, c, d))
    return found


def _coding(init: bytes, kind: str, tag: bytes, start: int, end: int) -> TrackConfig:
    config = b""
    for name, a, b in boxes.children(init, start + _HEADS[kind], end):
        if name in _CONFIGS:
            # Bit rates stand in an esds before the decoder's own part (tag 5), and differ for the same coding.
            config = init[a + max(0, init[a:b].find(b"\x05")) : b] if name == b"esds" else init[a:b]
    return TrackConfig(tag, init[start + 24 : start + 28] if kind == "vide" else b"", config)


def _avc_sets(config: bytes) -> bytes:
    """Of an ``avcC`` (ISO/IEC 14496-15, 5.3.3.1)."""
    at, sets = 6, b""
    for count in (config[5] & 31, None):
        left = config[at] if count is None else count
        at += count is None
        for _ in range(left):
            size = config[at] << 8 | config[at + 1]
            sets += bytes(2) + config[at : at + 2 + size]
            at += 2 + size
    return sets


def _hevc_sets(config: bytes) -> bytes:
    """Of an ``hvcC`` (ISO/IEC 14496-15, 8.3.3.1)."""
    at, sets = 23, b""
    for _ in range(config[22]):
        count = config[at + 1] << 8 | config[at + 2]
        at += 3
        for _ in range(count):
            size = config[at] << 8 | config[at + 1]
            sets += bytes(2) + config[at : at + 2 + size]
            at += 2 + size
    return sets


def told_alike(moof: movie_fragments.Moof, like: Iterable[movie_boxes.Track]) -> movie_fragments.Moof:
    """``moof`` with the numbers and clocks of the tracks ``like``; tracks of other kinds are left out."""
    by_kind: dict[str, movie_boxes.Track] = {}
    for track in like:
        by_kind.setdefault(track.kind, track)
    runs = tuple(_told_alike(run, by_kind[run.track.kind]) for run in moof.runs if run.track.kind in by_kind)
    return movie_fragments.Moof(moof.resource, moof.start, runs)


def _told_alike(run: movie_boxes.Run, like: movie_boxes.Track) -> movie_boxes.Run:
    own = run.track

    def scaled(time: int) -> int:
        return (time * like.timescale + own.timescale // 2) // own.timescale

    track = own._replace(id=like.id, timescale=like.timescale, media_start=scaled(own.media_start))
    if own.timescale == like.timescale:
        return movie_boxes.Run(track, 0, run.samples)
    samples = [
        s._replace(dts=scaled(s.dts), pts=scaled(s.pts), duration=scaled(s.dts + s.duration) - scaled(s.dts))
        for s in run.samples
    ]
    return movie_boxes.Run(track, 0, tuple(samples))


def with_sets(moof: movie_fragments.Moof, sets: bytes) -> movie_fragments.Moof:
    """``moof`` with ``sets`` in front of its first frame."""
    first = next((run.samples[0] for run in moof.runs if run.track.kind == "vide" and run.samples), None)
    if first is None:
        return moof

    def moved(sample: movie_boxes.Sample) -> movie_boxes.Sample:
        if sample == first:
            return sample._replace(size=sample.size + len(sets))
        return sample._replace(offset=sample.offset + len(sets)) if sample.offset > first.offset else sample

    runs = tuple(movie_boxes.Run(run.track, run.description, tuple(map(moved, run.samples))) for run in moof.runs)
    return movie_fragments.Moof(_Inserted(moof.resource, moof.start + first.offset, sets), moof.start, runs)


class _Inserted:
    """Remote bytes with some of ours put in before position ``at``."""

    def __init__(self, remote: Bytes, at: int, extra: bytes) -> None:
        self._remote = remote
        self._at = at
        self._extra = extra

    @property
    def size(self) -> int | None:
        return None if self._remote.size is None else self._remote.size + len(self._extra)

    def _there(self, position: int) -> int:
        return position if position <= self._at else max(self._at, position - len(self._extra))

    def want(
        self, start: int, end: int | None, scope: CancellationScope | None = None, *, urgent: bool = False
    ) -> None:
        self._remote.want(self._there(start), None if end is None else self._there(end), scope, urgent=urgent)

    def read(self, position: int, count: int) -> bytes:
        if position < self._at:
            return self._remote.read(position, min(count, self._at - position))
        inside = position - self._at
        if inside < len(self._extra):
            return self._extra[inside : inside + count]
        return self._remote.read(position - len(self._extra), count)

    def read_exactly(self, position: int, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.read(position + len(data), count - len(data))
            if not more:
                raise BadMedia(detail="a segment ends too soon")
            data += more
        return data
