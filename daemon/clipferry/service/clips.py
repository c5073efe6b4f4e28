"""Methods that order clips: resolve a video, create a clip, retry one, each with an optionally lent session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ..clip.errors import InvalidRange
from ..clip.extract.sites import site_of
from ..clip.extract.video_links import shown_by_page, video_address
from ..jobs.errors import SessionNeeded
from ..jobs.job import Job
from ..jobs.policy.joining import join
from ..jobs.policy.lent_sessions import needed
from ..jobs.transitions import NoteSession, RetryWithSession
from ..permissions import Principal
from ..protocol.jobs import ClipCreateParams, JobRetryParams, JobState
from ..protocol.jobs import Job as JobMessage
from ..protocol.videos import Cookie, ResolveParams, VideoInfo
from .components import Components, Handler


class ClipMethods:
    """``resolve``, ``clip.create``, ``job.retry``."""

    def __init__(self, components: Components) -> None:
        self._components = components
        self._store, self._cookies = components.store, components.cookies
        self.handlers: dict[str, Handler] = {
            "resolve": self._resolve,
            "clip.create": self._create,
            "job.retry": self._retry,
        }

    async def _resolve(self, params: ResolveParams, caller: Principal) -> VideoInfo:
        url = params.url.strip()
        network = await self._components.checked_network(url, params.allow_private, caller)
        video = await self._components.resolver.resolve(params.url, params.item, network, params.cookies)
        shown = shown_by_page(url, (video.suggested_start_s, video.suggested_end_s))
        await self._store.learn_address(video_address(url, params.item), video.key, shown)
        return video

    async def _create(self, params: ClipCreateParams, caller: Principal) -> JobMessage:
        _check_range(params)
        await self._components.checked_network(params.url, params.allow_private, caller)
        job = await self._new_job(params, caller)
        lent = await self._lend(job.id, job.url, params.cookies)
        try:
            video = video_address(job.url, job.item)
            missing = await self._missing(await self._store.same_clip(job, video))
            made, new = await self._store.create(
                job, video=video, again=params.again, answer=lambda first: join(first, job, job.created_at, missing)
            )
            if not new and lent and made.state is not JobState.DONE:
                made = await self._hand_over(job.id, made)
        except BaseException:
            self._cookies.take_back(job.id)
            raise
        if not new:
            self._cookies.take_back(job.id)  # an older one that is done needs none
        if new or made.state is JobState.QUEUED:
            self._components.events.publish_job(made, None)
            self._components.dispatcher.commands.check_queue()
        return self._components.message(made).model_copy(update={"created": new})

    async def _retry(self, params: JobRetryParams, caller: Principal) -> JobMessage:
        job = await self._components.changeable(params.file_id, caller)
        lent_as = self._components.ids.next()
        if not await self._lend(lent_as, job.url, params.cookies) and needed(job):
            raise SessionNeeded
        try:
            job = await self._components.dispatcher.commands.retry(params.file_id)
            if self._cookies.hand_over(lent_as, job.id):
                job = await self._store.change(job.id, NoteSession())
        finally:
            self._cookies.take_back(lent_as)
        return self._components.message(job)

    async def _new_job(self, params: ClipCreateParams, caller: Principal) -> Job:
        now = self._components.clock.now()
        url = params.url.strip()
        return Job(
            id=self._components.ids.next(),
            owner=caller.owner,
            url=url,
            site=await asyncio.to_thread(site_of, url),
            title=params.title,
            start_s=params.start_time,
            end_s=params.end_time,
            output=params.output,
            item=params.item,
            whole=params.whole,
            allow_private=params.allow_private,
            from_page=caller.rights == "page",
            session=bool(params.cookies),
            created_at=now,
            updated_at=now,
        )

    async def _missing(self, first: Job | None) -> frozenset[Path]:
        """Return the location of ``first`` if its clip is no longer there."""
        if first is None or first.state is not JobState.DONE or first.target is None:
            return frozenset()
        exists = await asyncio.to_thread(self._components.storage.exists, first.target)
        return frozenset() if exists else frozenset((first.target,))

    async def _lend(self, job_id: str, url: str, cookies: Sequence[Cookie]) -> bool:
        """Keep a session for a job; return whether any of ``cookies`` belongs to the site of ``url``."""
        if cookies:
            await asyncio.to_thread(self._cookies.lend, job_id, url, cookies)
        return self._cookies.file(job_id) is not None

    async def _hand_over(self, lent_as: str, first: Job) -> Job:
        """Give ``first`` the session that came with another request for it. Its run may have failed just now, without that."""
        self._cookies.hand_over(lent_as, first.id)
        return await self._store.change(first.id, RetryWithSession(self._components.clock.now()))


def _check_range(params: ClipCreateParams) -> None:
    start_s, end_s = params.start_time, params.end_time
    if end_s is not None and end_s <= (start_s or 0.0):
        raise InvalidRange
    if params.whole and (start_s, end_s) != (None, None):
        raise InvalidRange("whole_and_marks_given")
