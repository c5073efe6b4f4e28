"""Segments that are transport streams: passed on as they are, or with all their clocks set to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import BadMedia
from . import fmp4, ts
from .resource import Interest
from .splice import Bytes, Piece

if TYPE_CHECKING:
    from .segmented import SegmentedSource

HEAD = 16 * 1024
"""Enough of a segment for its first timestamps, in most."""
_STEP = ts.PACKET * 348
_TURN_S = 2**33 / ts.CLOCK
"""The clock counts 33 bits."""
_SPARE_S = 60.0


def pieces(source: SegmentedSource, first: int, end_s: float, interest: Interest) -> tuple[Iterator[Piece], float]:
    """The segments from ``first`` on, and where presentation time 0 lies in them."""
    begin = source.timed[first]
    last = next((one for one in reversed(source.timed) if one.start_s < end_s), source.timed[-1])
    zero = source.zero_at(first)
    one_clock = last.segment.section == begin.segment.section and not source.growing()
    if one_clock and zero + begin.start_s >= 0 and zero + min(end_s, last.end_s) + _SPARE_S < _TURN_S:
        return source.joined(first, end_s, interest), zero
    return _shifted(source, first, end_s, interest), float(fmp4.LEAD_S)


def _shifted(source: SegmentedSource, first: int, end_s: float, interest: Interest) -> Iterator[Piece]:
    for place in source.walk(first, end_s, interest):
        remote, shift = source.bytes_at(place), _shift(source, place)
        at, left = 0, b""
        while data := remote.read(at, _STEP):
            at += len(data)
            data = left + data
            whole = len(data) // ts.PACKET * ts.PACKET
            left = data[whole:]
            yield ts.shifted(data[:whole], shift)
        if (after := source.spill(place, end_s)) is not None:
            yield ts.shifted(head(source.bytes_at(after)), _shift(source, after))


def _shift(source: SegmentedSource, place: int) -> int:
    return round((fmp4.LEAD_S - source.zero_at(place)) * ts.CLOCK)


def head(remote: Bytes, size: int = _STEP) -> bytes:
    """The first packets of a segment."""
    remote.want(0, size, urgent=True)
    data = b""
    while len(data) < size and (more := remote.read(len(data), size - len(data))):
        data += more
    return data[: len(data) // ts.PACKET * ts.PACKET]


def first_time_s(remote: Bytes) -> float:
    """When the first picture of a segment is shown, on its own clock."""
    for size in (HEAD, 16 * HEAD):
        found = ts.first_time(head(remote, size))
        if found is not None:
            return found / ts.CLOCK
    raise BadMedia(detail="a segment without timestamps")


def unwrapped(seconds: float) -> float:
    """A difference of two times on a clock of 33 bits."""
    return (seconds + _TURN_S / 2) % _TURN_S - _TURN_S / 2
