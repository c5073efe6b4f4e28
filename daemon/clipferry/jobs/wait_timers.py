"""Timers of waiting jobs, in monotonic time: setting the system clock neither ends nor prolongs a wait."""

from __future__ import annotations

from dataclasses import dataclass

from ..system.clock import Clock
from .job import Job, Wait
from .policy import scheduler


@dataclass(slots=True)
class _Waiting:
    reason: Wait | None
    due: float
    """Monotonic."""


class WaitTimers:
    """All jobs in state ``waiting``. The queue has them too, with a wall-clock time that is used after a restart only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, _Waiting] = {}

    def add(self, job_id: str, reason: Wait | None, delay_s: float) -> None:
        """Let a job wait for ``delay_s`` from now on."""
        self._all[job_id] = _Waiting(reason, self._clock.monotonic() + delay_s)

    def restore(self, job: Job) -> None:
        """Take over a wait that an earlier daemon committed in wall-clock time."""
        self.add(job.id, job.wait_reason, scheduler.resume_after_s(job.not_before, self._clock.now()))

    def drop(self, job_id: str) -> None:
        """Forget the wait of a job."""
        self._all.pop(job_id, None)

    def end(self, reason: Wait) -> None:
        """Make every job due that waits for ``reason``: it may be there again."""
        for waiting in self._all.values():
            if waiting.reason is reason:
                waiting.due = self._clock.monotonic()

    def due(self) -> list[tuple[str, Wait | None]]:
        """Return the jobs whose wait is over, each with what it waited for."""
        now = self._clock.monotonic()
        return [(job_id, waiting.reason) for job_id, waiting in self._all.items() if waiting.due <= now]

    def soonest(self) -> float | None:
        """Return when the next job is due (monotonic); ``None``: none waits."""
        return min((waiting.due for waiting in self._all.values()), default=None)
