"""The sound track of a finished clip: where it begins and ends, and what lies between."""

from __future__ import annotations

from av.audio.stream import AudioStream

from ..cut.packets import AnyPacket, pts_of
from ..cut.prints import whole
from ..cut.report import AudioReport
from .check import check

_LOOSE_S = 0.005
"""Matroska's milliseconds, rounded three times; a picture that is 20 ms away from its sound is seen."""


class Sound:
    """The sound track: where it begins and ends, and that nothing is missing between."""

    def __init__(self, stream: AudioStream) -> None:
        self.index = stream.index
        self._print = 0
        self._tick_s = float(stream.time_base or 0)
        self._count = 0
        self._start = self._last = self._longest = 0
        self._duration: int | None = None
        """Of the last packet; ``None``: the container does not tell (AAC in Matroska)."""

    def add(self, packet: AnyPacket) -> None:
        pts = pts_of(packet)
        if not self._count:
            self._start = self._last = pts
        self._longest = max(self._longest, pts - self._last)
        self._last, self._duration = pts, packet.duration or None
        self._count += 1
        self._print = whole(packet, self._print)

    def check(self, report: AudioReport, pictures_start_s: float) -> float:
        """Compare with the report; how much later than the pictures the sound begins, in seconds, at least 0: what begins
        earlier is hidden by an edit list, or is within a frame of sound."""
        check(self._count == report.packets, f"{self._count} packets of sound, not {report.packets}")
        told = report.fingerprint
        check(told is None or told == self._print, "the sound's packets are not those that were written")
        start_s = self._start * self._tick_s - pictures_start_s
        self._near(start_s, report.start_s, "sound begins")
        self._near(self._longest * self._tick_s, report.longest_step_s, "the longest step of the sound is")
        last_s = self._last * self._tick_s - pictures_start_s
        self._near(last_s, report.last_s, "the last of the sound is at")
        if self._duration is not None:
            end_s = last_s + self._duration * self._tick_s
            whole_s = max(report.end_s, report.last_s + report.longest_step_s)
            # Of the last packet only AAC, ALAC and Opus can play a part: others sound to their own end.
            enough = report.end_s - _LOOSE_S < end_s < whole_s + _LOOSE_S
            check(enough, f"sound ends {end_s:.4f} s, not between {report.end_s:.4f} s and {whole_s:.4f} s")
        return max(start_s, 0.0)

    @staticmethod
    def _near(measured_s: float, planned_s: float, what: str) -> None:
        check(abs(measured_s - planned_s) < _LOOSE_S, f"{what} {measured_s:.4f} s, not {planned_s:.4f} s")
