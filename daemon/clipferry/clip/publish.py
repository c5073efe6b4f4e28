"""Staging → the person's folder: all of the file or nothing, and never over another one.

A finished clip is on the disk (fsync) before its name appears; the name appears by one atomic step that fails when it is
taken: a hard link, or a rename that refuses to replace where a file system has no links (exFAT, some network drives).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from .errors import ClipError, DiskFull, FolderMissing, FolderNotWritable
from .model import StagedClip

HIDDEN_DIR = ".clipferry"
"""Inside the folder, where staging has to be on its file system; never seen, empty when nothing runs."""

_EDGE_BYTES = 64 * 1024
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC, errno.EFBIG}


def staging_root(downloads: Path, cache_dir: Path) -> Path:
    """Where clips for ``downloads`` are made: on its own file system, so that the last step is a link and no copy.

    The cache folder where that is on the same one, else ``downloads/.clipferry``. Made if missing, private (0700).

    Raises:
        FolderMissing | FolderNotWritable | DiskFull: ``downloads`` cannot take a clip.
    """
    check_folder(downloads)
    with os_errors(cache_dir):
        cache_dir.mkdir(parents=True, exist_ok=True)
    same = cache_dir.stat().st_dev == downloads.stat().st_dev
    root = cache_dir / "staging" if same else downloads / HIDDEN_DIR
    with os_errors(root):
        root.mkdir(mode=0o700, exist_ok=True)
        _refuse_link(root)
    return root


def check_folder(folder: Path) -> None:
    """Raises ``FolderMissing`` or ``FolderNotWritable`` where a clip could not be put."""
    if not os.path.isdir(folder):  # noqa: PTH112 - false, too, for what cannot be looked at: pathlib's raises
        if os.path.exists(folder):  # noqa: PTH110
            raise FolderMissing(f"“{folder.name}” is not a folder.", detail=str(folder))
        raise FolderMissing(detail=str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderNotWritable(detail=str(folder))


def candidates(name: str) -> Iterator[str]:
    """``x.mp4``, ``x (2).mp4``, ``x (3).mp4``, …"""
    yield name
    stem, dot, extension = name.rpartition(".")
    for number in count(2):
        yield f"{stem} ({number}){dot}{extension}"


def place(staged: Path, target: Path, *, origin_url: str | None = None) -> None:
    """Give the finished file its name in the folder, atomically; both are on the disk when this returns.

    ``staged`` may or may not still be there afterwards (a hard link is left, a rename is not): ``is_same`` tells, and the
    caller removes its staging folder once it has noted the success.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
        FolderMissing | FolderNotWritable | DiskFull: as they say; the folder is as it was.
    """
    with os_errors(target.parent):
        staged.chmod(0o644)
        if origin_url:
            mark_downloaded(staged, origin_url)
        _sync(staged)
        try:
            os.link(staged, target)
        except FileExistsError:
            raise
        except OSError as exc:
            if exc.errno == errno.EXDEV:
                _place_copy(staged, target, origin_url)
            elif exc.errno in _NO_LINKS and os.access(target.parent, os.W_OK):
                _note_identity(staged)
                _rename_noreplace(staged, target)
            else:
                raise
        _sync(target.parent)


def is_same(staged: Path, target: Path) -> bool:
    """Whether ``target`` is that staged file, placed by an earlier attempt that did not live to note it."""
    try:
        there = target.stat()
        if not stat.S_ISREG(there.st_mode):
            return False
        if staged.exists():
            return target.samefile(staged) or (
                there.st_size == staged.stat().st_size and _identity(target) == _identity(staged)
            )
        return _identity(target) == _identity_note(staged).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return False


def publish(staged: StagedClip, folder: Path) -> Path:
    """Place the clip under the first free name and remove what was staged; gives the path.

    Raises:
        FolderMissing | FolderNotWritable | DiskFull
    """
    check_folder(folder)
    for name in candidates(staged.name):
        target = folder / name
        try:
            place(staged.path, target, origin_url=staged.video.webpage_url)
        except FileExistsError:
            continue
        with contextlib.suppress(FileNotFoundError):
            staged.path.unlink()
        return target
    raise AssertionError("candidates never end")


def mark_downloaded(path: Path, url: str) -> None:
    """Note on the file that it came from the internet, the way the system's own browsers do, where it can be noted.

    Linux: the extended attributes of freedesktop.org's "Common Extended Attributes"; macOS: quarantine, so that the
    system asks before it opens it; Windows: the zone of the internet (3). Not every file system keeps them.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    clean = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            Path(f"{path}:Zone.Identifier").write_text(f"[ZoneTransfer]\r\nZoneId=3\r\nHostUrl={clean}\r\n", "utf-8")
        elif sys.platform == "darwin":
            _set_xattr_mac(path, b"com.apple.quarantine", b"0081;00000000;clipferry;")
        else:
            os.setxattr(path, "user.xdg.origin.url", clean.encode())


