"""The frames that the source shows between the marks, computed from its packets alone, and whether the file has exactly these, at their
times, the copied ones bit for bit.

Nothing here uses the cut's timeline (``cut/timeline``, ``cut/video/leading_gop``, ``cut/video/packet_layout``): a fault there must
not hide itself.
"""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from ..cut.packets import AnyPacket
from ..cut.record.report import SourceRecord
from ..cut.record.source_log import DISCARD, KEYFRAME, NO_PTS, TOLERANCE_S, PacketLog
from .check import LOOSE_S, check

_LONGEST_ON_SCREEN_S = Fraction(1, 10)
"""A frame that has been on screen for longer at the start begins with the clip."""
_MAX_REORDER = 16
"""H.264 A.3.1 and H.265 A.4.2."""


class FileVideo:
    """The video packets of the finished file, in file order."""

    def __init__(self) -> None:
        self.pts = array("q")
        self.checksum = array("L")
        self.flags = bytearray()

    def add(self, pts: int, checksum: int, packet: AnyPacket) -> None:
        self.pts.append(pts)
        self.checksum.append(checksum)
        self.flags.append((KEYFRAME if packet.is_keyframe else 0) | (DISCARD if packet.is_discard else 0))


class ExpectedFrames(NamedTuple):
    """The frames of the clip, in display order, by timestamp of the source."""

    pts: list[int]
    zero: int
    """0 in the clip."""


def expected_frames(source_record: SourceRecord, log: PacketLog) -> ExpectedFrames:
    """Return the frame on screen at the start, and all that begin before the end.

    Raises:
        VerificationFailed: the source was not read from early enough.
    """
    tolerance = TOLERANCE_S / log.time_base
    from_, until = _edit_list_range(source_record, log)
    shown = sorted(
        pts
        for pts, flags in zip(log.times, log.flags, strict=True)
        if pts != NO_PTS and not flags & DISCARD and from_ <= pts < until
    )
    check(bool(shown), "the source shows no picture")
    start = log.ticks(source_record.start_s)
    begin = math.floor(start + tolerance)
    if source_record.whole:
        return ExpectedFrames(shown, shown[0])
    if source_record.from_keyframe:
        first = _keyframe_before(log, begin, shown[0])
    else:
        before = [pts for pts in shown if pts <= begin]
        check(bool(before) or source_record.log.window_start_s <= 0, "the source was opened behind the start")
        first = before[-1] if before else shown[0]
    end = None if source_record.end_s is None else math.ceil(log.ticks(source_record.end_s) - tolerance)
    frames = [pts for pts in shown if pts >= first and (end is None or pts < end)] or [first]
    late = start - first > _LONGEST_ON_SCREEN_S / log.time_base and not source_record.from_keyframe
    return ExpectedFrames(frames, int(start) if late else first)


def _edit_list_range(source_record: SourceRecord, log: PacketLog) -> tuple[float, float]:
    """Return the range that the source's edit list shows (ISO/IEC 14496-12, 8.6.6), as timestamps."""
    shown, tolerance = source_record.log.shown, TOLERANCE_S / log.time_base
    if shown is None:
        return -math.inf, math.inf
    until = math.inf if shown.end_s is None else math.ceil(log.ticks(shown.end_s) - tolerance)
    return math.floor(log.ticks(shown.start_s) - tolerance), until


def _keyframe_before(log: PacketLog, begin: int, earliest: int) -> int:
    keyframes = (pts for pts, flags in zip(log.times, log.flags, strict=True) if flags & KEYFRAME and pts != NO_PTS)
    return max((pts for pts in keyframes if pts <= begin), default=earliest)


class Comparison(NamedTuple):
    """The file's frames mapped to the source's."""

    source: list[int | None]
    """For each packet of the file, in file order, the source timestamp of its frame; ``None``: it is hidden."""
    copied: list[bool]
    """Whether it is the source's packet of that frame, bit for bit."""
    missing: list[int]
    """Source timestamps of frames that the file lacks."""
    zero: int
    file_zero_s: float
    """0 of the clip on the file's clock."""


