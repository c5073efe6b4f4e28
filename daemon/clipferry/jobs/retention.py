"""Delete finished clips by age and size, if the person turned that on; pinned ones never."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ..clip.errors import ClipError
from ..protocol.settings import RetentionSettings
from .clip_storage import ClipStorage
from .job import Job
from .policy.expiry import expired

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 3600.0


class Clips(Protocol):
    """The history, as far as retention needs it."""

    async def done_by_age(self, owner: str | None = None) -> list[Job]:
        """Return the finished clips that have a file, of ``owner`` or of all, oldest first."""
        ...


class Retention:
    """Applies the rules at start, every hour while there are any, and when they change; shows beforehand what they would do."""

    def __init__(
        self,
        clips: Clips,
        storage: ClipStorage,
        rules: Callable[[], RetentionSettings],
        now: Callable[[], float],
    ) -> None:
        self._clips = clips
        self._storage = storage
        self._rules = rules
        self._now = now
        self._changed = asyncio.Event()

    async def preview(self, rules: RetentionSettings, owner: str | None = None) -> list[Job]:
        """Return the clips of ``owner``, or of all, that ``rules`` would delete now, oldest first."""
        if rules == RetentionSettings():
            return []
        done = await self._clips.done_by_age(owner)
        existing = await asyncio.to_thread(self._storage.existing, [clip.target for clip in done if clip.target])
        return expired([clip for clip in done if clip.target in existing], rules, self._now())

    async def sweep(self) -> list[Job]:
        """Delete the files that the current rules expire and return their clips, which stay in the history."""
        gone = []
        for clip in await self.preview(self._rules()):
            assert clip.target is not None, "preview returns clips that are there"
            try:
                await asyncio.to_thread(self._storage.delete, clip.target, clip.size_bytes)
            except ClipError as error:
                log.warning("%s was to go and is kept: %s", clip.id, error.detail or error.sentence)
            else:
                gone.append(clip)
        if gone:
            log.info("deleted %d clips by the retention settings", len(gone))
        return gone

    def rules_changed(self) -> None:
        """Apply the rules at once: they have changed."""
        self._changed.set()

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self.sweep()
            except Exception:
                # One clip that cannot be looked at today must not end the cleaning for good.
                log.exception("cleaning up failed")
            try:
                wait_s = None if self._rules() == RetentionSettings() else SWEEP_EVERY_S
                await asyncio.wait_for(self._changed.wait(), wait_s)
            except TimeoutError:
                continue
