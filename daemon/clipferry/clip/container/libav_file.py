"""A file object of ours as libav reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from ..errors import Cancelled


class LibavFile:
    """Read-only file object for ``av.open`` that raises ``Cancelled`` when the job is cancelled.

    After the first exception it is at its end: libav reads on, and PyAV keeps one exception only, of which it prints the traceback to
    the terminal when another one follows (``av.error.stash_exception``).
    """

    def __init__(
        self, file: IO[bytes], *, seekable: bool = True, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        self._file = file
        self._seekable = seekable
        self._cancelled = cancelled
        self._failed = False
        self.name = "clip"

    def read(self, size: int = -1) -> bytes:
        if self._failed:
            return b""
        if self._cancelled():
            self._failed = True
            raise Cancelled
        try:
            return self._file.read(size)
        except BaseException:
            self._failed = True
            raise

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        if self._failed:
            return -1
        try:
            return self._file.seek(offset, whence)
        except BaseException:
            self._failed = True
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._seekable
