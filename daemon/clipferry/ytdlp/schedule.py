"""Check for a newer yt-dlp once a day, as set, while no job runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ..clip.errors import ClipError
from ..protocol.settings import Settings
from ..system.backoff import backoff_s
from ..system.clock import Clock
from .updater import Updater

log = logging.getLogger(__name__)

EVERY_S = 24 * 3600.0
FIRST_S = 15 * 60.0
"""After a start the machine, its network and its person have better things to do."""
LOOK_EVERY_S = 15 * 60.0


def due(checked_at: float | None, now: float) -> bool:
    """Whether the package index is to be asked again. ``checked_at``: when it last answered, Unix time; one in the future (the
    clock was set back) counts as long ago."""
    return checked_at is None or not 0 <= now - checked_at < EVERY_S


class Daily:
    """Runs ``Updater`` by the clock. ``idle``: whether no clip is being taken."""

    def __init__(
        self, updater: Updater, settings: Callable[[], Settings], clock: Clock, *, idle: Callable[[], bool]
    ) -> None:
        self._updater = updater
        self._settings = settings
        self._clock = clock
        self._idle = idle
        self._failures = 0
        self._not_before = 0.0

    async def run(self) -> None:
        """Check until cancelled."""
        await asyncio.sleep(FIRST_S)
        while True:
            await self.check()
            await asyncio.sleep(LOOK_EVERY_S)

    async def check(self) -> None:
        """Do what is due. Never raises: what failed is in the log, and tried again, ever more rarely."""
        settings = self._settings()
        if settings.updates == "off" or not self._idle() or self._clock.monotonic() < self._not_before:
            return
        try:
            await self._ask(nightly=settings.update_channel == "nightly", update=settings.updates == "auto")
            self._failures = 0
        except Exception as error:
            if isinstance(error, ClipError):
                log.info("looking for a newer yt-dlp: %s (%s)", error.sentence, error.detail)
            else:
                log.exception("looking for a newer yt-dlp failed")
            self._failures += 1
            self._not_before = self._clock.monotonic() + backoff_s(self._failures + 1, LOOK_EVERY_S, EVERY_S)

    async def _ask(self, *, nightly: bool, update: bool) -> None:
        status = await asyncio.to_thread(self._updater.status)
        if not due(status.state.checked_at, self._clock.now()):
            return
        if update:
            await self._updater.update(nightly=nightly)
        else:
            await self._updater.check(nightly=nightly)
