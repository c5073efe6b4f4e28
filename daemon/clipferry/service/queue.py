"""Methods that change what runs: cancel, finish, pause, resume and move one job, or pause the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..jobs.job import Job
from ..permissions import Principal
from ..protocol.base import Empty
from ..protocol.jobs import Job as JobMessage
from ..protocol.jobs import JobMoveParams, JobRef, PauseAllParams
from .components import Components, Handler


class QueueMethods:
    """``job.cancel``, ``job.finish``, ``job.pause``, ``job.resume``, ``job.move``, ``queue.pause``."""

    def __init__(self, components: Components) -> None:
        self._components = components
        commands = components.dispatcher.commands
        self._commands = commands
        self.handlers: dict[str, Handler] = {
            "job.cancel": self._command(commands.cancel),
            "job.finish": self._command(commands.finish),
            "job.pause": self._command(commands.pause),
            "job.resume": self._command(commands.resume),
            "job.move": self._move,
            "queue.pause": self._pause_all,
        }

    def _command(self, command: Callable[[str], Awaitable[Job]]) -> Handler:
        async def handle(params: JobRef, caller: Principal) -> JobMessage:
            await self._components.changeable(params.file_id, caller)
            return self._components.message(await command(params.file_id))

        return handle

    async def _move(self, params: JobMoveParams, caller: Principal) -> JobMessage:
        for file_id in (params.file_id, params.before):
            if file_id is not None:
                await self._components.job(file_id, caller)
        job = await self._components.store.move_before(params.file_id, params.before)
        self._components.events.publish_job(job, None)
        return self._components.message(job)

    async def _pause_all(self, params: PauseAllParams, caller: Principal) -> Empty:
        del caller
        await self._commands.pause_all(params.paused)
        self._components.events.publish("queue", params)
        return Empty()
