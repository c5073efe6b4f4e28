"""Comparison of a clip with a decoding of its whole source: every frame in its place, the copied ones bit for bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt

ALIKE_DB = 34.0
"""Encoded again, visually lossless; neighbours in the test frames are farther apart than this."""
HALF_MS = 0.0005


class Shown(NamedTuple):
    at_s: float
    luma: npt.NDArray[np.uint8]


@lru_cache(maxsize=4)
def decoded(path: Path) -> tuple[Shown, ...]:
    """Return all frames that a player shows of ``path``, edit lists applied, in display order."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        # Every frame is shown then, whether or not the headers tell the reorder depth.
        stream.codec_context.options = {"strict": "1"}
        return tuple(
            Shown(float(frame.pts * frame.time_base), frame.reformat(format="gray").to_ndarray())
            for frame in file.decode(stream)
            if frame.pts is not None and frame.time_base is not None
        )


def likeness_db(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    """Return the PSNR of two frames' luma."""
    error = float(((one.astype(np.int16) - other.astype(np.int16)) ** 2).mean())
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def wanted(source: Sequence[Shown], start_s: float, end_s: float | None, zero_s: float | None = None) -> list[Shown]:
    """The frame on screen at the start, and all that begin before the end. ``zero_s``: presentation time 0 on the file's clock;
    ``None``: the first frame."""
    zero = source[0].at_s if zero_s is None else zero_s
    first = max((one.at_s for one in source if one.at_s - zero <= start_s + HALF_MS), default=source[0].at_s)
    return [one for one in source if one.at_s >= first and (end_s is None or one.at_s - zero < end_s - HALF_MS)]


def faults(clip: Path, due: Sequence[Shown], *, late_s: float = 0.0021) -> list[str]:
    """Return how ``clip`` differs from showing exactly ``due``; empty: not at all."""
    shown = decoded.__wrapped__(clip)
    if len(shown) != len(due):
        return [f"{len(shown)} pictures, not {len(due)}"]
    said = []
    for place, (one, other) in enumerate(zip(shown, due, strict=True)):
        db = likeness_db(one.luma, other.luma)
        if db < ALIKE_DB:
            said.append(f"picture {place} of {len(due)}: {db:.1f} dB")
        drift_s = one.at_s - shown[0].at_s - (other.at_s - due[0].at_s)
        if abs(drift_s) > late_s:
            said.append(f"picture {place} of {len(due)} is {drift_s * 1000:.1f} ms off")
    return said
