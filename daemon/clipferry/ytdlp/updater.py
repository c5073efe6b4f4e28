"""Keeps yt-dlp up to date: fetch beside, try, then swap; and the way back, by hand or by itself when the new one fails.

Until the one small write of ``Versions.change`` everything happens in a folder that nobody reads, so that stopping at any point
changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..clip.errors import ClipError, DiskFull
from ..system.clock import Clock
from . import state as states
from .errors import NoWayBack, UpdateFailed, UpdateUnderWay, UpdateUnsound
from .pip import Pip
from .probation import PROBATION_S, SUSPECT, UNUSABLE, Probation
from .requirements import beside
from .state import State
from .versions import PACKAGE, Version, Versions

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """The yt-dlp version in use, its offer, and whether an update runs."""

    in_use: Version
    state: State
    under_way: bool

    @property
    def offer(self) -> str | None:
        """The version that can be updated to, as far as is known."""
        return states.offer(self.state, self.in_use.version)


class Updater:
    """One for each daemon.

    Args:
        try_out: raises where the version in a folder is not the version that it should be, or does not work;
            a second folder is for what it leaves.
        busy: returns the version folders that workers read from.
    """

    def __init__(
        self,
        versions: Versions,
        pip: Pip,
        clock: Clock,
        *,
        try_out: Callable[[Path, str, Path], Awaitable[None]],
        busy: Callable[[], set[Path]],
    ) -> None:
        self._versions = versions
        self._pip = pip
        self._clock = clock
        self._try_out = try_out
        self._busy = busy
        self._at_work = asyncio.Lock()
        self._probation = self._take_up_probation()

    def status(self) -> VersionStatus:
        """Blocking, for as long as it takes to read a small file. Raises ``EngineBroken``: there is no yt-dlp at all."""
        return VersionStatus(self._versions.in_use(), self._versions.state(), self._at_work.locked())

    def news(self) -> list[str]:
        """Return notices for the person."""
        note = self._versions.state().note
        return [note] if note else []

    async def check(self, *, nightly: bool = False) -> VersionStatus:
        """Ask the package index what there is. Changes nothing.

        Raises:
            NetworkError | UpdateFailed | UpdateUnderWay
        """
        async with self._scratch() as scratch:
            release = await self._pip.newest(scratch, nightly=nightly)
            self._versions.change(lambda state: states.checked(state, release.version, self._clock.now()))
        return self.status()

    async def update(self, *, nightly: bool = False) -> VersionStatus:
        """Take the newest yt-dlp into use, if it is newer, fits, and passes its trial.

        Args:
            nightly: also one that is made each night, before it is released.

        Raises:
            NetworkError | DiskFull | UpdateFailed | UpdateRefused | UpdateUnsound | UpdateUnderWay: nothing was changed.
        """
        async with self._scratch() as scratch:
            release = await self._pip.newest(scratch, nightly=nightly)
            state = self._versions.change(lambda state: states.checked(state, release.version, self._clock.now()))
            if states.offer(state, self._versions.in_use().version) is not None:
                await self._take(release.version, beside(release.requires), scratch, nightly=nightly)
        return self.status()

    async def roll_back(self) -> VersionStatus:
        """Use the version before this one again; this one is not offered any more.

        Raises:
            NoWayBack: the one that came with clipferry is in use.
        """
        in_use = self._versions.in_use()
        if in_use.folder is None:
            raise NoWayBack
        with _os_errors():
            self._versions.leave(
                in_use.version, f"You went back from yt-dlp {in_use.version}; it is not offered again."
            )
        return self.status()

    def attribute_failure(self, folder: Path | None, code: str, *, job: str | None, site: str) -> frozenset[str] | None:
        """Record a failure. Where it is attributed to the version in use, roll back to the one before.

        Args:
            folder: of the version that the failure happened with.
            code: of the ``ClipError``.
            job: ``None``: not a job, but a person who looked what can be had.

        Returns:
            ``None``: not attributed to it. Else all jobs that failed through it.
        """
        if folder is None or code not in UNUSABLE | SUSPECT:
            return None
        try:
            return self._judge(folder, code, job, site)
        except (OSError, ClipError):  # it stays in use; the failure itself is still reported
            log.exception("the way back from %s is blocked", folder.name)
            return None

    def _judge(self, folder: Path, code: str, job: str | None, site: str) -> frozenset[str] | None:
        version = folder.name.removeprefix(f"{PACKAGE}-")
        ours = frozenset((job,)) if job else frozenset()
        if folder != self._versions.in_use().folder:
            # It had to go while this was still running on it.
            return ours if version in self._versions.state().refused else None
        if self._probation is None or self._probation.version != version:
            self._probation = Probation(version, ends=0.0)
        if job:
            self._probation = self._probation.after(code, job=job, site=site, now=self._clock.monotonic())
        if not self._probation.lost(code):
            return None
        failed, self._probation = self._probation.jobs, None
        if code in UNUSABLE:
            self._versions.leave_broken(version)
        else:
            note = f"yt-dlp {version} failed on {len(failed)} clips of several sites, so clipferry went back by itself."
            self._versions.leave(version, note)
        return failed | ours

    async def _take(self, version: str, own: list[str], scratch: Path, *, nightly: bool) -> None:
        made = scratch / "engine"
        await self._pip.install([f"{PACKAGE}=={version}", *own], made, nightly=nightly)
        try:
            await self._try_out(made, version, scratch / "tried")
        except UpdateUnsound as error:
            log.warning("yt-dlp %s did not pass its trial: %s", version, error.detail or error.sentence)
            note = f"yt-dlp {version} was fetched but did not pass its test, so it is not used."
            self._versions.change(lambda state: states.refused(state, version, note))
            raise
        self._versions.keep(made, version)
        self._versions.change(lambda state: states.taken(state, version, self._clock.now()))
        self._probation = Probation(version, self._clock.monotonic() + PROBATION_S)
        log.info("yt-dlp %s is in use", version)
        await asyncio.to_thread(self._versions.sweep, self._busy())

    @contextlib.asynccontextmanager
    async def _scratch(self) -> AsyncIterator[Path]:
        """A folder for one piece of work, of which there is one at a time."""
        if self._at_work.locked():
            raise UpdateUnderWay
        async with self._at_work:
            with _os_errors():
                scratch = self._versions.scratch()
                try:
                    yield scratch
                finally:
                    await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    def _take_up_probation(self) -> Probation | None:
        """The rest of a probation that an earlier daemon began; a clock that was set makes it no longer than a whole one."""
        state = self._versions.state()
        if state.current is None or state.since is None:
            return None
        left_s = min(PROBATION_S, PROBATION_S - (self._clock.now() - state.since))
        return Probation(state.current, self._clock.monotonic() + left_s)


@contextlib.contextmanager
def _os_errors() -> Iterator[None]:
    """What the disk refuses, as sentences."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("update", detail=str(error)) from error
        raise UpdateFailed("not_stored", detail=str(error)) from error
