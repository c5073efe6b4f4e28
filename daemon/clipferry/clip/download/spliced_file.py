"""Files for libav: a splice of pieces, read in order, and a whole remote file, seekable."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Protocol, cast

from ..errors import BadMedia
from .remote_file import CancellationScope


class Bytes(Protocol):
    """Remote bytes by position: a ``Resource``, or a decrypted view of one."""

    @property
    def size(self) -> int | None: ...
    def want(
        self, start: int, end: int | None, scope: CancellationScope | None = None, *, urgent: bool = False
    ) -> None: ...
    def read(self, position: int, count: int) -> bytes: ...
    def read_exactly(self, position: int, count: int) -> bytes: ...


Piece = bytes | tuple[Bytes, int, int | None]
"""Bytes of our own, or a range of a remote file; an end of ``None``: all the rest."""


class SplicedFile(io.RawIOBase):
    """Pieces, one after the other, made only when the reader gets there. Cannot seek."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        super().__init__()
        self._pieces = pieces
        self._ready = b""
        self._from: tuple[Bytes, int, int | None] | None = None
        self._at = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        while size > 0:
            if self._ready:
                data, self._ready = self._ready[:size], self._ready[size:]
            elif self._from is not None:
                data = self._read_remote(size)
            else:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                if isinstance(piece, bytes):
                    self._ready = piece
                else:
                    self._from = piece
                continue
            self._at += len(data)
            if data:
                return data
        return b""

    def _read_remote(self, size: int) -> bytes:
        assert self._from is not None
        remote, start, end = self._from
        data = (
            remote.read(start, size if end is None else min(size, end - start)) if end is None or start < end else b""
        )
        if not data:
            if end is not None and start < end:
                raise BadMedia("ends_too_soon")
            self._from = None
        else:
            self._from = (remote, start + len(data), end)
        return data

    def as_file(self) -> IO[bytes]:
        return cast(IO[bytes], self)


class SeekableFile(io.RawIOBase):
    """A remote file from its first to its last byte. Seekable; reading blocks until the bytes are there."""

    def __init__(self, resource: Bytes) -> None:
        super().__init__()
        self._resource = resource
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._at
        elif whence == io.SEEK_END:
            size = self._resource.size
            if size is None:
                raise OSError("the size of the file is not known")
            offset += size
        if offset < 0:
            raise OSError("before the beginning")
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        data = self._resource.read(self._at, size)
        self._at += len(data)
        return data

    def as_file(self) -> IO[bytes]:
        return cast(IO[bytes], self)
