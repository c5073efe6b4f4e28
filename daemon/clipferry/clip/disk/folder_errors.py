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
    kind, sentence, hint = _told(exc)
    return kind(sentence, hint=hint, detail=f"{folder}: {exc}")


def _told(exc: OSError) -> tuple[type[ClipError], str | None, str | None]:
    if isinstance(exc, NameRefused):
        hint = "Choose another folder, or a shorter name pattern, in the settings."
        return FolderNotWritable, "The folder for clips does not take the clip's name.", hint
    kinds: tuple[tuple[frozenset[int], type[ClipError], str | None], ...] = (
        (_codes("EDQUOT"), DiskFull, "Your share of the disk that clips go to is used up."),
        (FULL, DiskFull, None),
        (_MISSING, FolderMissing, None),
        (_SILENT, FolderMissing, "The disk that clips go to does not answer."),
        (_codes("EROFS"), FolderNotWritable, "The disk that clips go to is read-only."),
    )
    for codes, kind, sentence in kinds:
        if exc.errno in codes:
            return kind, sentence, None
    return FolderNotWritable, None, None
