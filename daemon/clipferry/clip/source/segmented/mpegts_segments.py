"""Segments of transport streams: pass them on unchanged, or shift all to one clock."""

from __future__ import annotations

from collections.abc import Iterator

from ...container import mpegts
from ...download.remote_file import CancellationScope
from ...download.spliced_file import Piece
from .. import movie_fragments
from . import mpegts_times
from .segment_clock import SegmentClock

_SPARE_S = 60.0


def pieces(source: SegmentClock, first: int, end_s: float, scope: CancellationScope) -> tuple[Iterator[Piece], float]:
    """Return the segments from ``first`` on, and where presentation time 0 lies in them."""
    begin = source.timed[first]
    last = next((one for one in reversed(source.timed) if one.start_s < end_s), source.timed[-1])
    zero = source.zero_at(first)
    one_clock = last.segment.section == begin.segment.section and not source.growing()
    if one_clock and zero + begin.start_s >= 0 and zero + min(end_s, last.end_s) + _SPARE_S < mpegts_times.TURN_S:
        return source.joined(first, end_s, scope), zero
    return _shifted(source, first, end_s, scope), float(movie_fragments.LEAD_S)


def _shifted(source: SegmentClock, first: int, end_s: float, scope: CancellationScope) -> Iterator[Piece]:
    for place in source.walk(first, end_s, scope):
        remote, shift = source.bytes_at(place), _shift(source, place)
        at, left = 0, b""
        while data := remote.read(at, mpegts_times.STEP):
            at += len(data)
            data = left + data
            whole = len(data) // mpegts.PACKET * mpegts.PACKET
            left = data[whole:]
            yield mpegts.shifted(data[:whole], shift)
        if (after := source.spill(place, end_s)) is not None:
            yield mpegts.shifted(mpegts_times.head(source.bytes_at(after)), _shift(source, after))


def _shift(source: SegmentClock, place: int) -> int:
    return round((movie_fragments.LEAD_S - source.zero_at(place)) * mpegts.CLOCK)
