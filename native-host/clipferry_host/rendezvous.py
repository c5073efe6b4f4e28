"""Where the native host and the daemon meet: one place for both, standard library only.

``CLIPFERRY_HOME`` puts everything beneath one folder (tests, portable installs). Otherwise the folder is the session's own
runtime directory, which the system makes for this user alone and empties at logout (XDG Base Directory Specification 0.8).
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

_LONGEST_SOCKET_BYTES = 100


def runtime_dir(env: Mapping[str, str]) -> Path:
    """The folder that holds the socket, the lock and ``daemon.json``; it need not exist yet."""
    if home := env.get("CLIPFERRY_HOME"):
        return absolute(home) / "run"
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


def start_lock_path(env: Mapping[str, str]) -> Path:
    """Held by a host while it looks for the daemon and, finding none, starts it."""
    return runtime_dir(env) / "start.lock"


def absolute(text: str) -> Path:
    """The folder that a person wrote, wherever this process happens to stand; ``~`` of nobody known stays as it is written."""
    path = Path(text)
    with contextlib.suppress(RuntimeError):
        path = path.expanduser()
    return path.absolute()


def _home(env: Mapping[str, str]) -> Path:
    return Path(env["HOME"]) if env.get("HOME") else Path.home()
