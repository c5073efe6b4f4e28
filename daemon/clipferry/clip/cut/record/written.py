"""Tallies of what is written, for the report that verification compares the file with."""

from __future__ import annotations

from bisect import bisect
from fractions import Fraction
from itertools import pairwise

from ..frame_compare import FrameSample
from ..packets import AudioPacket, OutputPacket
from .packet_fingerprints import Framing, add_packet, add_written
from .report import AudioReport, VideoReport

_IN_FLIGHT = 34
"""More frames than any stream reorders."""


class VideoTally:
    """Tallies the video track. ``framing`` ``None``: packets cannot be compared, as the muxer rewrites them."""

    def __init__(self, codec: str, width: int, height: int, tick: Fraction, framing: Framing | None) -> None:
        self._codec, self._framing = codec, framing
        self._report = VideoReport(codec, width, height, 0, 0, 0.0, 0.0, 0.0, 0, float(tick))
        self.tick = tick
        self._seams: list[float] = []
        self._frames = self._copied = 0
        self._last = self._end = 0
        self._shown: list[int] = []
        """The latest frames in display order, for measuring steps although packets are in decode order."""
        self._longest = self._doubled = 0
        self._resolution = max(round(Fraction(1, 1000) / tick), 1)
        """Matroska timestamps have a resolution of a millisecond."""
        self._fingerprint = 0

    def add(self, packet: OutputPacket) -> None:
        if self._framing is not None:
            self._fingerprint = add_written(packet.packet, self._fingerprint, self._framing, self._codec)
        place = bisect(self._shown, packet.pts)
        self._doubled += any(
            abs(packet.pts - other) < self._resolution for other in self._shown[max(place - 1, 0) : place + 1]
        )
        self._shown.insert(place, packet.pts)
        if len(self._shown) > _IN_FLIGHT:
            self._longest = max(self._longest, self._shown[1] - self._shown[0])
            del self._shown[0]
        self._frames += 1
        self._copied += packet.copied
        if packet.seam:
            self._seams.append(float(packet.pts * self.tick))
        if packet.pts >= self._last:
            self._last, self._end = packet.pts, packet.pts + packet.duration

    def report(self, frame_samples: tuple[FrameSample, ...]) -> VideoReport:
        return self._report._replace(
            frames=self._frames,
            copied_frames=self._copied,
            last_pts_s=float(self._last * self.tick),
            end_s=float(self._end * self.tick),
            longest_step_s=float(max([self._longest, *(b - a for a, b in pairwise(self._shown))]) * self.tick),
            doubled_frames=self._doubled,
            seams_s=tuple(self._seams),
            framing=self._framing,
            fingerprint=self._fingerprint,
            frame_samples=frame_samples,
        )


class AudioTally:
    """Tallies the audio track. ``zero``: start of the clip on the clock of the packets."""

    def __init__(
        self, codec: str, rate: int, tick: Fraction, *, copied: bool, unchanged: bool = True, zero: int = 0
    ) -> None:
        self._zero = zero
        self._unchanged = unchanged
        self._codec, self._rate, self._tick, self._copied = codec, rate, tick, copied
        self._packets = 0
        self._start: int | None = None
        self._last = self._end = 0
        self._longest = 0
        self._fingerprint = 0

    def add(self, packet: AudioPacket) -> None:
        self._fingerprint = add_packet(packet.packet, self._fingerprint)
        self._packets += 1
        if self._start is None:
            self._start = self._last = packet.pts
        self._longest = max(self._longest, packet.pts - self._last)
        self._last, self._end = packet.pts, packet.pts + packet.duration

    def report(self) -> AudioReport | None:
        """Return the report; ``None``: nothing was written, and a container drops an empty track."""
        if self._start is None:
            return None
        return AudioReport(
            self._codec,
            self._packets,
            self._copied,
            start_s=float((self._start - self._zero) * self._tick),
            end_s=float((self._end - self._zero) * self._tick),
            sample_rate=self._rate,
            last_s=float((self._last - self._zero) * self._tick),
            longest_step_s=float(self._longest * self._tick),
            fingerprint=self._fingerprint if self._unchanged else None,
        )
