"""Jobs that wait, and until when: in monotonic time, so that a clock that is set neither wakes nor forgets anybody."""

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
    """All jobs in state ``waiting``. The store has them too, with a time of day that is only looked at after a restart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, _Waiting] = {}

    def add(self, job_id: str, reason: Wait | None, delay_s: float) -> None:
        """The job waits ``delay_s`` from now on."""
        self._all[job_id] = _Waiting(reason, self._clock.monotonic() + delay_s)

    def restore(self, job: Job) -> None:
        """A wait that an earlier daemon noted, by the clock on the wall."""
        self.add(job.id, job.wait_reason, scheduler.resume_after_s(job.not_before, self._clock.now()))

    def drop(self, job_id: str) -> None:
        """It waits no more."""
        self._all.pop(job_id, None)

    def end(self, reason: Wait) -> None:
        """What they waited for may be there: all that wait for it are due."""
        for waiting in self._all.values():
            if waiting.reason is reason:
                waiting.due = self._clock.monotonic()

    def due(self) -> list[tuple[str, Wait | None]]:
        """The jobs whose time has come."""
        now = self._clock.monotonic()
        return [(job_id, waiting.reason) for job_id, waiting in self._all.items() if waiting.due <= now]

    def soonest(self) -> float | None:
        """When the next one is due (monotonic); ``None``: none waits."""
        return min((waiting.due for waiting in self._all.values()), default=None)
