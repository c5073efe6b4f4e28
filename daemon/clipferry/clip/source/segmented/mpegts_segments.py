"""Segments that are transport streams: passed on as they are, or with all their clocks set to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from ...container import mpegts, time_zero
from ...download.remote_file import CancellationScope
from ...download.spliced_file import Bytes, Piece
from ...errors import BadMedia
from .. import mp4_fragmented

if TYPE_CHECKING:
    from .segmented_source import SegmentedSource

HEAD = 16 * 1024
"""Enough of a segment for its first timestamps, in most."""
_STEP = mpegts.PACKET * 348
_TURN_S = 2**33 / mpegts.CLOCK
"""The clock counts 33 bits."""
_SPARE_S = 60.0


def pieces(
    source: SegmentedSource, first: int, end_s: float, scope: CancellationScope
) -> tuple[Iterator[Piece], float]:
    """The segments from ``first`` on, and where presentation time 0 lies in them."""
    begin = source.timed[first]
    last = next((one for one in reversed(source.timed) if one.start_s < end_s), source.timed[-1])
    zero = source.zero_at(first)
    one_clock = last.segment.section == begin.segment.section and not source.growing()
    if one_clock and zero + begin.start_s >= 0 and zero + min(end_s, last.end_s) + _SPARE_S < _TURN_S:
        return source.joined(first, end_s, scope), zero
    return _shifted(source, first, end_s, scope), float(mp4_fragmented.LEAD_S)


def _shifted(source: SegmentedSource, first: int, end_s: float, scope: CancellationScope) -> Iterator[Piece]:
    for place in source.walk(first, end_s, scope):
        remote, shift = source.bytes_at(place), _shift(source, place)
        at, left = 0, b""
        while data := remote.read(at, _STEP):
            at += len(data)
            data = left + data
            whole = len(data) // mpegts.PACKET * mpegts.PACKET
            left = data[whole:]
            yield mpegts.shifted(data[:whole], shift)
        if (after := source.spill(place, end_s)) is not None:
            yield mpegts.shifted(head(source.bytes_at(after)), _shift(source, after))


def _shift(source: SegmentedSource, place: int) -> int:
    return round((mp4_fragmented.LEAD_S - source.zero_at(place)) * mpegts.CLOCK)


def head(remote: Bytes, size: int = _STEP) -> bytes:
    """The first packets of a segment."""
    remote.want(0, size, urgent=True)
    data = b""
    while len(data) < size and (more := remote.read(len(data), size - len(data))):
        data += more
    return data[: len(data) // mpegts.PACKET * mpegts.PACKET]


def first_time_s(remote: Bytes) -> float:
    """When the first picture of a segment is shown (or its sound is heard, where there is none), on its own clock."""
    picture_s, sound_s = _first_times_s(remote)
    return sound_s if picture_s is None else picture_s


def begins_s(remote: Bytes) -> float:
    """When the earliest track of a segment begins, on its own clock."""
    picture_s, sound_s = _first_times_s(remote)
    if picture_s is not None:
        sound_s = picture_s + unwrapped(sound_s - picture_s)
    return cast("float", time_zero.earliest(picture_s, sound_s))


def _first_times_s(remote: Bytes) -> tuple[float | None, float]:
    """When the first picture and the first sound of a segment are shown; the second is the first's where there is none in front of
    the segment."""
    for size in (HEAD, 16 * HEAD):
        found = {kind: time / mpegts.CLOCK for kind, time in mpegts.first_times(head(remote, size)).items()}
        if found:
            picture_s = found.get(mpegts.VIDEO)
            return picture_s, found[mpegts.AUDIO] if mpegts.AUDIO in found or picture_s is None else picture_s
    raise BadMedia(detail="a segment without timestamps")


def unwrapped(seconds: float) -> float:
    """A difference of two times on a clock of 33 bits."""
    return (seconds + _TURN_S / 2) % _TURN_S - _TURN_S / 2
