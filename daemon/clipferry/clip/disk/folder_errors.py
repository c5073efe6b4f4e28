"""Map system errors of writing to a folder to errors of the engine."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from ..errors import ClipError, DiskFull, FolderMissing, FolderNotWritable


def _codes(*names: str) -> frozenset[int]:
    """Return those of the error numbers that this system knows."""
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


FULL = _codes("ENOSPC", "EDQUOT", "EFBIG")
NAME_REFUSED = _codes("ENAMETOOLONG", "EILSEQ", "EINVAL")
"""A file system that takes no such name: too long, or a character outside its encoding."""
_MISSING = _codes("ENOENT", "ENOTDIR", "ENODEV")
_SILENT = _codes(
    *("EIO", "ENXIO", "ESTALE", "ENOTCONN", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH"),
    *("ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ESHUTDOWN", "EREMOTEIO"),
)
"""A drive or a server behind a mount that has gone away."""


class NameRefused(OSError):
    """The folder takes no file of this name; a simpler one may do."""


@contextlib.contextmanager
def os_errors(folder: Path) -> Iterator[None]:
    """Turn the system's refusals into sentences. ``FileExistsError`` and ``NameRefused`` pass: they are answers, not failures."""
    try:
        yield
    except (FileExistsError, NameRefused):
        raise
    except OSError as exc:
        raise of_os_error(exc, folder) from exc


def of_os_error(exc: OSError, folder: Path) -> ClipError:
    """Return the failure that a person is told of when writing into ``folder`` gave ``exc``. Each of them is waited for."""
    kind, reason = _kind(exc)
    return kind(reason, detail=f"{folder}: {exc}")


def _kind(exc: OSError) -> tuple[type[ClipError], str]:
    if isinstance(exc, NameRefused):
        return FolderNotWritable, "name"
    kinds: tuple[tuple[frozenset[int], type[ClipError], str], ...] = (
        (_codes("EDQUOT"), DiskFull, "quota"),
        (FULL, DiskFull, ""),
        (_MISSING, FolderMissing, ""),
        (_SILENT, FolderMissing, "silent"),
        (_codes("EROFS"), FolderNotWritable, "read_only"),
    )
    for codes, kind, reason in kinds:
        if exc.errno in codes:
            return kind, reason
    return FolderNotWritable, ""
