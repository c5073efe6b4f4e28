"""Segments of packed audio: wrap their frames in generated fragments, on one timeline."""

from __future__ import annotations

from collections.abc import Iterator

from ...container import packed_audio
from ...container.mp4 import movie_boxes
from ...download.remote_file import CancellationScope
from ...download.spliced_file import Bytes, Piece
from ...errors import BadMedia
from ...model import Window
from .. import movie_fragments, mp4_fragmented
from . import mpegts_times
from .segment_clock import SegmentClock

_MAX_BYTES = 64 * 1024 * 1024
_MAX_TAG_BYTES = 1 << 20
_SYNC = 0x02000000
"""Sample flags (8.8.3.1): depends on no other."""


class MemoryFile:
    """Bytes in memory, with the interface of a remote file."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int | None:
        return len(self._data)

    def want(
        self, start: int, end: int | None, scope: CancellationScope | None = None, *, urgent: bool = False
    ) -> None:
        """They are here."""

    def read(self, position: int, count: int) -> bytes:
        return self._data[position : position + count]

    def read_exactly(self, position: int, count: int) -> bytes:
        if position + count > len(self._data):
            raise BadMedia(detail="past the end of the segment")
        return self.read(position, count)


def pieces(source: SegmentClock, window: Window, first: int, end_s: float, scope: CancellationScope) -> Iterator[Piece]:
    """Yield the segments from ``first`` on, cut to ``window``, presentation time 0 at ``movie_fragments.LEAD_S``."""
    sound = _read(source, first).sound
    init = packed_audio.init(sound)
    (track,) = movie_fragments.parse_init(init)

    def fragments() -> Iterator[tuple[movie_fragments.Moof, movie_fragments.Timeline]]:
        for place in source.walk(first, end_s, scope):
            segment = _read(source, place)
            if segment.sound != sound:
                raise BadMedia("audio_changes")
            yield moof(segment, track, _shown_s(source, place, segment)), movie_fragments.Timeline(0.0)

    return mp4_fragmented.splice(init, fragments(), window)


def _read(source: SegmentClock, place: int) -> packed_audio.Segment:
    return packed_audio.segment(_whole(source.bytes_at(place)))


def _whole(remote: Bytes) -> bytes:
    data = bytearray()
    while more := remote.read(len(data), 1 << 20):
        data += more
        if len(data) > _MAX_BYTES:
            raise BadMedia(detail="a segment of sound that does not end")
    return bytes(data)


def _shown_s(source: SegmentClock, place: int, segment: packed_audio.Segment) -> float:
    """Return when the segment's first sample is presented, in presentation time: by its own timestamp, or by the playlist's sums where it does not."""
    if segment.time is None:
        return source.timed[place].start_s
    return mpegts_times.unwrapped(segment.time / packed_audio.CLOCK - source.zero_at(place))


def moof(segment: packed_audio.Segment, track: movie_boxes.Track, shown_s: float) -> movie_fragments.Moof:
    """Return the segment's frames as a movie fragment whose first sample is presented at ``shown_s``."""
    sound, at = segment.sound, 0
    time = round(shown_s * sound.rate)
    samples = []
    for size in segment.sizes:
        samples.append(movie_boxes.Sample(at, size, time, time, sound.frame, _SYNC))
        at, time = at + size, time + sound.frame
    return movie_fragments.Moof(MemoryFile(segment.data), 0, (movie_boxes.Run(track, 0, tuple(samples)),))


def first_time_s(source: SegmentClock, place: int) -> float:
    """Return when the segment begins, on its own clock, by the tag in front; without one by the playlist's sums."""
    remote = source.bytes_at(place)
    remote.want(0, mpegts_times.HEAD, urgent=True)
    size = packed_audio.tag_size(remote.read_exactly(0, 10))
    time = packed_audio.tag_time(remote.read_exactly(0, size)) if 0 < size <= _MAX_TAG_BYTES else None
    if time is not None:
        return time / packed_audio.CLOCK
    zero_s = source.beside.zero_s() if source.beside is not None else 0.0
    return zero_s + source.timed[place].start_s
