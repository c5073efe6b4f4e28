"""Keeps a process that cuts small, from clip to clip as well: glibc holds on to what many threads once used unless it is told not to."""

from __future__ import annotations

import contextlib
import ctypes
import functools

from ..system.memory_limit import resident_bytes

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2
_MOST = ((1280 * 720, 160 << 20), (1920 * 1080, 260 << 20))
"""Points of a picture, and bytes that a process which cuts such pictures may take; between and beyond them on one line."""


def few_arenas() -> None:
    """At most two heaps, however many threads a decoder or the reader starts. Before the threads; a no-op elsewhere."""
    with contextlib.suppress(AttributeError, OSError):
        _libc().mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return freed memory to the system; some milliseconds."""
    with contextlib.suppress(AttributeError, OSError):
        _libc().malloc_trim(0)


def has_room(points: int, more_bytes: int) -> bool:
    """Whether this process can take ``more_bytes`` and stays as small as one that cuts pictures of ``points`` is to be; ``False`` where
    the system does not tell."""
    if not (resident := resident_bytes()):
        return False
    (points_a, bytes_a), (points_b, bytes_b) = _MOST
    most = bytes_a + max(points - points_a, 0) * (bytes_b - bytes_a) // (points_b - points_a)
    return resident + more_bytes <= most


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
