"""Notify of clips that ended: after a grace period, with bursts folded into one bubble that is replaced in place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..job_list import TrayJob, age
from . import policy
from .policy import Notification

log = logging.getLogger(__name__)

Show = Callable[[Notification, Path | None, int], Awaitable[int]]
"""Shows a notification with a picture in place of a bubble (0: none); gives the bubble's id."""
Picture = Callable[[str], Awaitable[Path | None]]
"""The picture of a job's clip; ``None``: there is none."""


class Notifier:
    """Notifications of one kind: of finished clips, or of failed ones. Lives on one event loop.

    Args:
        show: where it goes; its failure is logged and costs nothing else.
        enabled: asked before each; the person's switch.
    """

    def __init__(self, show: Show, picture: Picture, enabled: Callable[[], bool], *, failed: bool) -> None:
        self._show, self._picture, self._enabled = show, picture, enabled
        self._failed = failed
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._bubble = 0
        self._listed: dict[str, TrayJob] = {}
        """The jobs in the bubble."""
        self._shown_at = float("-inf")
        self._showing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def ended(self, job: TrayJob) -> None:
        """Notify that ``job`` ended, unless :meth:`seen` is called for it within a second."""
        self.seen(job.file_id)
        later = asyncio.get_running_loop().call_later(policy.SEEN_WITHIN_S, self._due, job)
        self._waiting[job.file_id] = later

    def seen(self, file_id: str) -> None:
        """Skip the notification of this job: its end is shown elsewhere."""
        if (waiting := self._waiting.pop(file_id, None)) is not None:
            waiting.cancel()

    def _due(self, job: TrayJob) -> None:
        self._waiting.pop(job.file_id, None)
        if self._enabled():
            task = asyncio.get_running_loop().create_task(self._tell(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, job: TrayJob) -> None:
        async with self._showing:
            loop = asyncio.get_running_loop()
            if loop.time() - self._shown_at > policy.FOLD_S:
                self._bubble, self._listed = 0, {}
            self._listed[job.file_id] = job
            note = policy.compose(sorted(self._listed.values(), key=age), failed=self._failed)
            try:
                picture = await self._picture(note.picture_of) if note.picture_of else None
                self._bubble = await self._show(note, picture, self._bubble)
            except Exception as error:  # noqa: BLE001 - a desktop's fault is no reason to say nothing next time
                log.warning("a notification was not shown: %s", error)
            self._shown_at = loop.time()
