"""A folder held open: what is done in it is done in this very folder, whatever its path leads to a moment later.

Downloads may be shared with other users of the computer, who can rename and replace what lies there. Windows opens no folders;
there paths are used, and access lists keep others out.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .folder_errors import FULL

HIDDEN_DIR = ".clipferry"
"""Inside the folder, where staging has to be on its file system; never seen, empty when nothing runs."""
SCRATCH_PREFIX, SCRATCH_SUFFIX = ".clipferry-", ".part"
"""Of a copy that is being made in a folder where ``HIDDEN_DIR`` is not ours to use."""
_FILE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_ONLY_THERE = getattr(os, "O_PATH", os.O_RDONLY)
"""A folder that may be written to but not listed can be opened so."""
_LABELS = ("system.posix_acl_access", "security.selinux")
"""What a file system gives a new file by the rules of its folder, besides mode and group (acl(5), selinux(8))."""


@dataclass(frozen=True, slots=True)
class Folder:
    """``descriptor`` is ``None`` on Windows."""

    path: Path
    descriptor: int | None

    def name(self, name: str) -> str:
        """``name`` as the functions of ``os`` take it together with ``descriptor``."""
        return name if self.descriptor is not None else str(self.path / name)

    def facts(self, name: str) -> os.stat_result:
        """Of the entry itself; a symlink is not followed."""
        return os.stat(self.name(name), dir_fd=self.descriptor, follow_symlinks=False)

    def device(self) -> int:
        return (os.fstat(self.descriptor) if self.descriptor is not None else self.path.stat()).st_dev

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        """Return a descriptor of a file; never through a symlink."""
        return os.open(self.name(name), flags | _FILE, mode, dir_fd=self.descriptor)

    def create_nameless(self) -> int | None:
        """Return a file that has no name yet, with the mode, group and access list that the folder gives to new ones; ``None`` where the
        file system has none (open(2), ``O_TMPFILE``)."""
        if sys.platform != "linux":
            return None
        try:
            return os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666, dir_fd=self.descriptor)
        except OSError as exc:
            if exc.errno in FULL:
                raise
            return None

    def remove(self, name: str) -> None:
        """Best effort."""
        with contextlib.suppress(OSError):
            os.unlink(self.name(name), dir_fd=self.descriptor)

    def sync(self) -> None:
        """Bring names to the disk; best effort, since many network drives sync no folders and Windows opens none."""
        if self.descriptor is None:
            return
        with contextlib.suppress(OSError):
            descriptor = os.open(".", os.O_RDONLY | _DIRECTORY, dir_fd=self.descriptor)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def open_folder(path: Path) -> Iterator[Folder]:
    """Return the folder that ``path`` leads to now. Raises ``OSError``."""
    if sys.platform == "win32":
        yield Folder(path, None)
        return
    descriptor = os.open(path, _ONLY_THERE | _DIRECTORY)
    try:
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def scratch_file(folder: Folder) -> Iterator[tuple[Folder, str, int]]:
    """Return a new empty file on the file system of ``folder``, hidden and out of others' reach: where it lies, its name, a descriptor.

    In ``HIDDEN_DIR`` where that is this user's alone, else beside the target under a name that cannot be guessed, closed to others
    until the folder's rules are applied. Both are gone afterwards.

    Raises:
        OSError: it cannot be made.
    """
    name = f"{SCRATCH_PREFIX}{secrets.token_hex(8)}{SCRATCH_SUFFIX}"
    with contextlib.ExitStack() as stack:
        hidden = stack.enter_context(_hidden(folder))
        where = hidden or folder
        descriptor = where.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666 if hidden else 0o600)
        stack.callback(os.close, descriptor)
        stack.callback(where.remove, name)
        yield where, name, descriptor


@contextlib.contextmanager
def _hidden(folder: Folder) -> Iterator[Folder | None]:
    with contextlib.ExitStack() as stack:
        found = None
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder.name(HIDDEN_DIR), 0o700, dir_fd=folder.descriptor)
            stack.callback(_remove_empty, folder)
            descriptor = os.open(HIDDEN_DIR, os.O_RDONLY | _DIRECTORY | os.O_NOFOLLOW, dir_fd=folder.descriptor)
            stack.callback(os.close, descriptor)
            facts = os.fstat(descriptor)
            if facts.st_uid == os.geteuid() and not facts.st_mode & 0o077:
                found = Folder(folder.path / HIDDEN_DIR, descriptor)
        except OSError as exc:
            if exc.errno in FULL:
                raise
        yield found


def _remove_empty(folder: Folder) -> None:
    with contextlib.suppress(OSError):
        os.rmdir(folder.name(HIDDEN_DIR), dir_fd=folder.descriptor)


def follow_rules(descriptor: int, folder: Folder) -> None:
    """Give a file that was made elsewhere the mode, group and access list of one that is made in ``folder``: the person's umask,
    the folder's setgid bit and default access list, as the system itself applies them. Best effort, and never executable."""
    if sys.platform == "win32":
        return
    facts = os.fstat(descriptor)
    mode, group = stat.S_IMODE(facts.st_mode) & 0o666, facts.st_gid
    sample = None
    with contextlib.suppress(OSError):
        sample = folder.create_nameless()
    if sample is not None:
        try:
            made = os.fstat(sample)
            mode, group = stat.S_IMODE(made.st_mode) & 0o666, made.st_gid
            _copy_labels(sample, descriptor)
        finally:
            os.close(sample)
    with contextlib.suppress(OSError):
        if group != facts.st_gid:
            os.fchown(descriptor, -1, group)
    with contextlib.suppress(OSError):
        if mode != stat.S_IMODE(facts.st_mode):
            os.fchmod(descriptor, mode)


def _copy_labels(source: int, target: int) -> None:
    if sys.platform != "linux":
        return
    for name in _LABELS:
        with contextlib.suppress(OSError):
            os.setxattr(target, name, os.getxattr(source, name))
