"""Determine presentation time 0 on a container's own clock: the beginning of the earliest track, as in browsers. Pure."""

from __future__ import annotations

LATE_S = 0.5
"""A file that begins later has a timeline that does not begin at 0; one that begins up to here has a delay."""
PRIMING_S = 0.05
"""Audio that begins so little before its frame is what the encoder put in front of it: 2112 samples of AAC at most
(ISO/IEC 14496-24, table B.1), which no edit list hides in a transport stream."""


def earliest(picture_s: float | None, sound_s: float | None) -> float | None:
    """Return when the first track begins, by the first presentation time of video and of audio; ``None``: there is neither."""
    if picture_s is None or sound_s is None:
        return sound_s if picture_s is None else picture_s
    return sound_s if sound_s < picture_s - PRIMING_S else picture_s


def late(begin_s: float) -> float:
    """``begin_s`` where it is a timeline's beginning, 0 where it is a delay."""
    return begin_s if begin_s >= LATE_S else 0.0
