"""Supervise the desktop process: start it where there is a desktop session, and restart it when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..system.backoff import backoff_s
from ..system.clock import Clock
from ..system.process import MARK, bind, kill_group, own_group
from .backends import has_session

log = logging.getLogger(__name__)

PARENT_ENV = "CLIPFERRY_DAEMON_PID"
SINCE_ENV = "CLIPFERRY_DESKTOP_SINCE"
"""Unix time: jobs that ended later have not been notified."""
CACHE_ENV = "CLIPFERRY_DESKTOP_CACHE"
"""The folder for thumbnails."""
ICON_ENV = "CLIPFERRY_DESKTOP_ICON"
"""``1``: with a tray icon; ``0``: notifications alone."""
NOTHING_TO_SHOW = 4
"""Exit code: this session can show neither icon nor notification."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
STEADY_S = 60.0
"""A process that ran for so long did not fail at its start: the back-off is reset."""
_UNTOLD_S = 30.0
"""What ended so shortly before the process crashed may not have been told of: a notification waits to be seen elsewhere, for a
thumbnail and for its server. The next process tells it, at worst twice."""


class Wanted(NamedTuple):
    """What the settings enable."""

    tray: bool
    notifications: bool


class DesktopSupervisor:
    """Keeps one desktop process running while the settings enable it.

    Args:
        wanted: what the settings enable; called before each start and at each :meth:`check_again`.
        mark: the daemon's runtime directory, by which the next daemon finds what is left.
    """

    def __init__(self, clock: Clock, cache: Path, *, mark: str, wanted: Callable[[], Wanted]) -> None:
        self._clock = clock
        self._cache = cache
        self._mark = mark
        self._wanted = wanted
        self._changed = asyncio.Event()
        self._checks = 0
        """Number of calls of :meth:`check_again`."""
        self._since = 0.0
        self.pid: int | None = None
        self.report: tuple[str, str] = ("", "It has not been started.")
        """The kind of icon that is shown (empty: none), and the reason."""

    def check_again(self) -> None:
        """Check again: the settings changed, or a new client may be of another desktop session."""
        self._checks += 1
        self._changed.set()

    async def run(self) -> None:
        """Run until cancelled; the process ends with it."""
        failures = 0
        while True:
            self._changed.clear()
            wanted = self._wanted()
            if not any(wanted):
                self.report = ("", "Icon and notifications are switched off in the settings.")
                await self._changed.wait()
                continue
            if not has_session():
                self.report = ("", "There is no desktop session.")
                await self._changed.wait()
                continue
            began = self._clock.monotonic()
            checks = self._checks
            code = await self._run_once(wanted)
            lived_s = self._clock.monotonic() - began
            asked_to_end = wanted != self._wanted()
            self._since = self._clock.now() - (0 if asked_to_end else _UNTOLD_S)
            if asked_to_end:
                continue
            if code == NOTHING_TO_SHOW:
                if checks == self._checks:  # otherwise a session may have come since the start
                    await self._changed.wait()
                continue
            log.warning("the desktop process ended with %s after %.0f s", code, lived_s)
            failures = 0 if lived_s > STEADY_S else failures + 1
            await asyncio.sleep(backoff_s(failures + 1, FIRST_PAUSE_S, LONGEST_PAUSE_S))

    async def _run_once(self, wanted: Wanted) -> int:
        """Run one process until it ends or the settings change; return its exit code."""
        env = {**os.environ, MARK: self._mark, PARENT_ENV: str(os.getpid())}
        env |= {SINCE_ENV: repr(self._since), CACHE_ENV: str(self._cache), ICON_ENV: str(int(wanted.tray))}
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "clipferry.desktop"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=env,
                **own_group(),
            )
        except OSError as error:
            self.report = ("", f"It cannot be started: {error}")
            return 1
        bind(process.pid)
        self.pid = process.pid
        self.report = ("", "It has just been started.")
        try:
            ended = asyncio.ensure_future(process.wait())
            while not ended.done():
                changed = asyncio.ensure_future(self._changed.wait())
                await asyncio.wait({ended, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                self._changed.clear()
                if self._wanted() != wanted:
                    kill_group(process.pid)
            return await ended
        finally:
            self.pid = None
            if process.returncode is None:
                kill_group(process.pid)
                with contextlib.suppress(asyncio.CancelledError):
                    await process.wait()
