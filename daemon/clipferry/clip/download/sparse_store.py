"""Store of the fetched bytes of one remote file: a sparse file, and a journal of the ranges that are valid.

The journal is a text file. Its first line is the identity of the remote file as JSON, every other line one range
``start end crc32``. A line is written after its bytes; a range whose checksum does not fit (a torn write, a power cut) is
not counted, so that what ``kill -9`` leaves behind is always safe to continue from.
"""

from __future__ import annotations

import errno
import json
import shutil
import threading
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import IO

from ...system.files import write_atomically
from ..errors import Cancelled, DiskFull, FolderNotWritable
from ..http.file_identity import FileIdentity
from .interval_set import IntervalSet

JOURNAL_STEP = 512 * 1024
"""At most so many bytes of one transfer are fetched again after a ``kill -9``."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


_IDENTITY = tuple(FileIdentity.__dataclass_fields__)


class SparseStore:
    """``path`` holds the bytes, ``path`` + ``.journal`` what is known of them. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._journal_path = path.with_name(path.name + ".journal")
        self._lock = threading.Lock()
        self._extents = IntervalSet()
        self.identity: FileIdentity | None = None
        self._handles: tuple[IO[bytes], IO[bytes]] | None = None
        self._retired = False
        self.generation = 0
        """Grows when the bytes of another file are thrown away."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._load()
        except OSError as error:
            raise disk_error(error) from error

    def _open(self) -> tuple[IO[bytes], IO[bytes]]:
        """Data and journal; opened when needed, so that a playlist of a thousand segments does not hold two thousand files."""
        if self._retired:
            raise Cancelled
        if self._handles is None:
            self._handles = self._path.open("r+b", buffering=0), self._journal_path.open("ab", buffering=0)
        return self._handles

    def _load(self) -> None:
        try:
            lines = self._journal_path.read_bytes().split(b"\n")[:-1]
            known = json.loads(lines[0])  # a newer version may have noted more of the file
            self.identity = FileIdentity(**{name: known[name] for name in _IDENTITY if name in known})
        except (FileNotFoundError, IndexError, ValueError, TypeError):
            self._journal_path.unlink(missing_ok=True)
            return
        with self._path.open("rb", buffering=0) as file:
            for line in lines[1:]:
                try:
                    start, end, checksum = (int(word, 16) for word in line.split())
                except ValueError:
                    continue
                if 0 <= start < end and _checksum(file, start, end) == checksum:
                    self._extents.add(start, end)

    def adopt(self, identity: FileIdentity) -> bool:
        """Take ``identity`` for the file's. ``False``: the bytes here belonged to another file and are gone now."""
        with self._lock:
            kept = self.identity is None or self.identity.may_be(identity)
            joined = identity.joined(self.identity) if self.identity is not None and kept else identity
            if joined == self.identity:
                return True
            try:
                if not kept:
                    self._extents.clear()
                    self.generation += 1
                    self._open()[0].truncate(0)
                self.identity = joined
                self._rewrite_journal(keep_stretches=kept)
            except OSError as error:
                raise disk_error(error) from error
            return kept

    def _rewrite_journal(self, *, keep_stretches: bool) -> None:
        old = (
            self._journal_path.read_bytes().split(b"\n")[1:-1] if keep_stretches and self._journal_path.exists() else []
        )
        header = json.dumps(asdict(self.identity or FileIdentity())).encode()
        self._release()
        write_atomically(self._journal_path, b"\n".join([header, *old]) + b"\n", sync=False)

    def write(self, position: int, data: bytes, generation: int) -> bool:
        """Keep ``data``. ``False``: it belongs to a file of an earlier ``generation``, and was not kept."""
        try:
            with self._lock:
                if generation != self.generation:
                    return False
                file = self._open()[0]
                file.seek(position)
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
                self._extents.add(position, position + len(data))
                return True
        except OSError as error:
            raise disk_error(error) from error

    def missing(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the gaps within ``[start, end)``."""
        with self._lock:
            return self._extents.missing(start, end)

    def run_end(self, position: int) -> int:
        """Return where the bytes that are here from ``position`` on end; ``position`` itself if that byte is not here."""
        with self._lock:
            return self._extents.run_end(position)

    def note(self, start: int, end: int, checksum: int, generation: int) -> None:
        """Write down that ``[start, end)`` is there, so that a later process believes it."""
        if start >= end:
            return
        try:
            with self._lock:
                if generation != self.generation:
                    return
                self._open()[1].write(f"{start:x} {end:x} {checksum:x}\n".encode())
        except OSError as error:
            raise disk_error(error) from error

    def read(self, position: int, count: int) -> bytes:
        """Return up to ``count`` bytes of the range at ``position``; empty if that byte is not stored."""
        with self._lock:
            end = min(position + count, self._extents.run_end(position))
            if end <= position:
                return b""
            file = self._open()[0]
            file.seek(position)
            return file.read(end - position)

    def release(self) -> None:
        """Let go of the files for now; they are opened again where needed."""
        with self._lock:
            self._release()

    def close(self) -> None:
        """Let go of the files for good."""
        with self._lock:
            self._retired = True
            self._release()

    def _release(self) -> None:
        for handle in self._handles or ():
            handle.close()
        self._handles = None


def _checksum(file: IO[bytes], start: int, end: int) -> int | None:
    """``None`` where the file is shorter than that."""
    checksum, position = 0, start
    file.seek(start)
    while position < end:
        data = file.read(min(1 << 20, end - position))
        if not data:
            return None
        checksum, position = zlib.crc32(data, checksum), position + len(data)
    return checksum


def disk_error(error: OSError) -> DiskFull | FolderNotWritable:
    return DiskFull(detail=str(error)) if error.errno in _NO_SPACE else FolderNotWritable(detail=str(error))


def free_bytes(folder: Path) -> int:
    """Return what the person may still write to the disk of ``folder``."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 1 << 62
