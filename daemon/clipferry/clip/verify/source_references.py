"""Check that every reference frame of the clip's frames was read from the source."""

from __future__ import annotations

from ..codec.h264_frame_num import missing_references
from ..cut.record.report import SourceRecord
from ..cut.record.source_log import NO_PTS, PacketLog, SourceLog
from ..errors import Cancelled, ClipError
from ..model import Window
from .check import check

_BEFORE_S = 0.5
_REFERENCES_S = 1.0
"""A frame before the end refers to nothing later than this after it."""


def check_references(source_record: SourceRecord, log: PacketLog) -> None:
    """Read the source again, and further, where decode times or H.264's ``frame_num`` leave room for a packet that was not read.

    A frame after the end may be a reference of one before it. A source that lacks the packet is damaged itself.

    Raises:
        VerificationFailed: there is such a packet.
    """
    if not log.reorder or source_record.end_s is None or source_record.open_end:
        return
    last = max((row for row, pts in enumerate(log.pts) if pts < log.ticks(source_record.end_s)), default=0)
    spans = (
        _decode_time_gaps(log, source_record.end_s, last) if source_record.log.demuxer == "mov" else []
    )  # others do not store decode times
    gaps = [row for row in missing_references(log.extradata or b"", log.slice_heads) if 0 < row <= last]
    if not spans and not gaps:
        return
    begin_s = min([source_record.end_s, *(log.seconds(log.pts[row]) for row in gaps if log.pts[row] != NO_PTS)])
    window = Window(max(0.0, begin_s - _BEFORE_S), source_record.end_s + _REFERENCES_S)
    again = SourceLog(window.start_s, window.end_s)
    try:
        with source_record.reopen(window, again) as reader:
            reader.read_past_end()
    except Cancelled:
        raise
    except (ClipError, OSError):
        return
    if again.video is None:
        return
    left_out = [dts for dts in again.video.dts if any(begin <= dts < end for begin, end in spans)]
    check(not left_out, f"packets decoded at {left_out[:3]} were not read, though pictures of the clip follow them")
    for row in gaps:
        check(
            not _between(again.video, log.checksum[row - 1], log.checksum[row]),
            f"pictures before the one at {log.seconds(log.pts[row]):.3f} s were not read, though it is built on them",
        )


def _decode_time_gaps(log: PacketLog, end_s: float, last: int) -> list[tuple[int, int]]:
    """Return spans of decode time near the end without a packet, in a file that declares durations."""
    near = log.ticks(end_s - _REFERENCES_S)
    found: list[tuple[int, int]] = []
    for row in range(1, last + 1):
        dts, duration, following = log.dts[row - 1], log.duration[row - 1], log.dts[row]
        if NO_PTS in (dts, following) or not duration or log.pts[row] < near:
            continue
        if following - dts - duration > duration // 2:
            found.append((dts + duration, following))
    return found


def _between(log: PacketLog, one: int, other: int) -> bool:
    """Return whether there are packets between the one with the checksum ``one`` and the next with ``other``."""
    checksums = list(log.checksum)
    if one not in checksums:
        return False
    behind = checksums[checksums.index(one) + 1 :]
    return other in behind and behind.index(other) > 0
