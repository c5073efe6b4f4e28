"""Record progress and renew leases while jobs run, and end leases that nobody holds any more. Idle without jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from ..clip.errors import ClipError
from ..clip.model import Progress
from ..system.clock import Clock
from .job import Job
from .queue_backend import Claim, JobQueue
from .transitions import ReleaseExpired

log = logging.getLogger(__name__)

LEASE_S = 60.0
"""A lease that has not been renewed for so long is nobody's."""
FLUSH_EVERY_S = 1.0


class LeaseUpkeep:
    """One timer, which runs only while some job is leased.

    Args:
        claims: what this daemon runs right now, by job.
        progress: returns how far a job is, if that is known.
        freed: called with every job whose lease was ended here.
    """

    def __init__(
        self,
        queue: JobQueue,
        clock: Clock,
        *,
        claims: Mapping[str, Claim],
        progress: Callable[[str], Progress | None],
        freed: Callable[[Job], None],
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._claims = claims
        self._progress = progress
        self._freed = freed
        self._leased = asyncio.Event()
        self._starts = 0
        self._flushed: dict[str, Progress] = {}
        self._checked_at = 0.0

    def start(self) -> None:
        """Start the timer: a job is about to be leased."""
        self._starts += 1
        self._leased.set()

    async def run(self) -> None:
        """Run until cancelled. No failure of a step ends this, or keeps the other steps from being taken."""
        while True:
            await self._leased.wait()
            await asyncio.sleep(FLUSH_EVERY_S)
            await _safely(self._flush, "keeping the progress of jobs failed")
            now = self._clock.monotonic()
            if self._claims and now - self._checked_at < LEASE_S / 3:
                continue
            self._checked_at = now
            await _safely(self._renew, "renewing leases failed")
            await _safely(self._expire, "ending leases failed")

    async def _flush(self) -> None:
        """Record the progress of all jobs that has changed, in one transaction."""
        current = {job_id: value for job_id in self._claims if (value := self._progress(job_id))}
        changed = {job_id: value for job_id, value in current.items() if self._flushed.get(job_id) != value}
        if changed:
            await self._queue.record_progress(changed)
        self._flushed = current

    async def _renew(self) -> None:
        if leases := [claim.lease for claim in self._claims.values()]:
            await self._queue.renew(leases, self._clock.now() + LEASE_S)

    async def _expire(self) -> None:
        """Free the jobs whose lease has run out, and rest where no job is leased."""
        starts = self._starts
        freed, left = await self._queue.expire(
            self._clock.now(), held=[*self._claims], change=ReleaseExpired(self._clock.now())
        )
        for job in freed:
            log.error("the lease of job %s ran out; it is %s now", job.id, job.state)
            self._freed(job)
        if not left and not self._claims and starts == self._starts:
            self._leased.clear()


async def _safely(step: Callable[[], Awaitable[None]], failed: str) -> None:
    try:
        await step()
    except ClipError as error:  # a full disk: progress is best effort, and leases are renewed again in a moment
        log.warning("%s: %s", failed, error.detail or error.sentence)
    except Exception:
        log.exception(failed)