def compare(found: FileVideo, tick_s: float, source_record: SourceRecord, log: PacketLog) -> Comparison:
    """Map the file's frames to those that the source shows between the marks.

    Raises:
        VerificationFailed: the file has a frame, or a time, that the source has not.
    """
    wanted = expected_frames(source_record, log)
    ids = [i for i, flags in enumerate(found.flags) if not flags & DISCARD]
    order = sorted(ids, key=lambda i: found.pts[i])
    check(bool(order), "the file shows no picture")
    source_tick_s = float(log.time_base)
    loose_s = LOOSE_S + _longest_doubled_run(wanted.pts) * source_tick_s
    begin = max(wanted.pts[0], wanted.zero)
    zero_s = found.pts[order[0]] * tick_s - (begin - wanted.zero) * source_tick_s
    source: list[int | None] = [None] * len(found.pts)
    missing: list[int] = []
    place = 0
    for count, i in enumerate(order):
        at_s = found.pts[i] * tick_s - zero_s
        # How many may be missing is decided by the caller; here each has to be found in its place.
        left = len(wanted.pts) - place - (len(order) - count)
        while place < len(wanted.pts):
            due_s = max(wanted.pts[place] - wanted.zero, 0) * source_tick_s
            if abs(at_s - due_s) < loose_s and not _next_is_nearer(wanted, place, at_s, source_tick_s, left):
                break
            check(due_s < at_s and left > 0, f"a picture at {at_s:.4f} s that the source does not show there")
            missing.append(wanted.pts[place])
            place, left = place + 1, left - 1
        check(place < len(wanted.pts), f"a picture at {at_s:.4f} s, behind the end")
        source[i] = wanted.pts[place]
        place += 1
    missing += wanted.pts[place:]
    copied = _copied(found, source, log)
    return Comparison(source, copied, missing, wanted.zero, zero_s)


def _next_is_nearer(wanted: ExpectedFrames, place: int, at_s: float, tick_s: float, left: int) -> bool:
    """Return whether the frame after the one at ``place`` is meant, of two that a file's clock can hardly separate."""
    if left <= 0 or place + 1 >= len(wanted.pts):
        return False
    here, after = (max(wanted.pts[p] - wanted.zero, 0) * tick_s for p in (place, place + 1))
    return abs(after - at_s) < abs(here - at_s)


def _longest_doubled_run(pts: list[int]) -> int:
    """Return how many frames follow another without a step in time: an encoder moves them by a tick each."""
    longest = run = 0
    for one, other in pairwise(pts):
        run = run + 1 if other - one <= 1 else 0
        longest = max(longest, run)
    return longest


def _copied(found: FileVideo, source: list[int | None], log: PacketLog) -> list[bool]:
    rows: dict[int, list[int]] = {}
    for row, pts in enumerate(log.times):
        rows.setdefault(pts, []).append(row)
    wanted = ((source[i], found.checksum[i]) for i in range(len(source)))
    return [
        pts is not None and any(log.checksum[row] == checksum for row in rows.get(pts, ())) for pts, checksum in wanted
    ]


def check_copied_runs(comparison: Comparison, found: FileVideo, log: PacketLog) -> None:
    """Check that each copied run decodes as in the source: it begins with a keyframe and omits nothing decoded between its first and last.

    Raises:
        VerificationFailed: a run does not.
    """
    rows: dict[int, int | None] = {}
    times = log.times
    for at, pts in enumerate(times):
        rows[pts] = None if pts in rows else at
    previous: int | None = None
    opened_at = 0
    for i, (source, copied) in enumerate(zip(comparison.source, comparison.copied, strict=True)):
        row = rows[source] if source is not None and copied else None
        if row is None or source is None:  # encoded, hidden, or one of two at one time
            previous = None
            continue
        if previous is None:
            after_copy = i > 0 and comparison.copied[i - 1]
            check(
                bool(log.flags[row] & KEYFRAME) or i == 0 or after_copy,
                f"copied from {source} on, which is no keyframe",
            )
            opened_at = source
        else:
            left_out = [times[r] for r in range(previous + 1, row)]
            # Leading frames of an open GOP refer to frames before it.
            bad = [one for one in left_out if one >= opened_at and one != source]
            check(row > previous and not bad, f"packets at {bad} are left out of a copied run")
        previous = row


def allowed_missing(comparison: Comparison, source_record: SourceRecord) -> list[int]:
    """Return the missing frames to account for: all but the last few in fast mode, whose reference is after the end."""
    if not source_record.from_keyframe or not comparison.missing:
        return comparison.missing
    shown = [pts for pts in comparison.source if pts is not None]
    everything = sorted([*shown, *comparison.missing])
    last = set(everything[-2 * _MAX_REORDER :])
    return [pts for pts in comparison.missing if pts not in last]
