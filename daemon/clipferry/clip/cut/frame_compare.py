"""What a frame looks like, in two thousand points of its brightness: enough to tell whether another is the same.

Points are picked, not averaged: their error is the whole frame's error, and picking costs microseconds.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from av.video.frame import VideoFrame

_ACROSS, _DOWN = 64, 36
_GREY = ("yuv", "gray")
_SAMPLED_AT_START = 8
"""Frames at the beginning of each encoded run that are looked at."""
_LONGEST_RUN = 30
"""The last frame of a run longer than this is not looked at: to see it in the file, all before it have to be decoded, and the
first ones have shown that the decoder gets along with the encoder; what follows hangs together by the fingerprint."""


class FrameSample(NamedTuple):
    """One frame of the clip as its source decoded to it."""

    at_s: float
    """On the clip's own clock."""
    points: bytes
    min_psnr_db: float
    """How near the clip's frame has to come (PSNR of the points); infinite: it is copied, and decoding is exact."""


def luma_samples(frame: VideoFrame) -> bytes | None:
    """The points; ``None`` for a frame whose first plane is not its brightness."""
    if not frame.format.name.startswith(_GREY):
        return None
    plane = frame.planes[0]
    bits = frame.format.components[0].bits
    view = memoryview(plane) if bits == 8 else memoryview(plane).cast("B").cast("H")
    stride = plane.line_size if bits == 8 else plane.line_size // 2
    step = max(frame.width // _ACROSS, 1)
    rows = (frame.height * (2 * row + 1) // (2 * _DOWN) * stride for row in range(_DOWN))
    picked = [view[begin : begin + frame.width : step] for begin in rows]
    if bits == 8:
        return b"".join(row.tobytes() for row in picked)
    return bytes(value >> (bits - 8) for row in picked for value in row.tolist())


def psnr_db(one: bytes, other: bytes) -> float:
    """PSNR in decibels; infinite where they are the same, 0 where they cannot be compared."""
    if one == other:
        return math.inf
    if len(one) != len(other):
        return 0.0
    error = math.dist(one, other) ** 2 / len(one)
    return 10 * math.log10(255**2 / error)


class FrameSampler:
    """Looks at frames while they are cut."""

    def __init__(self, tick: Fraction, min_psnr_db: float) -> None:
        """``tick``: of the places; ``least_db``: how near an encoded frame has to come; 0: they cannot be compared."""
        self._tick = tick
        self._least_db = min_psnr_db
        self._count = 0
        self._latest: FrameSample | None = None
        self.frame_samples: list[FrameSample] = []

    def encoded(self, frame: VideoFrame, place: int) -> None:
        """A frame that is encoded for ``place``, the next of its run."""
        if not self._least_db:
            return
        self._count += 1
        self._latest = None
        if self._count > _LONGEST_RUN:
            return
        look = self._at(frame, place, self._least_db)
        if self._count > _SAMPLED_AT_START:
            self._latest = look
        elif look is not None:
            self.frame_samples.append(look)

    def run_ends(self) -> None:
        if self._latest is not None:
            self.frame_samples.append(self._latest)
        self._count, self._latest = 0, None

    def copied(self, frame: VideoFrame, place: int) -> None:
        """A frame whose packet is copied."""
        look = self._at(frame, place, math.inf)
        if look is not None:
            self.frame_samples.append(look)

    def _at(self, frame: VideoFrame, place: int, min_psnr_db: float) -> FrameSample | None:
        points = luma_samples(frame)
        return (
            None if points is None or frame.is_corrupt else FrameSample(float(place * self._tick), points, min_psnr_db)
        )
