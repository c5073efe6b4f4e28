"""The running daemon's view of its queue, shared by dispatcher, commands and outcome handler. The store has what must outlive it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ..clip.model import Progress
from .failure import Failure
from .job import Job
from .job_run import JobRun
from .policy.scheduler import Breaker
from .queue_backend import Claim
from .wait_timers import WaitTimers


@dataclass(slots=True)
class QueueState:
    """All fields belong to the event loop's thread."""

    waits: WaitTimers
    claims: dict[str, Claim] = field(default_factory=dict)
    """Every claimed job, from its claim to the commit of its outcome."""
    runs: dict[str, JobRun] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    """By site; a closed breaker without failures has no entry."""
    resolve_anew: set[str] = field(default_factory=set)
    """Jobs whose next run must not use formats that were resolved before."""
    paused: bool = False
    wakeup: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a job may have become startable."""

    def progress(self, job_id: str) -> Progress | None:
        """Return how far the run of a job is; ``None`` where it does not run or has reported nothing yet."""
        run = self.runs.get(job_id)
        return run.progress if run else None

    def latest(self, claim: Claim) -> Job:
        """Return the claimed job as its run last committed it."""
        run = self.runs.get(claim.job.id)
        return run.job if run else claim.job

    def record_result(self, site: str | None, failure: Failure | None, now: float) -> None:
        """Update the breaker of ``site`` with the outcome of a run; ``None``: it succeeded. ``now`` is monotonic."""
        breaker = self.breakers.pop(site or "", Breaker()).after(failure, now)
        if breaker != Breaker():
            self.breakers[site or ""] = breaker
