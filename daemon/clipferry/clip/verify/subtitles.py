"""Verification of a subtitle track of a finished clip."""

from __future__ import annotations

from av.subtitles.stream import SubtitleStream

from ..cut.packets import AnyPacket, pts_of
from ..cut.record.report import SubtitleReport
from .check import check

_LOOSE_S = 0.005
"""Cues have milliseconds, shifted and rounded with the video."""


class SubtitleTrackCheck:
    """A subtitle track: the number of its cues, the start of the first and the end of the last."""

    def __init__(self, stream: SubtitleStream) -> None:
        self.index = stream.index
        self._tick_s = float(stream.time_base or 0)
        self._empty_size = 2 if stream.codec_context.name == "mov_text" else 0
        """Size of an empty cue, which an MP4 text track has between cues: a length of 0 (3GPP TS 26.245 5.17)."""
        self._cues: list[tuple[float, float]] = []

    def add(self, packet: AnyPacket) -> None:
        if packet.size > self._empty_size:
            start = pts_of(packet)
            self._cues.append((start * self._tick_s, (start + (packet.duration or 0)) * self._tick_s))

    def check(self, report: SubtitleReport, video_start_s: float) -> None:
        check(len(self._cues) == report.cues, f"{len(self._cues)} cues, not {report.cues}")
        start_s = self._cues[0][0] - video_start_s
        end_s = max(end for _, end in self._cues) - video_start_s
        check(abs(start_s - report.start_s) < _LOOSE_S, f"the first cue at {start_s} s, not {report.start_s} s")
        check(abs(end_s - report.end_s) < _LOOSE_S, f"the last cue ends at {end_s} s, not {report.end_s} s")
