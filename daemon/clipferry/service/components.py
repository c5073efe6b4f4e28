"""The components that the service's methods use; wired in ``app``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..clip.http.network import Network
from ..clip.model import Progress
from ..desktop.supervisor import DesktopSupervisor
from ..event_bus import Events
from ..jobs.clip_storage import ClipStorage, OpenClip
from ..jobs.dispatcher import Dispatcher
from ..jobs.errors import CannotOpen, NotAllowed, NotReady
from ..jobs.job import Job
from ..jobs.job_view import to_message
from ..jobs.lent_cookies import CookieJars
from ..jobs.policy.dedupe import Ids
from ..jobs.resolve_ahead import Resolver
from ..jobs.retention import Retention
from ..jobs.sqlite.store import Store
from ..permissions import Principal, PrivateOrigins, check_change
from ..protocol.base import Message
from ..protocol.jobs import Job as JobMessage
from ..protocol.jobs import JobState
from ..settings import SettingsFile
from ..system.clock import Clock
from ..ytdlp.updater import Updater

Handler = Callable[[Any, Principal], Awaitable[Message]]
"""One method. Takes the model that ``METHODS`` names, which ``Service.call`` has checked; hence the ``Any``."""


@dataclass(frozen=True, slots=True)
class FinishedClip:
    """The clip of a job that is done, where it was published. All methods block: for a thread."""

    location: Path
    storage: ClipStorage

    @property
    def name(self) -> str:
        return self.location.name

    @property
    def suffix(self) -> str:
        """Return the name's extension in lower case, with its dot."""
        return self.location.suffix.lower()

    def local_path(self) -> Path | None:
        """Return its path on this computer; ``None``: it lies elsewhere. Raises ``FileGone``."""
        return self.storage.local_path(self.location)

    def open(self) -> AbstractContextManager[OpenClip]:
        """Open it for reading. Raises ``FileGone``."""
        return self.storage.open(self.location)

    def check(self) -> None:
        """Raise ``FileGone`` unless it can be read."""
        with self.open():
            pass


@dataclass(slots=True)
class Components:
    """What the domains of the service share."""

    store: Store
    storage: ClipStorage
    dispatcher: Dispatcher
    resolver: Resolver
    retention: Retention
    settings: SettingsFile
    cookies: CookieJars
    ids: Ids
    clock: Clock
    private_origins: PrivateOrigins
    downloads: Callable[[], Path]
    network: Callable[[bool], Network]
    """Makes the network for a request; the argument: whether private addresses are allowed."""
    updater: Updater
    stop: Callable[[], None]
    desktop: DesktopSupervisor
    events: Events
    notices: list[str]
    """Sentences for the person about this start."""

    def message(self, job: Job) -> JobMessage:
        """Return ``job`` as clients see it."""
        return to_message(job, self.dispatcher.progress(job.id))

    async def job(self, file_id: str, caller: Principal) -> Job:
        """Return a job of ``caller``; one of somebody else is not there. Raises ``JobNotFound``."""
        return await self.store.get(file_id, caller.owner)

    async def changeable(self, file_id: str, caller: Principal) -> Job:
        """Return the job. Raises ``JobNotFound``, or ``NotAllowed`` where ``caller`` may not change it."""
        job = await self.job(file_id, caller)
        check_change(job, caller)
        return job

    async def checked_network(self, url: str, allow_private: bool, caller: Principal) -> Network:
        """Return the network for ``url`` after checking its address. Raises ``InvalidUrl``, ``BlockedAddress`` or ``NotAllowed``."""
        if allow_private and caller.rights == "page":
            raise NotAllowed
        network = self.network(allow_private)
        await asyncio.to_thread(network.check, url.strip())
        return network

    async def clip(self, file_id: str, caller: Principal) -> FinishedClip:
        """Return the clip of a job of ``caller``. Raises ``JobNotFound`` or ``NotReady``."""
        job = await self.job(file_id, caller)
        if job.state is not JobState.DONE or job.target is None:
            raise NotReady
        return FinishedClip(job.target, self.storage)

    async def clip_file(self, file_id: str, caller: Principal) -> Path:
        """Return the finished file of a job of ``caller``.

        Raises:
            JobNotFound | NotReady | FileGone
            CannotOpen: it is no file of this computer.
        """
        path = await asyncio.to_thread((await self.clip(file_id, caller)).local_path)
        if path is None:
            raise CannotOpen("on_server")
        return path

    def with_file_state(self, job: Job, progress: Progress | None) -> JobMessage:
        """Return ``job`` as clients see it, with whether its file still exists. Blocks."""
        done = job.state is JobState.DONE
        missing = done and not (job.target and self.storage.exists(job.target))
        return to_message(job, progress, file_missing=missing)
