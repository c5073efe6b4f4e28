"""Child processes that never outlive the parent: a group of their own, killed as a whole, and swept at the next start."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TypedDict

import psutil

if sys.platform == "win32":
    import functools

    from .windows_job import KillOnClose

    @functools.cache
    def _job() -> KillOnClose:
        return KillOnClose()
else:
    import resource

MARK = "CLIPFERRY_CHILD_OF"
"""Environment variable that every child of a daemon carries, and its children inherit: the daemon's runtime directory."""


class SpawnOptions(TypedDict):
    """What ``asyncio.create_subprocess_exec`` gets so that the child leads a group of its own."""

    start_new_session: bool
    creationflags: int


def own_group() -> SpawnOptions:
    """Options for a child that can be killed with all its descendants and without us.

    The group comes *before* anything is killed: signalling a child that shares our group would kill the daemon itself.
    """
    flags = 0
    if sys.platform == "win32":
        flags = 0x00000200 | 0x08000000  # CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW
    return SpawnOptions(start_new_session=sys.platform != "win32", creationflags=flags)


def bind(pid: int) -> None:
    """Called by the parent when a child has started: where the child cannot bind itself to us (``system.parent``), we do it."""
    if sys.platform == "win32":
        _job().add(pid)


def no_core_file() -> None:
    """Disable core files: a crash in media code is reported by itself, and would leave a gigabyte in the home folder."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def kill_group(pid: int) -> None:
    """Kill the group that ``pid`` leads, and descendants that have left that group."""
    strays = descendants(pid)
    if sys.platform == "win32":
        strays.append(pid)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    for stray in strays:
        with contextlib.suppress(psutil.Error):
            psutil.Process(stray).kill()


def descendants(pid: int) -> list[int]:
    """The processes that ``pid`` started, and those that these started."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def tree_rss(pid: int) -> int:
    """Resident memory of ``pid`` and its descendants, in bytes; 0 when it is gone."""
    total = 0
    for one in (pid, *descendants(pid)):
        with contextlib.suppress(psutil.Error):
            total += int(psutil.Process(one).memory_info().rss)
    return total


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes of this user that carry ``mark``, except this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process)
    return found


def reap(mark: str) -> int:
    """Kill the processes that an earlier daemon with this ``mark`` left behind; return their number.

    Called with the instance lock held: no living daemon has that mark, so whoever carries it is an orphan. The mark is the
    identity, not a pid: pids come back.
    """
    orphans = marked(mark)
    for orphan in orphans:
        with contextlib.suppress(psutil.Error):
            orphan.kill()
    psutil.wait_procs(orphans, timeout=2)
    return len(orphans)
