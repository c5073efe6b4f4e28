"""A subtitle track of a finished clip: its cues, counted and timed."""

from __future__ import annotations

from av.subtitles.stream import SubtitleStream

from ..cut.packets import AnyPacket, pts_of
from ..cut.record.report import SubtitleReport
from .check import check

_LOOSE_S = 0.005
"""Cues count in milliseconds, shifted and rounded with the frames."""


class SubtitleTrackCheck:
    """A subtitle track: its cues, and when the first begins and the last ends."""

    def __init__(self, stream: SubtitleStream) -> None:
        self.index = stream.index
        self._tick_s = float(stream.time_base or 0)
        self._silence = 2 if stream.codec_context.name == "mov_text" else 0
        """An MP4 text track says that nothing is said, too: a length of 0 (3GPP TS 26.245 5.17)."""
        self._cues: list[tuple[float, float]] = []

    def add(self, packet: AnyPacket) -> None:
        if packet.size > self._silence:
            start = pts_of(packet)
            self._cues.append((start * self._tick_s, (start + (packet.duration or 0)) * self._tick_s))

    def check(self, report: SubtitleReport, pictures_start_s: float) -> None:
        check(len(self._cues) == report.cues, f"{len(self._cues)} cues, not {report.cues}")
        start_s = self._cues[0][0] - pictures_start_s
        end_s = max(end for _, end in self._cues) - pictures_start_s
        check(abs(start_s - report.start_s) < _LOOSE_S, f"the first cue at {start_s} s, not {report.start_s} s")
        check(abs(end_s - report.end_s) < _LOOSE_S, f"the last cue ends at {end_s} s, not {report.end_s} s")
