"""What is cleaned up by itself: finished clips, only if the person turned that on, pinned ones never. Policy pure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from ...clip.errors import ClipError
from ...protocol.settings import RetentionSettings
from ..job import Job
from ..removal import delete_file
from ..sqlite.store import Store

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 3600.0
_DAY_S = 86400.0


def expired(clips: Iterable[Job], rules: RetentionSettings, now: float) -> list[Job]:
    """The clips that ``rules`` let go, oldest first.

    Args:
        clips: finished ones whose file is there, oldest first.
        now: Unix time.
    """
    remaining = list(clips)
    gone = []
    if rules.max_age_days is not None:
        oldest = now - rules.max_age_days * _DAY_S
        gone = [clip for clip in remaining if not clip.pinned and (clip.finished_at or now) < oldest]
    if rules.max_total_bytes is not None:
        marked = {clip.id for clip in gone}
        total = sum(clip.size_bytes or 0 for clip in remaining if clip.id not in marked)
        for clip in remaining:
            if total <= rules.max_total_bytes:
                break
            if not clip.pinned and clip.id not in marked:
                marked.add(clip.id)
                total -= clip.size_bytes or 0
        gone = [clip for clip in remaining if clip.id in marked]
    return gone


class Retention:
    """Applies the rules at start, every hour while there are any, and when they change; shows beforehand what they would do."""

    def __init__(self, store: Store, rules: Callable[[], RetentionSettings], now: Callable[[], float]) -> None:
        self._store = store
        self._rules = rules
        self._now = now
        self._changed = asyncio.Event()

    async def preview(self, rules: RetentionSettings, owner: str | None = None) -> list[Job]:
        """Return the clips of ``owner``, or of all, that ``rules`` would delete now, oldest first."""
        if rules == RetentionSettings():
            return []
        there = await asyncio.to_thread(_with_file, await self._store.done_by_age(owner))
        return expired(there, rules, self._now())

    async def sweep(self) -> list[Job]:
        """Delete the files that the current rules expire and return their clips, which stay in the history."""
        gone = []
        for clip in await self.preview(self._rules()):
            try:
                await asyncio.to_thread(delete_file, clip)
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


def _with_file(clips: list[Job]) -> list[Job]:
    # One listing per folder: ten thousand questions to a network drive would take minutes.
    folders = {clip.target.parent for clip in clips if clip.target}
    there = {folder: _names(folder) for folder in folders}
    return [clip for clip in clips if clip.target and clip.target.name in there[clip.target.parent]]


def _names(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir()}
    except OSError:
        return set()
