"""Check that a source was read to its real end: a header, an index or a playlist may declare too short a length."""

from __future__ import annotations

from ..cut.record.report import SourceRecord
from ..cut.record.source_log import DISCARD, NO_PTS, PacketLog, SourceLog
from ..errors import Cancelled, ClipError
from ..model import Window
from .check import check

_BEFORE_S = 0.5
_FURTHER_S = 2.0
_LEAST_S = 0.1
"""Many files lack less than this at the end of a track."""


def check_read_to_end(source_record: SourceRecord) -> None:
    """Read on, past the clip's end, where the video or audio that was read ends before the clip does.

    Raises:
        VerificationFailed: there is more before the clip's end.
    """
    if source_record.open_end or source_record.end_s is None:
        return
    shown = source_record.log.shown
    end_s = (
        min(source_record.end_s, shown.end_s) if shown is not None and shown.end_s is not None else source_record.end_s
    )
    found = source_record.log.video
    if found is not None and source_record.log.over and not source_record.log.failed:
        again = _read_on(source_record, found, end_s, audio=False)
        if again is not None:
            _check(found, again.video, end_s, "pictures")
    log = source_record.audio_log or source_record.log
    if log.audio is not None and log.over and not log.failed:
        again = _read_on(source_record, log.audio, end_s, audio=True)
        if again is not None:
            _check(log.audio, again.audio, end_s, "sound")


def _read_on(source_record: SourceRecord, log: PacketLog, end_s: float, *, audio: bool) -> SourceLog | None:
    """Read the source after the last packet of ``log``; ``None``: ``log`` has enough, or the source fails."""
    reopen = source_record.reopen_audio if audio else source_record.reopen
    if log.latest == NO_PTS or reopen is None or log.seconds(log.latest) > end_s - _LEAST_S:
        return None
    window = Window(max(0.0, log.seconds(log.latest) - _BEFORE_S), end_s + _FURTHER_S)
    again = SourceLog(window.start_s, window.end_s)
    try:
        with reopen(window, again) as reader:
            reader.read_past_end()
    except Cancelled:
        raise
    except (ClipError, OSError):
        return None
    return again


def _check(log: PacketLog, again: PacketLog | None, end_s: float, what: str) -> None:
    if again is None:
        return
    latest_s = log.seconds(log.latest)
    more = sum(
        latest_s < again.seconds(pts) - _LEAST_S / 10 and again.seconds(pts) < end_s - _LEAST_S / 100
        for pts, flags in zip(again.pts, again.flags, strict=True)
        if pts != NO_PTS and not flags & DISCARD
    )
    check(not more, f"the {what} end at {latest_s:.3f} s, though the source has {more} packets more before the end")
