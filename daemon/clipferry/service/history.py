"""Methods on the history: read one job or a page of them, pin, remove and open clips, preview retention."""

from __future__ import annotations

import asyncio

from ..jobs.errors import CannotOpen, WrongState
from ..jobs.policy.undo import check_undo
from ..jobs.transitions import Pin
from ..permissions import Principal
from ..protocol.base import Empty
from ..protocol.desktop import OpenParams
from ..protocol.jobs import Job as JobMessage
from ..protocol.jobs import JobListParams, JobPage, JobPinParams, JobRef, JobRemoveParams, JobState
from ..protocol.settings import RetentionPreview, RetentionSettings
from ..system.open_file import show
from .components import Components, Handler

PREVIEWED_JOBS = 50


class HistoryMethods:
    """``job.get``, ``job.list``, ``job.pin``, ``job.remove``, ``job.open``, ``retention.preview``."""

    def __init__(self, components: Components) -> None:
        self._components = components
        self._store, self._dispatcher = components.store, components.dispatcher
        self.handlers: dict[str, Handler] = {
            "job.get": self._get,
            "job.list": self._list,
            "job.pin": self._pin,
            "job.remove": self._remove,
            "job.open": self._open,
            "retention.preview": self._preview,
        }

    async def _get(self, params: JobRef, caller: Principal) -> JobMessage:
        job = await self._components.job(params.file_id, caller)
        progress = self._dispatcher.progress(job.id)
        if progress is None and not job.final:
            progress = (await self._store.progress([job.id])).get(job.id)
        return await asyncio.to_thread(self._components.with_file_state, job, progress)

    async def _list(self, params: JobListParams, caller: Principal) -> JobPage:
        jobs = await self._store.page(
            caller.owner, limit=params.limit + 1, cursor=params.cursor, states=params.states, query=params.query
        )
        shown, more = jobs[: params.limit], len(jobs) > params.limit
        recorded = await self._store.progress([job.id for job in shown if not job.final])
        messages = await asyncio.to_thread(
            lambda: [
                self._components.with_file_state(job, self._dispatcher.progress(job.id) or recorded.get(job.id))
                for job in shown
            ]
        )
        next_cursor = shown[-1].id if more else None
        return JobPage(jobs=messages, next_cursor=next_cursor, queue_paused=self._dispatcher.paused)

    async def _pin(self, params: JobPinParams, caller: Principal) -> JobMessage:
        await self._components.job(params.file_id, caller)
        job = await self._store.change(params.file_id, Pin(params.pinned))
        self._components.events.publish_job(job, None)
        return self._components.message(job)

    async def _remove(self, params: JobRemoveParams, caller: Principal) -> Empty:
        """Remove a job from the history, cancelled first if it is unfinished. Its file goes only on request, and first."""
        if not (job := await self._components.changeable(params.file_id, caller)).final:
            try:
                job = await self._dispatcher.commands.cancel(params.file_id)
            except WrongState:
                if not (job := await self._components.changeable(params.file_id, caller)).final:
                    raise  # it is being published; otherwise it ended just now
        if job.state is JobState.DONE and (params.trash or params.delete_file):
            if caller.rights == "page":
                check_undo(job, self._components.clock.now())
            to_bin = params.trash or caller.rights == "page"
            storage = self._components.storage
            if job.target is not None:
                await asyncio.to_thread(storage.trash if to_bin else storage.delete, job.target, job.size_bytes)
        await self._store.remove(job.id)
        await self._dispatcher.commands.clean(job.id)
        self._components.events.publish("job.removed", JobRef(file_id=job.id), owner=job.owner)
        return Empty()

    async def _open(self, params: OpenParams, caller: Principal) -> Empty:
        if not await show(await self._components.clip_file(params.file_id, caller), reveal=params.reveal):
            raise CannotOpen
        return Empty()

    async def _preview(self, params: RetentionSettings, caller: Principal) -> RetentionPreview:
        gone = await self._components.retention.preview(params, caller.owner)
        jobs = [self._components.message(job) for job in gone[:PREVIEWED_JOBS]]
        return RetentionPreview(clips=len(gone), size_bytes=sum(job.size_bytes or 0 for job in gone), jobs=jobs)
