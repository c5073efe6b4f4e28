"""Resolve a video ahead of the request for a clip, and warm a worker for it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from ..clip.errors import ClipError, of_fields
from ..clip.http.network import Network
from ..protocol.videos import Cookie, VideoInfo
from .failure import Failure
from .lent_cookies import CookieJars
from .policy.lent_sessions import explained
from .worker.messages import ResolveSpec
from .worker.pool import TaskFailed, Workers, WorkerSpec

_AT_ONCE = 2


class Resolver:
    """Resolves in workers; equal requests at the same time share one run, so that they cost the site one request.

    Args:
        attribute: attributes a failure to a yt-dlp version; returns whether another one is in use now, so that a retry makes sense.
    """

    def __init__(
        self,
        workers: Workers,
        jars: CookieJars,
        *,
        worker_spec: Callable[[Network], WorkerSpec],
        attribute: Callable[[WorkerSpec, Failure], Awaitable[bool]] | None = None,
    ) -> None:
        self._workers = workers
        self._jars = jars
        self._worker_spec = worker_spec
        self._attribute = attribute
        self._running: dict[tuple[str, int | None, Network], asyncio.Task[VideoInfo]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def warm(self, network: Network) -> None:
        """Start a worker ahead of the first task."""
        await self._workers.warm(self._worker_spec(network))

    async def resolve(self, url: str, item: int | None, network: Network, cookies: Sequence[Cookie] = ()) -> VideoInfo:
        """Resolve the video at ``url``.

        Raises:
            ClipError: of the site, the network or the worker.
        """
        if cookies:
            return await self._with_cookies(url, item, network, cookies)
        key = (url, item, network)
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._run(url, item, network))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def _with_cookies(self, url: str, item: int | None, network: Network, cookies: Sequence[Cookie]) -> VideoInfo:
        name = f"resolve-{secrets.token_hex(8)}"
        await asyncio.to_thread(self._jars.lend, name, url, cookies)
        try:
            return await self._run(url, item, network, self._jars.file(name), lent=True)
        finally:
            self._jars.take_back(name)

    async def _run(
        self, url: str, item: int | None, network: Network, cookie_file: Path | None = None, *, lent: bool = False
    ) -> VideoInfo:
        spec = ResolveSpec(url.strip(), item, cookie_file)
        async with self._slots:
            while True:
                worker_spec = self._worker_spec(network)
                try:
                    video = await self._workers.run(worker_spec, spec, keep=cookie_file is None)
                    return VideoInfo.model_validate(video, from_attributes=True)
                except TaskFailed as failed:
                    if self._attribute is None or not await self._attribute(worker_spec, failed.failure):
                        used = cookie_file is not None
                        raise to_error(explained(failed.failure, lent=lent, used=used)) from failed


def to_error(failure: Failure) -> ClipError:
    """Return the error that ``failure`` was made of."""
    fields = asdict(failure)
    del fields["advice"]
    return of_fields(fields)
