"""The desktop process's work beside the icon: events of the daemon in, icon, menu and notifications out."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from ..client.async_client import AsyncClient, CallFailed, ConnectionClosed, Json
from . import texts
from .clipboard import NoClipboard, paste_text
from .job_list import JobList, TrayJob
from .notifications.notifier import Notifier, Show
from .notifications.policy import Action, Notification

log = logging.getLogger(__name__)

CREATE_WITHIN_S = 30.0
THUMBNAIL_WITHIN_S = 5.0
_UNFINISHED = ["queued", "waiting", "resolving", "fetching", "cutting", "publishing", "paused"]
_LINK = ("https://", "http://")
_MAX_LINK = 4096


class Desktop:
    """State and commands of the desktop process. Lives on one event loop; :class:`.tray.Tray` holds the icon.

    Args:
        show: shows a notification.
        changed: called after every change of :attr:`jobs`.
        since: Unix time; clips that ended later, while no desktop process ran, are notified at the start. 0: none.
    """

    def __init__(
        self, client: AsyncClient, show: Show, changed: Callable[[], None], *, since: float, cache: Path
    ) -> None:
        self.jobs = JobList()
        self._client = client
        self._changed = changed
        self._since = since
        self._cache = cache
        self._show = show
        self._notify = True
        self._finished = Notifier(show, self._thumbnail, lambda: self._notify, failed=False)
        self._failed = Notifier(show, self._thumbnail, lambda: self._notify, failed=True)

    async def run(self) -> None:
        """Follow the daemon until it goes away.

        Raises:
            CallFailed | ConnectionClosed: it does not answer at the start.
        """
        await self._client.hello("tray")
        self._follow_settings(await self._client.call("settings.get"))
        await self._load()
        async for event in self._client.events():
            match event.name:
                case "job":
                    self._follow_job(event.data)
                case "job.removed":
                    self.jobs.remove(str(event.data.get("file_id", "")))
                case "job.seen":
                    self._seen(str(event.data.get("file_id", "")))
                case "queue":
                    self.jobs.paused = event.data.get("paused") is True
                case "settings":  # the event holds what pages may know
                    self._follow_settings(await self._client.call("settings.get"))
            self._changed()

    async def _load(self) -> None:
        unfinished = await self._client.call("job.list", {"states": _UNFINISHED, "limit": 200})
        ended = await self._client.call("job.list", {"states": ["done", "failed"], "limit": 50})
        self.jobs.paused = unfinished.get("queue_paused") is True
        both = [TrayJob.from_message(message) for message in [*unfinished.get("jobs", []), *ended.get("jobs", [])]]
        found = [job for job in both if job is not None]
        self.jobs.fill(found)
        if self._since:
            for job in sorted(found, key=lambda job: job.finished_at):
                if job.final and job.finished_at > self._since:
                    self._ended(job)
        self._changed()

    def _follow_job(self, message: Json) -> None:
        job = TrayJob.from_message(message)
        if job is None:
            return
        before = self.jobs.put(job)
        if job.state in ("done", "failed") and (before is None or not before.final):
            self._ended(job)

    def _ended(self, job: TrayJob) -> None:
        (self._failed if job.state == "failed" else self._finished).ended(job)

    def _seen(self, file_id: str) -> None:
        self._finished.seen(file_id)
        self._failed.seen(file_id)
        self.jobs.unseen_failures.discard(file_id)

    def _follow_settings(self, settings: Json) -> None:
        self._notify = settings.get("notifications") is not False

    async def _thumbnail(self, file_id: str) -> Path | None:
        """Return the thumbnail of a finished clip, made on demand."""
        picture = self._cache / f"{file_id}.jpg"
        if await asyncio.to_thread(picture.is_file):
            return picture
        try:
            clip = str((await self._client.call("job.path", {"file_id": file_id}))["path"])
            await asyncio.to_thread(self._cache.mkdir, mode=0o700, exist_ok=True)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "clipferry.desktop.notifications.thumbnail", clip, str(picture)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, "CLIPFERRY_DAEMON_PID": str(os.getpid())},
            )
            try:
                made = await asyncio.wait_for(process.wait(), THUMBNAIL_WITHIN_S) == 0
            except TimeoutError:
                process.kill()
                made = False
        except (CallFailed, ConnectionClosed, OSError, KeyError, TimeoutError) as error:
            log.info("no thumbnail: %s", error)
            return None
        return picture if made else None

    # Commands --------------------------------------------------------------------------------------------------------

    async def do(self, action: Action) -> None:
        """Run the action of a notification's button."""
        one = {"file_id": action.file_id}
        match action.command:
            case "open":
                await self.call("job.open", one)
            case "reveal":
                await self.call("job.open", {**one, "reveal": True})
            case "retry":
                await self.call("job.retry", one)
            case "page":
                await self._open_page(action.file_id)
            case "folder":
                await self.call("downloads.open")
            case "settings":
                await self.call("dashboard.open", {"view": "settings"})
            case "history":
                self.jobs.mark_seen()
                self._changed()
                await self.call("dashboard.open")

    async def _open_page(self, file_id: str) -> None:
        """Open the page that a job's video is on."""
        job = TrayJob.from_message(await self.call("job.get", {"file_id": file_id}) or {})
        if job is not None and job.url.lower().startswith(_LINK):
            await asyncio.to_thread(webbrowser.open, job.url)

    async def call(self, method: str, params: Json | None = None) -> Json | None:
        """Call the daemon. On failure show a notification and return ``None``."""
        try:
            return await self._client.call(method, params, within_s=CREATE_WITHIN_S)
        except CallFailed as error:
            gone = error.code == "file_gone"
            await self.tell(
                texts.FILE_GONE if gone else error.message or texts.NOT_POSSIBLE,
                texts.FILE_GONE_HINT if gone else error.hint,
            )
        except (ConnectionClosed, TimeoutError) as error:
            log.warning("%s: %s", method, error)
        return None

    async def download_from_clipboard(self) -> None:
        """Create a clip of the whole video whose link is in the clipboard."""
        try:
            text = await asyncio.to_thread(paste_text)
        except NoClipboard as error:
            await self.tell(texts.NOT_POSSIBLE, str(error))
            return
        link = text.strip()
        if not link.lower().startswith(_LINK) or len(link) > _MAX_LINK or any(map(str.isspace, link)):
            await self.tell(texts.NO_LINK, texts.NO_LINK_HINT)
            return
        made = await self.call("clip.create", {"url": link, "whole": True})
        if made is not None:
            await self.tell(texts.BEGUN, str(made.get("title") or link))

    async def tell(self, summary: str, body: str) -> None:
        """Show the result of a request as a notification, even where notifications are switched off."""
        note = Notification(summary, texts.display_text(body, texts.MAX_BODY), (Action("history", texts.HISTORY),))
        try:
            await self._show(note, None, 0)
        except Exception as error:  # noqa: BLE001 - whatever the desktop answers, the log has it
            log.warning("not shown: %s (%s)", summary, error)
