"""Where the native host and the daemon meet: one place for both, standard library only.

``CLIPFERRY_HOME`` puts everything beneath one folder (tests, portable installs). Otherwise the folder is the session's own
runtime directory, which the system makes for this user alone and empties at logout (XDG Base Directory Specification 0.8).
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

_LONGEST_SOCKET_BYTES = 100


class UnsafeDirectory(Exception):
    """The meeting place belongs to somebody else, or others can write to it."""


def runtime_dir(env: Mapping[str, str]) -> Path:
    """The folder that holds the socket, the lock and ``daemon.json``; it need not exist yet."""
    if home := env.get("CLIPFERRY_HOME"):
        return Path(home).expanduser().absolute() / "run"
    if sys.platform == "darwin":
        return _home(env) / "Library" / "Caches" / "clipferry" / "run"
    if sys.platform == "win32":
        return Path(env.get("LOCALAPPDATA") or _home(env) / "AppData" / "Local") / "clipferry" / "run"
    session = env.get("XDG_RUNTIME_DIR")
    if session and Path(session).is_absolute():
        return Path(session) / "clipferry"
    # A cron job or `su` has no XDG_RUNTIME_DIR, yet must find the same daemon as the desktop session of this user.
    usual = Path(f"/run/user/{os.getuid()}")
    if usual.is_dir() and os.access(usual, os.W_OK):
        return usual / "clipferry"
    return _home(env) / ".cache" / "clipferry" / "run"


def socket_path(env: Mapping[str, str]) -> Path:
    """The daemon's Unix socket."""
    return socket_in(runtime_dir(env))


def socket_in(runtime: Path) -> Path:
    """The socket that belongs to the folder ``runtime``: in it, or, where that path is too long for a socket's address
    (``sun_path`` holds 104 bytes on macOS, 108 on Linux; unix(7)), in a private folder that stands in for it."""
    usual = runtime / "daemon.sock"
    if sys.platform == "win32" or len(os.fsencode(usual)) <= _LONGEST_SOCKET_BYTES:
        return usual
    where = hashlib.sha256(os.fsencode(runtime)).hexdigest()[:16]
    return Path("/tmp") / f"clipferry-{os.getuid()}-{where}" / usual.name  # noqa: S108 (make_private refuses another user's)


def pipe_name(env: Mapping[str, str]) -> str:
    """Windows: the named pipe that stands for the socket; one per user and per ``CLIPFERRY_HOME``."""
    where = hashlib.sha256(str(runtime_dir(env)).encode()).hexdigest()[:16]
    return rf"\\.\pipe\clipferry-{getpass.getuser()}-{where}"


def facts_path(env: Mapping[str, str]) -> Path:
    """``daemon.json``: ``{pid, port, token, version}``, mode 0600, there while the daemon runs."""
    return runtime_dir(env) / "daemon.json"


def lock_path(env: Mapping[str, str]) -> Path:
    """Held by the one daemon for as long as it lives."""
    return runtime_dir(env) / "daemon.lock"


def start_lock_path(env: Mapping[str, str]) -> Path:
    """Held by a host while it looks for the daemon and, finding none, starts it."""
    return runtime_dir(env) / "start.lock"


def make_private(folder: Path) -> None:
    """Make ``folder`` with mode 0700, or check that it already is this user's own and nobody else's.

    Raises:
        UnsafeDirectory: it is a symlink, no folder, or another user's.
        OSError: it cannot be made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    check_private(folder)


def check_private(folder: Path) -> None:
    """See that ``folder`` is this user's own and, from here on, nobody else's: what is written there goes where we think.

    Raises:
        UnsafeDirectory: it is a symlink, no folder, or another user's.
        OSError: there is none.
    """
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise UnsafeDirectory(f"{folder} is not a folder")
    if sys.platform == "win32":
        return  # %LOCALAPPDATA% carries an access list for this user; there are no mode bits to look at
    if facts.st_uid != os.getuid():
        raise UnsafeDirectory(f"{folder} belongs to another user")
    if facts.st_mode & 0o077:
        folder.chmod(0o700)


def _home(env: Mapping[str, str]) -> Path:
    return Path(env["HOME"]) if env.get("HOME") else Path.home()
