"""Limit this process's memory: by the operating system where possible, and by polling."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_RSS_BYTES = 2 << 30
"""Resident: the same limit as a worker's (``jobs/worker/pool.py``)."""
_MAX_DATA_BYTES = 3 << 30
"""Of private memory, touched or not (setrlimit(2), ``RLIMIT_DATA``): for growth between two polls. What a JavaScript runtime
only reserves does not count, as it would for ``RLIMIT_AS``."""
_LOOK_S = 0.2


def limit_data() -> None:
    """Make allocations beyond 3 GiB in all fail with ``MemoryError``, here and in child processes; a no-op elsewhere."""
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
    """Return the resident bytes of this process; 0 where unknown."""
    if sys.platform == "linux":
        try:
            return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")  # proc(5)
        except (OSError, ValueError):
            return 0
    import psutil  # noqa: PLC0415 - takes some milliseconds to load

    return int(psutil.Process().memory_info().rss)
