"""Sound that spells the time: noise between 300 and 6000 Hz whose every second grows from its own seed.

So any stretch of it can be made again without the rest (:func:`reference`), and where a stretch of a decoded file lies on
the source's timeline is found by cross-correlation, to a fraction of a sample (:func:`locate`).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

RATE = 48_000
"""Samples per second of everything in here."""
LOW_HZ, HIGH_HZ = 300.0, 6000.0
LEVEL = 0.2
_TAPS = 511
_BLOCK = 1 << 16

Samples = npt.NDArray[np.float32]


def reference(start: int, count: int) -> Samples:
    """``count`` samples of the sound from sample ``start`` on, between -1 and 1. Before sample 0 there is silence."""
    half = _TAPS // 2
    white = _white(start - half, count + 2 * half)
    size = 1 << (len(white) + _TAPS - 1).bit_length()
    spectrum = np.fft.rfft(white, size) * np.fft.rfft(_band_pass(), size)
    filtered = np.fft.irfft(spectrum, size)[_TAPS - 1 : _TAPS - 1 + count]
    return (filtered * LEVEL).astype(np.float32)


def locate(samples: Samples, *, near: int, reach: int) -> tuple[float, float]:
    """Where ``samples`` (mono, at ``RATE``) begin on the timeline, and how surely.

    Searches from ``near - reach`` to ``near + reach``. Gives the sample position with its fraction and the normalised
    correlation there (1: identical; below about 0.5: not this sound, or damaged).
    """
    first = near - reach
    stretch = _stretch(first, len(samples) + 2 * reach)
    wanted = samples.astype(np.float64)
    wanted -= wanted.mean()
    products = _correlation(stretch, wanted)
    best = int(np.argmax(products))
    shift = 0.0
    if 0 < best < len(products) - 1:
        before, at, after = products[best - 1], products[best], products[best + 1]
        curve = before - 2 * at + after
        shift = float(0.5 * (before - after) / curve) if curve else 0.0
    found = stretch[best : best + len(wanted)]
    norm = float(np.sqrt((found**2).sum() * (wanted**2).sum()))
    return first + best + shift, float(products[best] / norm) if norm else 0.0


@lru_cache(maxsize=2)
def _stretch(start: int, count: int) -> npt.NDArray[np.float64]:
    return reference(start, count).astype(np.float64)


def _correlation(stretch: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The product of ``wanted`` with the stretch at each place where it fits, in blocks that a processor's cache holds
    (overlap-save)."""
    size = max(_BLOCK, 1 << (4 * len(wanted)).bit_length())
    spectrum = np.conj(np.fft.rfft(wanted, size))
    step = size - len(wanted) + 1
    places = len(stretch) - len(wanted) + 1
    products = [
        np.fft.irfft(np.fft.rfft(stretch[begin : begin + size], size) * spectrum, size)[:step]
        for begin in range(0, places, step)
    ]
    return np.concatenate(products)[:places]


def _white(start: int, count: int) -> npt.NDArray[np.float64]:
    pieces = []
    at = start
    while at < start + count:
        second = at // RATE
        begin = at - second * RATE
        length = min(RATE - begin, start + count - at)
        pieces.append(_second(second)[begin : begin + length])
        at += length
    return np.concatenate(pieces) if pieces else np.zeros(0)


@lru_cache(maxsize=256)
def _second(second: int) -> npt.NDArray[np.float64]:
    if second < 0:
        return np.zeros(RATE)
    # RandomState's stream is frozen for good by numpy, unlike Generator's.
    return np.random.RandomState(71_993 + second).uniform(-1, 1, RATE)


@lru_cache(maxsize=1)
def _band_pass() -> npt.NDArray[np.float64]:
    at = np.arange(_TAPS) - _TAPS // 2
    high = 2 * HIGH_HZ / RATE * np.sinc(2 * HIGH_HZ / RATE * at)
    low = 2 * LOW_HZ / RATE * np.sinc(2 * LOW_HZ / RATE * at)
    taps = (high - low) * np.blackman(_TAPS)
    return np.asarray(taps / np.sqrt((taps**2).sum()) * 1.2)
