"""Start the daemon, one per user: ``python -m clipferry.daemon``."""

from __future__ import annotations

import json
import os
import sys

from clipferry_host.printable import guard_output
from clipferry_host.private_dir import UnsafeDirectory

from .system.lock import AlreadyRunning, InstanceLock
from .system.paths import Paths

ALREADY_RUNNING = 75  # EX_TEMPFAIL, sysexits.h
NOT_SAFE = 77  # EX_NOPERM
TOO_NEW = 78  # EX_CONFIG


def main() -> int:
    """Run the daemon; the exit code: 0 stopped, 75 another one runs already, 77 its own folders cannot be used, 78 its history is a newer version's."""
    guard_output()
    paths = Paths.from_environment(os.environ)
    try:
        paths.make()
    except (OSError, UnsafeDirectory) as error:
        sys.stderr.write(f"clipferry cannot start: {error}\n")  # the last line is what its host logs
        return NOT_SAFE
    lock = InstanceLock(paths.lock)
    try:
        lock.acquire()
    except AlreadyRunning:
        sys.stdout.write(f"clipferry is already running: {_where(paths)}\n")
        return ALREADY_RUNNING
    # The rest takes a second to import, which a second instance need not.
    from .app import run  # noqa: PLC0415
    from .jobs.sqlite.database import HistoryTooNew  # noqa: PLC0415

    try:
        run(paths)
    except HistoryTooNew as error:
        hint = f"Update clipferry, or move {paths.database} away to begin a new history."
        sys.stderr.write(f"clipferry cannot start: {error}. {hint}\n")
        return TOO_NEW
    return 0


def _where(paths: Paths) -> str:
    try:
        facts = json.loads(paths.facts.read_bytes())
        return f"process {facts['pid']}, socket {paths.socket}, http://127.0.0.1:{facts['port']}"
    except (OSError, ValueError, KeyError):
        return f"socket {paths.socket} (just starting)"


if __name__ == "__main__":
    sys.exit(main())
