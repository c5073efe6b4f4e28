"""A ceiling for what this process may take: a hard one where the system keeps such, and somebody who looks."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_RSS_BYTES = 2 << 30
"""Resident: what a worker may take as well (``jobs/worker/pool.py``)."""
_MAX_DATA_BYTES = 3 << 30
"""Of private memory, touched or not (setrlimit(2), ``RLIMIT_DATA``): for what grows between two looks. What a JavaScript runtime
only reserves does not count, as it would for ``RLIMIT_AS``."""
_LOOK_S = 0.2


def limit_data() -> None:
    """From now on an allocation beyond 3 GiB in all fails with ``MemoryError``, here and in what is started; a no-op elsewhere."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - not there on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = _MAX_DATA_BYTES if hard == resource.RLIM_INFINITY else min(_MAX_DATA_BYTES, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


@contextlib.contextmanager
def watched(too_much: Callable[[], None]) -> Iterator[None]:
    """While inside, ``too_much`` is called, once and in a thread of its own, when this process is larger than a worker may be."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_S):
            if resident_bytes() > MAX_RSS_BYTES:
                too_much()
                return

    threading.Thread(target=look, name="memory", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def resident_bytes() -> int:
    """Of this process; 0 where the system does not tell."""
    if sys.platform == "linux":
        try:
            return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")  # proc(5)
        except (OSError, ValueError):
            return 0
    import psutil  # noqa: PLC0415 - takes some milliseconds to load

    return int(psutil.Process().memory_info().rss)
