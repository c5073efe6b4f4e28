"""Single-instance lock, released by the operating system when its holder dies."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


class AlreadyRunning(Exception):
    """Another process holds the lock."""


class InstanceLock:
    """An exclusive ``flock`` (``LockFileEx`` on Windows) on ``path``, held until ``release`` or the end of the process.

    Never a pid file: a pid may be anybody's by the time it is read. The descriptor is not inherited by children, so no
    worker can keep a dead daemon's lock.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, mode=0o600, thread_local=False)

    def acquire(self) -> None:
        """Acquire the lock without waiting.

        Raises:
            AlreadyRunning: somebody else has it.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise AlreadyRunning from None

    def release(self) -> None:
        self._lock.release()
