"""Publish events to subscribers. A slow subscriber delays nobody, and its backlog is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from .clip.model import Progress
from .jobs.job import Job
from .jobs.job_view import to_message
from .protocol.base import Message
from .protocol.envelope import Event
from .protocol.jobs import Job as JobMessage
from .protocol.jobs import JobRef, JobState
from .system.clock import Clock

PROGRESS_EVERY_S = 0.2
"""Minimum interval between progress events of one job; the latest one is always sent, and a change of state at once."""


class Subscription:
    """An endless ``async for`` over the events of one owner. A context manager: leaving it ends the subscription.

    An event that has not been consumed is replaced by a newer one of the same job, so that the backlog never exceeds the number
    of jobs and the latest event of each is never lost.
    """

    def __init__(self, all_: set[Subscription], owner: str) -> None:
        self._all = all_
        self.owner = owner
        self._pending: dict[tuple[str, str], Event] = {}
        self._pending_changed = asyncio.Event()
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
        self._pending_changed.set()

    def put(self, name: str, data: Message) -> None:
        key = data.file_id if isinstance(data, JobMessage | JobRef) else ""
        self._pending.pop((name, key), None)
        self._pending[name, key] = Event(event=name, data=data)
        self._pending_changed.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._pending:
            if self._closed:
                raise StopAsyncIteration
            self._pending_changed.clear()
            await self._pending_changed.wait()
        return self._pending.pop(next(iter(self._pending)))


class Events:
    """All subscriptions, and the rate limit of progress events."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: set[Subscription] = set()
        self._published: dict[str, tuple[JobState, float]] = {}
        self._kept_back: dict[str, asyncio.TimerHandle] = {}
        """By job: its latest progress, published when the interval is over."""

    def subscribe(self, owner: str) -> Subscription:
        return Subscription(self._all, owner)

    def publish(self, name: str, data: Message, *, owner: str | None = None) -> None:
        """Send an event to the subscriptions of ``owner``; ``None``: to all."""
        for subscription in tuple(self._all):
            if owner in (None, subscription.owner):
                subscription.put(name, data)

    def publish_job(self, job: Job, progress: Progress | None) -> None:
        """Publish a change of ``job``; mere progress at most every ``PROGRESS_EVERY_S``. Call in the event loop's thread."""
        self._take_back(job.id)
        state, published_at = self._published.get(job.id, (None, 0.0))
        early_s = published_at + PROGRESS_EVERY_S - self._clock.monotonic()
        if state is job.state and progress is not None and early_s > 0:
            later = asyncio.get_running_loop().call_later(early_s, self._publish_job, job, progress)
            self._kept_back[job.id] = later
        else:
            self._publish_job(job, progress)

    def _publish_job(self, job: Job, progress: Progress | None) -> None:
        self._take_back(job.id)
        self._published[job.id] = (job.state, self._clock.monotonic())
        if job.final:
            del self._published[job.id]
        if self._all:
            self.publish("job", to_message(job, progress), owner=job.owner)

    def _take_back(self, job_id: str) -> None:
        if (waiting := self._kept_back.pop(job_id, None)) is not None:
            waiting.cancel()

    def close(self) -> None:
        """End every subscription."""
        for job_id in tuple(self._kept_back):
            self._take_back(job_id)
        for subscription in tuple(self._all):
            subscription.close()