@contextlib.contextmanager
def os_errors(folder: Path) -> Iterator[None]:
    """Turn the system's refusals into sentences. ``FileExistsError`` passes: it is an answer, not a failure."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as exc:
        raise of_os_error(exc, folder) from exc


def of_os_error(exc: OSError, folder: Path) -> ClipError:
    """The failure that a person is told of when writing into ``folder`` gave ``exc``."""
    detail = f"{folder}: {exc}"
    if exc.errno in _FULL:
        return DiskFull(detail=detail)
    if exc.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ESTALE, errno.EIO):
        return FolderMissing(detail=detail)
    return FolderNotWritable(detail=detail)


# Inside ---------------------------------------------------------------------------------------------------------------


def _place_copy(staged: Path, target: Path, origin_url: str | None) -> None:
    """Across file systems: copy beside the target, hidden, then name the copy."""
    hidden = target.parent / HIDDEN_DIR
    hidden.mkdir(mode=0o700, exist_ok=True)
    _refuse_link(hidden)
    copy = hidden / f"{secrets.token_hex(8)}.part"
    try:
        shutil.copyfile(staged, copy)
        place(copy, target, origin_url=origin_url)
    finally:
        for left in (copy, _identity_note(copy)):
            with contextlib.suppress(OSError):
                left.unlink()
        with contextlib.suppress(OSError):
            hidden.rmdir()


def _rename_noreplace(source: Path, target: Path) -> None:
    """``rename`` that fails when ``target`` exists: renameat2(2), renamex_np(2), or Windows, whose rename always does."""
    if sys.platform == "win32":
        source.rename(target)
        return
    rename = _system_rename()
    if rename is not None:
        code = rename(os.fsencode(source), os.fsencode(target))
        if code == 0:
            return
        if code not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise OSError(code, os.strerror(code), str(source), None, str(target))
    # Neither links nor exclusive renames here: hold the name with an empty file of our own, then replace that.
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    try:
        source.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _system_rename() -> Callable[[bytes, bytes], int] | None:
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        return lambda a, b: 0 if libc.renamex_np(a, b, ctypes.c_uint(4)) == 0 else ctypes.get_errno()
    if hasattr(libc, "renameat2"):
        here, noreplace = ctypes.c_int(-100), ctypes.c_uint(1)
        return lambda a, b: 0 if libc.renameat2(here, a, here, b, noreplace) == 0 else ctypes.get_errno()
    return None


def _set_xattr_mac(path: Path, name: bytes, value: bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.setxattr(os.fsencode(path), name, value, ctypes.c_size_t(len(value)), ctypes.c_uint32(0), ctypes.c_int(0))


def _refuse_link(folder: Path) -> None:
    """A folder of ours that is really somebody's link could lead anywhere."""
    if folder.is_symlink() or not folder.is_dir():
        raise FolderNotWritable(detail=f"{folder} is not a folder of ours")


def _sync(path: Path) -> None:
    if sys.platform == "win32" and path.is_dir():
        return  # Windows opens no folder for this; its file systems journal names
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network drives sync no folders
            raise
    finally:
        os.close(descriptor)


def _identity(path: Path) -> str:
    """Size and both edges: enough to know one's own file again without reading gigabytes."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(_EDGE_BYTES)
        file.seek(max(0, size - _EDGE_BYTES))
        return hashlib.sha256(b"%d|" % size + head + file.read(_EDGE_BYTES)).hexdigest()


def _identity_note(staged: Path) -> Path:
    return staged.with_name(f"{staged.name}.identity")


def _note_identity(staged: Path) -> None:
    note = _identity_note(staged)
    note.write_text(_identity(staged), "ascii")
    _sync(note)
