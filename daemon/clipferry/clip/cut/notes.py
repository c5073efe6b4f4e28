"""Sentences for the user about how a clip differs from what was asked for."""

from __future__ import annotations

from ..model import CutMode
from .attempts import CutRequest
from .record.report import VideoReport
from .strategy import Strategy
from .video.video_cut import VideoCut

_NOTABLE_S = 0.05
_AT_THE_END_S = 0.5
"""An end so near the video's end means the end."""
_LONG_S = 10.0
"""A shorter clip often lies inside one GOP, which is not worth a note."""


def clip_note(
    request: CutRequest, mode: CutMode, strategy: Strategy, video: VideoCut, written: VideoReport, *, zero_s: float
) -> str | None:
    """Return the note for a finished clip; ``None``: it is as asked for, made in the usual way.

    Args:
        mode: of the attempt that succeeded.
        zero_s: presentation time of the first frame.
    """
    if video.interlaced and strategy.codec != "h264":
        combed = f"The video is interlaced, which {strategy.codec.upper()} is not: what moves fast may look combed."
        return f"{strategy.note} {combed}" if strategy.note else combed
    if strategy.note:
        return strategy.note
    if video.lost:
        return f"The video is damaged there: {video.lost} of its pictures are missing."
    if mode is CutMode.FAST:
        return _fast_note(request, zero_s, written)
    if mode is CutMode.EXACT and not written.copied_frames and written.end_s > _LONG_S:
        return (
            "The video has no keyframe inside the clip that copying could begin at, so every frame was encoded again."
        )
    return None


def _fast_note(request: CutRequest, zero_s: float, written: VideoReport) -> str | None:
    early_s = request.start_s - zero_s
    short_s = 0.0 if request.end_s is None or request.open_end else request.end_s - (zero_s + written.end_s)
    total_s = request.source.duration_s()
    if total_s is not None and request.end_s is not None and request.end_s > total_s - _AT_THE_END_S:
        short_s = 0.0
    differences = []
    if early_s >= _NOTABLE_S:
        differences.append(f"begins at a keyframe: {early_s:.1f} s before your start")
    if short_s >= _NOTABLE_S:
        differences.append(f"leaves out the last {short_s:.1f} s, whose pictures need one behind your end")
    return f"Fast mode {', and '.join(differences)}." if differences else None
