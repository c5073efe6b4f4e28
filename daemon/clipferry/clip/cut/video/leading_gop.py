"""The leading partial GOP of a clip: packets from the last random access point at or before the start."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from av.video.stream import VideoStream

from ...errors import BadMedia
from ..demuxer import Reader, frame_rate
from ..packets import AnyPacket, pts_of
from ..splicing.codec_rules import CodecRules, RandomAccess, reorder_bound
from ..strategy_errors import HiddenFrames, StartsTooLate
from ..timeline import Marks, first_frame
from .context import VideoCutOptions

_SLOWEST_RATE_S = 0.1
"""A frame that has been on screen for longer at the start begins with the clip, not before it."""


class LeadingGop(NamedTuple):
    """Times are timestamps of the source."""

    packets: list[AnyPacket]
    """Read to find the first frame; the first of them is a random access point."""
    first: int
    """The frame on screen at the start."""
    zero: int
    """0 on the clip's timeline."""
    step: int
    """The usual time between frames."""
    past_end: bool
    """The start is after the end of the last frame."""


def find_first_frame(
    reader: Reader,
    packets: Iterable[AnyPacket],
    rules: CodecRules,
    marks: Marks,
    *,
    start_s: float,
    options: VideoCutOptions,
) -> LeadingGop:
    """Read ``packets`` of the reader's video stream up to where the first frame is known.

    Raises:
        StartsTooLate: it is before the opened window.
        HiddenFrames: a plain copy would begin with frames that are not shown.
        BadMedia: there is no frame.
    """
    assert reader.video is not None and reader.video.time_base is not None
    whole, from_keyframe = options.whole, options.from_keyframe
    group, beyond = _read_to_start(reader, packets, rules, marks, whole=whole)
    shown = sorted(pts_of(packet) for packet in group if not reader.is_hidden(packet))
    if (whole or from_keyframe) and len(shown) < len(group):
        raise HiddenFrames
    first = first_frame(shown, marks)
    if first is None and reader.window.start_s > 0:
        raise StartsTooLate
    if not shown:
        raise BadMedia(detail="no picture in the window")
    step = _frame_duration(reader.video, shown)
    last = max(group, key=pts_of)
    past_end = not beyond and pts_of(last) + (last.duration or 2 * step) <= marks.start
    zero: int | None = None
    if from_keyframe:
        first = pts_of(group[0])
    elif whole or first is None:
        first = shown[0]
    else:
        start = int(reader.ticks(reader.video, start_s))
        if start - first > Fraction(_SLOWEST_RATE_S) / reader.video.time_base:
            zero = start
    return LeadingGop(group, first, first if zero is None else zero, step, past_end)


def _read_to_start(
    reader: Reader, packets: Iterable[AnyPacket], rules: CodecRules, marks: Marks, *, whole: bool
) -> tuple[list[AnyPacket], int]:
    """Read from the last random access point at or before the start to where no frame before the start can follow.

    Returns:
        The packets, and how many of their frames are displayed after the start.
    """
    assert reader.video is not None
    reorder = reorder_bound(rules, reader.video)
    group: list[AnyPacket] = []
    beyond = 0
    for packet in packets:
        pts = pts_of(packet)
        if rules.random_access(packet) is not RandomAccess.NONE and pts <= marks.start:
            group, beyond = [packet], 0
        elif group or packet.is_keyframe or whole:
            group.append(packet)
            beyond += pts > marks.start and not reader.is_hidden(packet)
            if beyond > reorder or (whole and beyond):
                break
    return group, beyond


def _frame_duration(stream: VideoStream, shown: list[int]) -> int:
    assert stream.time_base is not None
    rate = frame_rate(stream)
    if rate is not None:
        return max(1, round(1 / (rate * stream.time_base)))
    steps = sorted(b - a for a, b in pairwise(shown) if b > a)
    return steps[len(steps) // 2] if steps else round(Fraction(1, 30) / stream.time_base)
