"""Directories that only this user can change, checked by descriptor: no symlink, right owner, safe way there. Standard library only.

A directory of ours is worth nothing below one that somebody else may write to: they rename it away and put their own in its
place. So every directory on the way counts as well, as in OpenSSH's ``StrictModes`` (auth.c, ``safe_path``).
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

_OPEN = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_MOST_LINKS = 40
"""As the kernel does (path_resolution(7))."""
_ALL_IDS = 2**32 - 1


class UnsafeDirectory(Exception):
    """A directory that ought to be this user's alone belongs to somebody else, or others can change what it leads to."""


def make_private(folder: Path) -> None:
    """Make ``folder`` with mode 0700, or check that it already is this user's own and nobody else's.

    Raises:
        UnsafeDirectory: it is a symlink, no folder, or another user's, or another user could replace it.
        OSError: it cannot be made.
    """
    _make_parents(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    check_private(folder)


def check_private(folder: Path, *, strict: bool = False) -> None:
    """Check that ``folder`` is this user's own and, from here on, nobody else's: what is written there goes where we think.

    Args:
        strict: whether a directory on the way that a group may write to is refused even where it is this user's or root's.

    Raises:
        UnsafeDirectory: it is a symlink, no folder, or another user's, or another user could replace it.
        OSError: there is none.
    """
    if sys.platform == "win32":
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise UnsafeDirectory(f"{folder} is not a folder")
        return  # %LOCALAPPDATA% carries an access list for this user; there are no mode bits to look at
    check_way(folder, strict=strict)
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise UnsafeDirectory(f"{folder} is not a folder")
    descriptor = os.open(folder, os.O_RDONLY | _OPEN)
    try:
        facts = os.fstat(descriptor)
        if facts.st_uid != os.geteuid():
            raise UnsafeDirectory(f"{folder} belongs to another user")
        if facts.st_mode & 0o077:
            with contextlib.suppress(OSError):  # a mount that has no modes: what counts is what it says afterwards
                os.fchmod(descriptor, 0o700)
            if os.fstat(descriptor).st_mode & 0o022:
                raise UnsafeDirectory(f"{folder} can be written to by other users")
    finally:
        os.close(descriptor)


def check_way(path: Path, *, strict: bool = False) -> None:
    """Check that nobody but this user and root can change where ``path`` leads; symlinks on the way are followed and checked.

    Raises:
        UnsafeDirectory: a directory on the way is another user's, or others may write to it and it is not sticky.
        OSError: a directory on the way does not exist.
    """
    here = Path(path.anchor or os.sep)
    pending = list(path.absolute().parts[1:])
    links = 0
    while pending:
        name = pending.pop(0)
        if name == "..":
            here = here.parent
            continue
        _check_on_the_way(here, strict=strict)
        entry = here / name
        if pending and stat.S_ISLNK(entry.lstat().st_mode):
            links += 1
            if links > _MOST_LINKS:
                raise UnsafeDirectory(f"{path} leads in a circle")
            target = Path(entry.readlink())
            here = Path(target.anchor) if target.is_absolute() else here
            pending = [part for part in target.parts if part != target.anchor] + pending
        else:
            here = entry


def _check_on_the_way(folder: Path, *, strict: bool) -> None:
    facts = folder.lstat()
    owner = facts.st_uid
    if owner not in (0, os.geteuid()) and not _unmapped(owner):
        raise UnsafeDirectory(f"{folder} belongs to another user")
    if facts.st_mode & stat.S_ISVTX:
        return  # what is ours in it nobody else may rename or remove
    if facts.st_mode & 0o002 or (strict and facts.st_mode & 0o020 and not _own_group(facts.st_gid)):
        raise UnsafeDirectory(f"{folder} can be written to by other users")


def _own_group(number: int) -> bool:
    """Whether a group is this user's private one, as most distributions make for everybody."""
    import grp  # noqa: PLC0415 - needed for a group-writable directory only
    import pwd  # noqa: PLC0415

    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(number)
    except KeyError:
        return False
    return user.pw_gid == number and user.pw_name == group.gr_name and set(group.gr_mem) <= {user.pw_name}


def _unmapped(owner: int) -> bool:
    """Whether ``owner`` stands for the users that a namespace (a container, Flatpak) does not know, root among them
    (user_namespaces(7))."""
    try:
        if owner != int(Path("/proc/sys/kernel/overflowuid").read_text("ascii")):
            return False
        ranges = Path("/proc/self/uid_map").read_text("ascii").split()
    except (OSError, ValueError):
        return False
    return ranges[2:3] != [str(_ALL_IDS)]


def _make_parents(folder: Path) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        with contextlib.suppress(FileExistsError):
            one.mkdir(mode=0o700)  # XDG Base Directory Specification: 0700 for what has to be made
