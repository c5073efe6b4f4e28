"""Give a verified file its name in the person's folder: all of it or nothing, and never over another file.

Once a clip is verified only its name matters: permissions, attributes and the folder's sync are best effort. The name appears by
one atomic step that fails when it is taken: a hard link to the open file itself, or a rename that refuses to replace where a file
system has no links (exFAT, some network drives). What is named is the inode that was opened, whatever its path leads to meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ..disk.exclusive_rename import rename_exclusively
from ..disk.folder import SCRATCH_PREFIX, SCRATCH_SUFFIX, Folder, follow_rules, open_folder, scratch_file
from ..disk.folder_errors import FULL, NAME_REFUSED, NameRefused, os_errors
from ..disk.origin_mark import mark_downloaded

_EDGE_BYTES = 64 * 1024
_COPY_BYTES = 1 << 20
_FINAL = FULL | {errno.EEXIST, errno.EXDEV, errno.ENAMETOOLONG, errno.EILSEQ, errno.EROFS, errno.EIO}
"""No other way of naming a file will do better."""
_WRITE_FAILED = FULL | {errno.EIO}


class _Changed(OSError):
    """What got the name is not the file that was verified."""


def place(staged: Path, target: Path, *, origin_url: str | None = None) -> None:
    """Give the finished file its name in the folder, atomically; both are on the disk when this returns.

    ``staged`` may or may not still be there afterwards (a hard link is left, a rename is not): ``is_same`` decides, and the
    caller removes its staging folder once it has noted the success.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
        NameRefused: the folder takes no such name; nothing was changed.
        FolderMissing | FolderNotWritable | DiskFull: as they say; the folder is as it was.
    """
    if sys.platform == "win32":
        with os_errors(target.parent):
            return _place_by_path(staged, target, origin_url)
    with os_errors(target.parent), open_folder(staged.parent) as origin, open_folder(target.parent) as folder:
        with _opened(origin, staged.name) as file:
            if os.fstat(file).st_uid != os.geteuid():
                raise PermissionError(errno.EPERM, "the staged file is another user's", str(staged))
            try:
                if origin.device() != folder.device():
                    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))  # noqa: TRY301 - as the system would say
                follow_rules(file, folder)
                mark_downloaded(file, staged, origin_url)
                _sync(file)
                _give_name(file, origin, staged.name, folder, target.name, note=staged)
            except OSError as exc:
                if exc.errno != errno.EXDEV:
                    raise
                _place_copy(file, folder, target.name, origin_url)
        folder.sync()
    return None


def is_same(staged: Path, target: Path) -> bool:
    """Return whether ``target`` is that staged file, placed by an earlier attempt that did not live to note it."""
    try:
        with open_folder(target.parent) as folder, _opened(folder, target.name) as there:
            facts = os.fstat(there)
            try:
                with open_folder(staged.parent) as origin, _opened(origin, staged.name) as file:
                    return _same_inode(os.fstat(file), facts) or _identity(there) == _identity(file)
            except FileNotFoundError:
                return _identity(there) == _identity_note(staged).read_text("ascii")
    except (OSError, UnicodeError):
        return False


# Inside ---------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(folder: Folder, name: str) -> Iterator[int]:
    """Return a regular file, by a descriptor; no symlink is followed, and no pipe waited for. Raises ``OSError``."""
    descriptor = folder.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a file", name)
        yield descriptor
    finally:
        os.close(descriptor)


def _give_name(file: int, origin: Folder, staged: str, folder: Folder, name: str, *, note: Path | None) -> None:
    """Name the open ``file``, which lies at ``staged`` in ``origin``, by the first way that this file system knows.

    Args:
        note: where a rename leaves no staged file behind: the path beside which to note what the file was.
    """

    def by_path() -> None:
        source, target = origin.name(staged), folder.name(name)
        if origin.descriptor is None:
            os.link(source, target)
        else:
            os.link(source, target, src_dir_fd=origin.descriptor, dst_dir_fd=folder.descriptor, follow_symlinks=False)
        if not _is_named(file, folder, name):
            folder.remove(name)
            raise _Changed(errno.EPERM, "the file was replaced while it was given its name", name)

    def by_rename(rename: Callable[[Folder, str, Folder, str], None]) -> None:
        if note is not None:
            with contextlib.suppress(OSError):
                _note_identity(note, file)
        rename(origin, staged, folder, name)
        if not _is_named(file, folder, name):
            raise _Changed(errno.EPERM, "the file was replaced while it was given its name", name)

    _first_that_works(
        name,
        lambda: _link_open_file(file, folder, name),
        by_path,
        lambda: by_rename(rename_exclusively),
        lambda: by_rename(_rename_over_own),
    )


def _first_that_works(name: str, *ways: Callable[[], None]) -> None:
    refused: OSError | None = None
    for way in ways:
        try:
            return way()
        except _Changed:
            raise
        except UnicodeEncodeError as exc:
            raise NameRefused(errno.EILSEQ, os.strerror(errno.EILSEQ), name) from exc
        except OSError as exc:
            refused = exc
            if exc.errno in _FINAL:
                break
    assert refused is not None
    if refused.errno in NAME_REFUSED:
        raise NameRefused(refused.errno, refused.strerror, name) from refused
    raise refused


def _link_open_file(file: int, folder: Folder, name: str) -> None:
    """A hard link to the very inode that is open (linkat(2), ``AT_SYMLINK_FOLLOW`` on ``/proc/self/fd``)."""
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    os.link(f"/proc/self/fd/{file}", name, dst_dir_fd=folder.descriptor, follow_symlinks=True)


def _rename_over_own(origin: Folder, staged: str, folder: Folder, name: str) -> None:
    """Where there are neither links nor exclusive renames: hold the name with an empty file of our own, then replace that."""
    os.close(folder.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    try:
        os.replace(origin.name(staged), folder.name(name), src_dir_fd=origin.descriptor, dst_dir_fd=folder.descriptor)
    except OSError:
        folder.remove(name)
        raise


def _place_copy(file: int, folder: Folder, name: str, origin_url: str | None) -> None:
    """Across file systems: copy the open file into the folder without a name, or under a hidden one, then name the copy."""
    nameless = folder.create_nameless()
    if nameless is not None:
        try:
            _copy(file, nameless)
            mark_downloaded(nameless, None, origin_url)
            _sync(nameless)
            return _first_that_works(name, lambda: _link_open_file(nameless, folder, name))
        except OSError as exc:
            if exc.errno in _FINAL - {errno.EXDEV}:
                raise
        finally:
            os.close(nameless)
    with scratch_file(folder) as (where, scratch, copy):
        _copy(file, copy)
        follow_rules(copy, folder)
        mark_downloaded(copy, where.path / scratch, origin_url)
        _sync(copy)
        _give_name(copy, where, scratch, folder, name, note=None)
    return None


def _place_by_path(staged: Path, target: Path, origin_url: str | None) -> None:
    """Windows: a file that is open can be linked but not renamed, and no folder can be held open."""
    mark_downloaded(-1, staged, origin_url)
    with staged.open("r+b") as file:
        _sync(file.fileno())
    try:
        return os.link(staged, target)
    except FileExistsError:
        raise
    except OSError:
        if staged.stat().st_dev == target.parent.stat().st_dev:
            with staged.open("rb") as file:
                _note_identity(staged, file.fileno())
            staged.rename(target)
            return
    copy = target.with_name(f"{SCRATCH_PREFIX}{secrets.token_hex(8)}{SCRATCH_SUFFIX}")
    try:
        shutil.copyfile(staged, copy)
        mark_downloaded(-1, copy, origin_url)
        copy.rename(target)
    finally:
        copy.unlink(missing_ok=True)


def _copy(source: int, target: int) -> None:
    os.lseek(source, 0, os.SEEK_SET)
    with os.fdopen(source, "rb", closefd=False) as reader, os.fdopen(target, "wb", closefd=False) as writer:
        shutil.copyfileobj(reader, writer, _COPY_BYTES)


def _sync(file: int) -> None:
    """Bring the bytes to the disk; a file system that does not support it is left to itself."""
    try:
        os.fsync(file)
    except OSError as exc:
        if exc.errno in _WRITE_FAILED:
            raise


def _is_named(file: int, folder: Folder, name: str) -> bool:
    """Return whether the entry ``name`` is the open file: by inode, or by its bytes where a mount numbers inodes again. True as well where
    that cannot be examined: the name has been given."""
    with contextlib.suppress(OSError):
        if not _same_inode(os.fstat(file), folder.facts(name)):
            with _opened(folder, name) as there:
                return _identity(there) == _identity(file)
    return True


def _same_inode(one: os.stat_result, other: os.stat_result) -> bool:
    return os.path.samestat(one, other)


def _identity(file: int) -> str:
    """Size and both edges: enough to know one's own file again without reading gigabytes."""
    with os.fdopen(file, "rb", closefd=False) as reader:
        size = reader.seek(0, os.SEEK_END)
        reader.seek(0)
        head = reader.read(_EDGE_BYTES)
        reader.seek(max(0, size - _EDGE_BYTES))
        return hashlib.sha256(b"%d|" % size + head + reader.read(_EDGE_BYTES)).hexdigest()


def _identity_note(staged: Path) -> Path:
    return staged.with_name(f"{staged.name}.identity")


def _note_identity(staged: Path, file: int) -> None:
    descriptor = os.open(_identity_note(staged), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, _identity(file).encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
