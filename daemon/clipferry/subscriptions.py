"""Events for whoever listens: nobody waits for a slow listener, and a slow listener costs no memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from .jobs.job import Job
from .jobs.view import to_message
from .protocol import Event, JobProgress, JobRef, JobState, Message
from .protocol import Job as JobMessage
from .system.clock import Clock

TELL_EVERY_S = 0.2
"""Progress of one job is told at most so often; a change of state always."""


class Subscription:
    """An endless ``async for`` over events. A context manager: leaving it ends the subscription.

    What has not been taken yet is replaced by newer news of the same job, so that the backlog never grows beyond the number
    of jobs and the last word on each is never lost.
    """

    def __init__(self, all_: set[Subscription]) -> None:
        self._all = all_
        self._pending: dict[tuple[str, str], Event] = {}
        self._news = asyncio.Event()
        self._closed = False
        all_.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """No more events; an ``async for`` over them ends."""
        self._all.discard(self)
        self._closed = True
        self._news.set()

    def put(self, name: str, data: Message) -> None:
        key = data.file_id if isinstance(data, JobMessage | JobRef) else ""
        self._pending.pop((name, key), None)
        self._pending[name, key] = Event(event=name, data=data)
        self._news.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._pending:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._pending.pop(next(iter(self._pending)))


class Events:
    """All listeners, and what they are told."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: set[Subscription] = set()
        self._told: dict[str, tuple[JobState, float]] = {}

    def subscribe(self) -> Subscription:
        return Subscription(self._all)

    def tell(self, name: str, data: Message) -> None:
        for subscription in tuple(self._all):
            subscription.put(name, data)

    def tell_job(self, job: Job, progress: JobProgress | None) -> None:
        """Tell of a change of ``job``; of mere progress not too often."""
        state, told_at = self._told.get(job.id, (None, 0.0))
        now = self._clock.monotonic()
        if state is job.state and progress is not None and now - told_at < TELL_EVERY_S:
            return
        self._told[job.id] = (job.state, now)
        if job.final:
            del self._told[job.id]
        if self._all:
            self.tell("job", to_message(job, progress))

    def close(self) -> None:
        """End every subscription."""
        for subscription in tuple(self._all):
            subscription.close()
