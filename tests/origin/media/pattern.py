"""Pictures that say their own number: 20 bits as a row of black and white cells on top, and the row inverted beneath it.

Both rows together cover the upper fifth of the picture, 20 cells wide. A cell is read as the difference of the two rows, so
that scaling, low bit rates, palettes and colour ranges do no harm; a row that is not black against white is unreadable
rather than wrong. At the foot the number stands once more in digits, for people. Readable from 160 pixels of height upwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

BITS = 20
BAND = 0.1
"""Height of one row of cells, as a part of the picture's height."""
BLACK, WHITE = 16, 235
_NOISE = 0.06
"""How much the texture costs an encoder."""

Plane = npt.NDArray[np.uint8]


def frames(width: int, height: int, count: int, *, first: int = 0) -> Iterator[memoryview]:
    """``count`` pictures as planar YUV 4:2:0, 8 bits.

    The same memory is given each time: use it before asking for the next.
    """
    texture = _texture(width, height)
    whole = np.empty(width * height * 3 // 2, np.uint8)
    whole[width * height :] = np.frombuffer(_chroma(width, height), np.uint8)
    luma = whole[: width * height].reshape(height, width)
    band = round(height * BAND)
    for number in range(first, first + count):
        shift = (number * 2) % width
        luma[:] = texture[:, shift : shift + width]
        row = cells(number, width)
        luma[:band] = row
        luma[band : 2 * band] = BLACK + WHITE - row
        _write_digits(luma, number)
        yield whole.data


def cells(number: int, width: int) -> Plane:
    """One line of luma: the bits of ``number``, the highest on the left, white for 1."""
    row = np.empty(width, dtype=np.uint8)
    for index in range(BITS):
        left, right = _cell(index, width)
        row[left:right] = WHITE if number >> (BITS - 1 - index) & 1 else BLACK
    return row


SEGMENTS = {
    "a": (0, 0, 1, 0.16),
    "b": (0.84, 0, 1, 0.5),
    "c": (0.84, 0.5, 1, 1),
    "d": (0, 0.84, 1, 1),
    "e": (0, 0.5, 0.16, 1),
    "f": (0, 0, 0.16, 0.5),
    "g": (0, 0.42, 1, 0.58),
}
"""Of a seven-segment digit: left, top, right, bottom, as parts of its size."""
DIGITS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")


def _write_digits(luma: Plane, number: int) -> None:
    """The number once more for people, at the foot of the picture."""
    height, width = luma.shape
    size = min(height // 6, width // 8)
    top = height - size - size // 2
    left = (width - 5 * size) // 2
    for place, digit in enumerate(f"{number:06d}"):
        at = left + place * size * 5 // 6
        for segment in DIGITS[int(digit)]:
            x0, y0, x1, y1 = SEGMENTS[segment]
            across = slice(at + round(x0 * size * 0.6), at + round(x1 * size * 0.6))
            luma[top + round(y0 * size) : top + round(y1 * size), across] = WHITE


def read_number(luma: npt.NDArray[Any]) -> int | None:
    """The number in a picture's luma (or grey) plane, of any bit depth and size; ``None`` if there is none to be read."""
    height, width = luma.shape
    band = height * BAND
    upper = luma[round(band * 0.25) : round(band * 0.75)].mean(axis=0)
    lower = luma[round(band * 1.25) : round(band * 1.75)].mean(axis=0)
    apart = upper - lower
    span = float(np.abs(apart).max())
    if span < 20:
        return None
    differences = apart @ _insides(width)
    if np.abs(differences).min() < span * 0.12:
        return None
    number = 0
    for difference in differences.tolist():
        number = number << 1 | (difference > 0)
    return number


@lru_cache(maxsize=8)
def _insides(width: int) -> npt.NDArray[np.float64]:
    """For each column of a picture (first axis) its weight in the mean of each cell (second axis), edges left out."""
    weights = np.zeros((width, BITS))
    for index in range(BITS):
        left, right = _cell(index, width)
        margin = (right - left) // 4
        first, last = left + margin, max(left + margin + 1, right - margin)
        weights[first:last, index] = 1 / (last - first)
    return weights


def _cell(index: int, width: int) -> tuple[int, int]:
    return round(index * width / BITS), round((index + 1) * width / BITS)


@lru_cache(maxsize=4)
def _texture(width: int, height: int) -> Plane:
    """Twice the picture's width: soft slopes with noise on them, to scroll over."""
    source = np.random.RandomState(width * 10007 + height)
    slope = 110 + 60 * np.sin(np.linspace(0, 4 * np.pi, width, endpoint=False))
    wide = np.concatenate([slope, slope])[None, :] + np.linspace(-30, 30, height)[:, None]
    half = source.randint(-100, 101, size=(height, width)) * _NOISE
    noise = np.concatenate([half, half], axis=1)
    texture: Plane = np.clip(wide + noise, BLACK, WHITE).astype(np.uint8)
    return texture


@lru_cache(maxsize=4)
def _chroma(width: int, height: int) -> bytes:
    blue = np.linspace(100, 156, width // 2)[None, :] + np.zeros((height // 2, 1))
    red = np.linspace(150, 106, height // 2)[:, None] + np.zeros((1, width // 2))
    both: bytes = blue.astype(np.uint8).tobytes() + red.astype(np.uint8).tobytes()
    return both
