"""The limit of open file descriptors, and its division among connections."""

from __future__ import annotations

import contextlib
import sys

ENOUGH = 8192
"""The most that this program can use; a limit without end slows down programs that close all they might have inherited."""
KEPT = 384
"""Reserved for jobs: workers (three pipes each), the database, files that are sent, this program's libraries."""


def raise_limit() -> int:
    """Raise this process's limit as far as permitted; return the limit."""
    if sys.platform == "win32":
        return ENOUGH  # No such limit on handles.
    import resource  # noqa: PLC0415 - not there on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS has a lower limit beside the hard one
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def share(most: int, limit: int) -> int:
    """How many connections one of the two ways in may have of ``limit`` descriptors: ``most``, or what ``KEPT`` leaves of it."""
    return max(16, min(most, (limit - KEPT) // 2))
