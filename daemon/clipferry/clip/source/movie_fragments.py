"""Movie fragments of a fragmented MP4: their tracks, where they lie, and the timeline that they are placed on."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..container.mp4 import boxes, movie_boxes
from ..download.spliced_file import Bytes
from ..errors import BadMedia, DrmProtected

LEAD_S = 10
"""Where presentation time 0 lies on the timeline of what we write."""
MAX_MOOF_BYTES = 16 * 1024 * 1024


class Part(NamedTuple):
    """A range of a remote file that holds whole fragments; ``end`` ``None``: to the end of the file."""

    resource: Bytes
    start: int
    end: int | None


class Moof(NamedTuple):
    """A movie fragment and where it was found."""

    resource: Bytes
    start: int
    runs: tuple[movie_boxes.Run, ...]

    def first_pts_s(self, kind: str | None = None) -> float | None:
        """Return the earliest presentation time, edit list applied, of the tracks of ``kind``."""
        times = [seconds(run.track, s.pts) for run in self.runs if kind in (None, run.track.kind) for s in run.samples]
        return min(times, default=None)

    def end_s(self) -> float:
        return max((seconds(r.track, s.pts + s.duration) for r in self.runs for s in r.samples), default=0.0)


class Timeline(NamedTuple):
    """``zero_s``: presentation time 0 on the tracks' own clock (edit lists applied)."""

    zero_s: float

    def shown_s(self, track: movie_boxes.Track, pts: int) -> float:
        return seconds(track, pts) - self.zero_s

    def written(self, track: movie_boxes.Track, time: int) -> int:
        """Return a time of the track in what we write."""
        return time - track.media_start + round((track.empty_s - self.zero_s + LEAD_S) * track.timescale)


def seconds(track: movie_boxes.Track, pts: int) -> float:
    return (pts - track.media_start) / track.timescale + track.empty_s


def parse_init(data: bytes) -> tuple[movie_boxes.Track, ...]:
    """Return the tracks of an initialisation segment (``ftyp`` + ``moov``). How long an edit list shows fragments is not examined: no
    player does.

    Raises:
        BadMedia: broken; DrmProtected: encrypted.
    """
    for kind, a, b in boxes.children(data, 0, len(data)):
        if kind == b"moov":
            for c, d in boxes.find(data, "trak/mdia/minf/stbl/stsd", a, b):
                if data[c + 12 : min(d, c + 16)] in (b"encv", b"enca"):
                    raise DrmProtected
            found = movie_boxes.tracks(b"".join([struct.pack(">I4s", b - a + 8, b"moov"), data[a:b]]))
            return tuple(track._replace(length_s=None) for track in found)
    raise BadMedia(detail="no moov in the initialisation segment")


def without_edits(init: bytes) -> bytes:
    """``init`` with its edit lists made free space: we have worked them into the timestamps."""
    changed = bytearray(init)
    for a, _ in boxes.find(init, "moov/trak/edts/elst"):
        changed[a - 12 : a - 8] = b"free"
    return bytes(changed)


def moofs(part: Part, tracks: tuple[movie_boxes.Track, ...], hop: int = 0) -> Iterator[Moof]:
    """Yield every movie fragment of ``part``, read when requested. ``hop``: request so many bytes where the next box begins."""
    at = part.start
    while part.end is None or at + 8 <= part.end:
        if hop:
            part.resource.want(at, at + hop, urgent=True)
        first = part.resource.read(at, 1)
        if not first:
            return
        head = boxes.header(part.resource.read_exactly(at, 8).ljust(16, b"\xff"))
        if head.payload == 16:
            head = boxes.header(part.resource.read_exactly(at, 16))
        if head.kind == b"moof":
            if head.size is None or head.size > MAX_MOOF_BYTES:
                raise BadMedia(detail=f"moof of {head.size} bytes")
            part.resource.want(at, at + head.size, urgent=True)
            data = part.resource.read_exactly(at, head.size)
            yield Moof(part.resource, at, movie_boxes.fragment(data, tracks, at))
        if head.size is None:
            return
        at += head.size
