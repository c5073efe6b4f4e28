"""The components that the service's methods use; wired in ``app``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..clip.http.network import Network
from ..desktop.supervisor import DesktopSupervisor
from ..event_bus import Events
from ..jobs.dispatcher import Dispatcher
from ..jobs.errors import FileGone, NotAllowed, NotReady
from ..jobs.job import Job
from ..jobs.job_view import to_message
from ..jobs.lent_cookies import CookieJars
from ..jobs.policy.dedupe import Ids
from ..jobs.policy.retention import Retention
from ..jobs.resolve_ahead import Resolver
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


@dataclass(slots=True)
class Components:
    """What the domains of the service share."""

    store: Store
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

    async def clip_file(self, file_id: str, caller: Principal) -> Path:
        """Return the finished file of a job of ``caller``.

        Raises:
            JobNotFound | NotReady | FileGone
        """
        job = await self.job(file_id, caller)
        if job.state is not JobState.DONE or job.target is None:
            raise NotReady
        if not await asyncio.to_thread(_is_own_file, job.target):
            raise FileGone
        return job.target


def _is_own_file(path: Path) -> bool:
    """Return whether a regular file is at ``path``; a link that somebody put there is not the clip."""
    return path.is_file() and not path.is_symlink()
