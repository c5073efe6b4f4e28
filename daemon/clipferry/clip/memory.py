"""Limit the memory of a cutting process: glibc keeps what many threads once used unless it is configured not to."""

from __future__ import annotations

import contextlib
import ctypes
import functools

from ..system.memory_limit import resident_bytes

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2
_MOST = ((1280 * 720, 160 << 20), (1920 * 1080, 260 << 20))
"""Pixels of a frame → bytes that a process which cuts such frames may use; linear between and beyond."""


def few_arenas() -> None:
    """Limit malloc to two arenas, whatever the number of threads. To be called before they start; no-op without glibc."""
    with contextlib.suppress(AttributeError, OSError):
        _libc().mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return freed memory to the system; takes some milliseconds."""
    with contextlib.suppress(AttributeError, OSError):
        _libc().malloc_trim(0)


def has_room(points: int, more_bytes: int) -> bool:
    """Return whether this process may allocate ``more_bytes`` within the limit for frames of ``points`` pixels; ``False`` if its size is
    unknown."""
    if not (resident := resident_bytes()):
        return False
    (points_a, bytes_a), (points_b, bytes_b) = _MOST
    most = bytes_a + max(points - points_a, 0) * (bytes_b - bytes_a) // (points_b - points_a)
    return resident + more_bytes <= most


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
