"""Comparison of frames: PSNR over a subsampled luma plane of about two thousand samples.

Samples are picked, not averaged: their error estimates that of the whole frame, and picking costs microseconds.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from av.video.frame import VideoFrame

_ACROSS, _DOWN = 64, 36
_LUMA_FORMATS = ("yuv", "gray")
_SAMPLED_AT_START = 8
"""Number of frames sampled at the start of each encoded run."""
_LONGEST_RUN = 30
"""The last frame of a longer run is not sampled: verification would have to decode the whole run for it. The first frames show that
the decoder can decode the encoder's output; the fingerprint covers the rest."""


class FrameSample(NamedTuple):
    """A frame of the clip as its source decoded to it."""

    at_s: float
    """On the clip's clock."""
    luma: bytes
    min_psnr_db: float
    """Least PSNR of the clip's frame; infinite for a copied one, as decoding is exact."""


def luma_samples(frame: VideoFrame) -> bytes | None:
    """Return the luma samples; ``None`` for a frame whose first plane is not luma."""
    if not frame.format.name.startswith(_LUMA_FORMATS):
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
    """Return the PSNR in decibels; infinite if both are equal, 0 if they cannot be compared."""
    if one == other:
        return math.inf
    if len(one) != len(other):
        return 0.0
    error = math.dist(one, other) ** 2 / len(one)
    return 10 * math.log10(255**2 / error)


class FrameSampler:
    """Samples frames while they are cut."""

    def __init__(self, tick: Fraction, min_psnr_db: float) -> None:
        """Args:
        tick: of the places.
        min_psnr_db: least PSNR of an encoded frame; 0: frames cannot be compared.
        """
        self._tick = tick
        self._least_db = min_psnr_db
        self._count = 0
        self._latest: FrameSample | None = None
        self.frame_samples: list[FrameSample] = []

    def encoded(self, frame: VideoFrame, place: int) -> None:
        """Sample a frame that is encoded at ``place``, the next of its run."""
        if not self._least_db:
            return
        self._count += 1
        self._latest = None
        if self._count > _LONGEST_RUN:
            return
        sample = self._sample(frame, place, self._least_db)
        if self._count > _SAMPLED_AT_START:
            self._latest = sample
        elif sample is not None:
            self.frame_samples.append(sample)

    def run_ends(self) -> None:
        if self._latest is not None:
            self.frame_samples.append(self._latest)
        self._count, self._latest = 0, None

    def copied(self, frame: VideoFrame, place: int) -> None:
        """Sample a frame whose packet is copied."""
        sample = self._sample(frame, place, math.inf)
        if sample is not None:
            self.frame_samples.append(sample)

    def _sample(self, frame: VideoFrame, place: int, min_psnr_db: float) -> FrameSample | None:
        luma = luma_samples(frame)
        return None if luma is None or frame.is_corrupt else FrameSample(float(place * self._tick), luma, min_psnr_db)
