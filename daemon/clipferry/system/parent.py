"""Bind a child process to its parent's lifetime. Imports little: a worker imports it first."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with(parent_pid: int) -> None:
    """From now on the kernel kills this process when ``parent_pid`` dies (Linux), whatever it is busy with. For the time in
    which it has no children of its own. One whose parent died before this call ends at once."""
    if sys.platform != "win32":  # The Job Object that the parent put us in does it.
        _at_parents_death(signal.SIGKILL, parent_pid)


def die_with_all_children(parent_pid: int) -> None:
    """The same for the time in which it has children: they have to go too, so the kernel sends SIGTERM, and the
    whole group is taken along."""
    if sys.platform != "win32":
        signal.signal(signal.SIGTERM, lambda *_: end_own_group())
        _at_parents_death(signal.SIGTERM, parent_pid)


def end_own_group() -> None:
    """Kill this process and everything that it started. Only for a process that leads its own group."""
    if sys.platform != "win32" and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _at_parents_death(number: int, parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent_pid:
        end_own_group()
