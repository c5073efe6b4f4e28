"""The sound track of a finished clip: where it begins and ends, and what lies between."""

from __future__ import annotations

from av.audio.stream import AudioStream

from ..cut.packets import AnyPacket, pts_of
from ..cut.prints import whole
from ..cut.report import AudioReport
from .check import check

_FRAME_S = 0.06
"""The longest frame of sound in use: Opus at 60 ms. AAC has 21 to 23 ms."""


class Sound:
    """The sound track: where it begins and ends, and that nothing is missing between."""

    def __init__(self, stream: AudioStream) -> None:
        self.index = stream.index
        self._print = 0
        self._tick_s = float(stream.time_base or 0)
        self._count = 0
        self._start = self._end = 0
        self._gap = 0

    def add(self, packet: AnyPacket) -> None:
        pts = pts_of(packet)
        if not self._count:
            self._start = self._end = pts
        self._gap = max(self._gap, pts - self._end)
        self._end = pts + (packet.duration or 0)
        self._count += 1
        self._print = whole(packet, self._print)

    def check(self, report: AudioReport, pictures_start_s: float, *, pictures: bool) -> float:
        """Compare with the report; how much later than the pictures the sound begins, in seconds, at least 0: what begins
        earlier is hidden by an edit list, or is within a frame of sound."""
        check(self._count == report.packets, f"{self._count} packets of sound, not {report.packets}")
        told = report.fingerprint
        check(told is None or told == self._print, "the sound's packets are not those that were written")
        start_s = self._start * self._tick_s - pictures_start_s
        # Without pictures only the sound's own clock is there, which containers begin where they like.
        if pictures:
            check(abs(start_s - report.start_s) < _FRAME_S, f"sound at {start_s} s, not at {report.start_s} s")
        length_s = (self._end - self._start) * self._tick_s
        planned_s = report.end_s - report.start_s
        check(abs(length_s - planned_s) < _FRAME_S, f"{length_s} s of sound, not {planned_s} s")
        return max(start_s, 0.0)
