"""Keeps a worker small from clip to clip: glibc holds on to what many threads once used unless it is told not to."""

from __future__ import annotations

import contextlib
import ctypes
import functools

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2


def few_arenas() -> None:
    """At most two heaps, however many threads a decoder or the reader starts. Before the threads; a no-op elsewhere."""
    with contextlib.suppress(AttributeError, OSError):
        _libc().mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return freed memory to the system; some milliseconds."""
    with contextlib.suppress(AttributeError, OSError):
        _libc().malloc_trim(0)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
