"""A few small numbered frames, and settings of an AV1 encoder for them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from clipferry.clip.cut.encoding.encoder import EncoderSettings
from origin.media import pattern

WIDTH, HEIGHT = 320, 180


def settings(preset: int, crf: int, more: str) -> EncoderSettings:
    """``more``: SVT-AV1's own parameters."""
    return EncoderSettings(
        encoder="libsvtav1",
        width=WIDTH,
        height=HEIGHT,
        pix_fmt="yuv420p",
        time_base=Fraction(1, 30),
        rate=Fraction(30),
        sample_aspect_ratio=None,
        colour=(0, 2, 2, 2),
        options={"preset": str(preset), "crf": str(crf), "svtav1-params": more},
    )


def pictures(count: int) -> Iterator[VideoFrame]:
    for planes in pattern.frames(WIDTH, HEIGHT, count):
        yield VideoFrame.from_ndarray(np.frombuffer(planes, np.uint8).reshape(HEIGHT * 3 // 2, WIDTH), "yuv420p")
