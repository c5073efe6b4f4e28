"""Connect to the daemon, starting it if it does not run: concurrent hosts start exactly one.

A host that finds no daemon takes the start lock, looks again, and only then starts one and waits until it answers. The lock
is the system's (``flock``), so a host that is killed leaves nothing behind that blocks the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import private_dir, rendezvous
from .channel import Channel, open_channel

READY_WITHIN_S = 15.0
"""How long a starting daemon may take before the start counts as failed; 1 to 2 s is usual."""
FAILURES_ALLOWED = 3
FAILURES_WINDOW_S = 60.0
ALREADY_RUNNING = 75
"""What a second daemon exits with (``EX_TEMPFAIL`` of sysexits.h)."""

# What a background program of this user needs. All else stays behind: a browser's own LD_LIBRARY_PATH, PYTHONPATH, GTK_PATH,
# MOZ_* and the like have broken many a program that was started from one.
_KEEP = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "BROWSER"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
        *("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA"),
        *("PROGRAMDATA", "HOMEDRIVE", "HOMEPATH"),
        # Where packages come from here: updates of yt-dlp ask the same index as the installation did.
        *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONFIG_FILE"),
        *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY"),
    )
)
_KEEP_PREFIXES = ("CLIPFERRY_", "XDG_", "LC_")


class CannotStart(Exception):
    """The daemon did not start. ``detail``: its last output, for the log.

    The text is a sentence for a person.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.detail = detail


def connect(env: Mapping[str, str]) -> Channel:
    """Connect to the daemon, starting it if it does not run.

    Raises:
        CannotStart: it did not come up, or failed too often within a minute.
        private_dir.UnsafeDirectory: the meeting place is not this user's alone.
    """
    private_dir.make_private(rendezvous.runtime_dir(env))
    if found := open_channel(env):
        return found
    with _locked(rendezvous.start_lock_path(env)):
        return open_channel(env) or _start(env)


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the daemon's environment: variables of user, desktop session and network; none of the browser's own."""
    return {k: v for k, v in env.items() if k.upper() in _KEEP or k.upper().startswith(_KEEP_PREFIXES)}


def _start(env: Mapping[str, str]) -> Channel:
    """Start a daemon and wait until it accepts connections. Called with the start lock held."""
    folder = rendezvous.runtime_dir(env)
    failures = _Failures(folder / "start-failures.json")
    if failures.too_many():
        raise CannotStart("clipferry's companion failed to start several times in a row.")
    # A file and not the browser's own stderr: a child that keeps that open holds up the browser's exit.
    with (folder / "daemon.stderr").open("wb") as errors:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "clipferry.daemon"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=Path(os.sep).absolute(),
            env=clean_environment(env),
            start_new_session=True,
            creationflags=_DETACHED,
        )
    deadline = time.monotonic() + READY_WITHIN_S
    pause_s = 0.01
    while time.monotonic() < deadline:
        if found := open_channel(env):
            failures.forget()
            daemon.returncode = 0  # it outlives us; keeps Popen from warning that its child still runs
            return found
        if daemon.poll() not in (None, ALREADY_RUNNING):
            failures.note()
            raise CannotStart("clipferry's companion stopped while it was starting.", _last_words(folder))
        time.sleep(pause_s)  # a socket file that comes into being wakes nobody in the standard library
        pause_s = min(pause_s * 1.5, 0.1)
    failures.note()
    raise CannotStart("clipferry's companion did not answer in time.", _last_words(folder))


def _last_words(folder: Path) -> str:
    said = (folder / "daemon.stderr").read_bytes()[-2000:].decode("utf-8", "replace").strip()
    return said.splitlines()[-1] if said else ""


class _Failures:
    """When the last starts failed, so that a broken install is not started over and over by every page."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def too_many(self) -> bool:
        return len(self._recent()) >= FAILURES_ALLOWED

    def note(self) -> None:
        self._path.write_text(json.dumps([*self._recent(), time.time()]))

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def _recent(self) -> list[float]:
        try:
            times = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return []
        now = time.time()
        return [t for t in times if isinstance(t, int | float) and 0 <= now - t < FAILURES_WINDOW_S]


if sys.platform == "win32":
    import msvcrt

    # A browser on Windows puts its host into a job object and ends the whole job (MDN, Native messaging, "Closing the native app").
    _DETACHED = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_BREAKAWAY_FROM_JOB

    @contextlib.contextmanager
    def _locked(path: Path) -> Iterator[None]:
        with path.open("ab") as file:
            file.seek(0)
            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:  # LK_LOCK gives up after ten tries of one second
                    continue
            try:
                yield
            finally:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    _DETACHED = 0

    @contextlib.contextmanager
    def _locked(path: Path) -> Iterator[None]:
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
