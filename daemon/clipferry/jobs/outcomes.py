"""Commit the outcome of each run: done, retried now or later, or failed; and attribute failures to a site or a yt-dlp version."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import sqlite3
from collections.abc import Awaitable, Callable

from ..clip.errors import ClipError, DiskFull, all_kinds
from .commands import JobCommands
from .errors import WorkerCrashed
from .failure import Failure
from .host_conditions import HostConditions
from .job import FailureCounts, Job, Wait
from .job_run import Dependencies, JobRun, LeaseLost, RunPlan
from .policy import scheduler
from .policy.lent_sessions import explained
from .policy.scheduler import GiveUp, RetryLater, RetryNow
from .queue_backend import Claim, Lease
from .queue_state import QueueState
from .tasks import is_stop
from .transitions import Fail, HoldUntil, Requeue, Retry, Transition
from .worker.pool import TaskFailed, WorkerSpec

log = logging.getLogger(__name__)

PlanRun = Callable[[Job, bool], RunPlan]
"""Makes the plan of a run; the flag: resolve anew."""
Attribute = Callable[[Job, WorkerSpec, Failure], Awaitable[frozenset[str] | None]]
"""Attributes a failure to the yt-dlp version of its run. Returns the jobs that failed through that version where another one is
in use now, else ``None``."""


class OutcomeHandler:
    """From a run to the committed state of its job.

    Args:
        ended: called with every job that will not run again by itself.
    """

    def __init__(
        self,
        state: QueueState,
        dependencies: Dependencies,
        conditions: HostConditions,
        commands: JobCommands,
        *,
        ended: Callable[[Job], None],
        attribute: Attribute | None,
    ) -> None:
        self._state = state
        self._queue = dependencies.queue
        self._clock = dependencies.clock
        self._notify = dependencies.notify
        self._conditions = conditions
        self._commands = commands
        self._ended = ended
        self._attribute = attribute

    async def failure_of(self, claim: Claim, running: Awaitable[None]) -> Failure | None:
        """Await ``running`` and return why it failed, whatever was raised; ``None``: the job is done, or its lease is lost."""
        job_id = claim.job.id
        try:
            await running
        except LeaseLost:
            log.info("job %s was stopped", job_id)
        except TaskFailed as failed:
            run = self._state.runs.get(job_id)
            used = run is not None and run.plan.cookie_file is not None
            return explained(failed.failure, lent=self._state.latest(claim).session, used=used)
        except ClipError as error:  # settings that cannot be followed, such as a malformed proxy
            return Failure.of(error)
        except sqlite3.OperationalError as error:
            log.warning("job %s: the database failed: %s", job_id, error)
            return Failure.of(WorkerCrashed(detail=str(error)))
        except BaseException as error:
            if is_stop(error):
                raise
            log.exception("job %s: unexpected error", job_id)
            return Failure.of(ClipError(detail=repr(error)))
        return None

    async def complete(self, job: Job) -> None:
        """Follow up on a job whose file is published."""
        self._state.record_result(job.site, None, self._clock.monotonic())
        await self._commands.clean(job.id)  # before anyone is notified: a finished clip leaves nothing in staging
        self._ended(job)
        self._notify(job, None)

    async def retried_with_other_version(self, run: JobRun, failure: Failure) -> bool:
        """Run the job again, with all that failed alike, where ``failure`` made another yt-dlp version be used; return whether it did."""
        failed = await self._attribute(run.job, run.worker_spec, failure) if self._attribute else None
        if failed is None:
            return False
        self._state.resolve_anew.add(run.job.id)
        settled = await self._commit(run.lease, Requeue(self._clock.now(), tries=FailureCounts()))
        if settled is not None:
            self._notify(settled, None)
        await self._commands.run_again(failed - {run.job.id})
        return True

    async def settle(self, job: Job, lease: Lease, failure: Failure, plan: PlanRun) -> None:
        """Commit what becomes of a job whose run failed."""
        log.info("job %s: %s (%s)", job.id, failure.code, failure.detail)
        online = self._conditions.online()
        if online:
            self._state.record_result(job.site, failure, self._clock.monotonic())
        chance = random.random()  # noqa: S311 - spreads retries, keeps no secret
        verdict = scheduler.after_failure(failure, job.tries, online=online, chance=chance)
        now = self._clock.now()
        match verdict:
            case RetryLater(reason, delay_s, tries):
                if reason is Wait.DISK_FULL:
                    self._conditions.note_full()
                shown = scheduler.waiting_hint(failure, reason)
                settled = await self._commit(lease, HoldUntil(reason, now + delay_s, shown, tries, now))
                if settled is not None:
                    self._state.waits.add(job.id, reason, delay_s)
            case RetryNow(tries, fresh):
                settled = await self._commit(lease, Requeue(now, tries=tries))
                if fresh:
                    self._state.resolve_anew.add(job.id)
            case GiveUp():
                settled = await self._give_up(lease, Fail(failure, now), plan)
        if settled is not None:
            self._notify(settled, self._state.progress(job.id))

    async def _give_up(self, lease: Lease, fail: Fail, plan: PlanRun) -> Job | None:
        failed = await self._commit(lease, fail)
        if failed is None:
            return None
        if self._would_run_with_more(failed, plan):
            with contextlib.suppress(ClipError):  # that request was faster and has queued it already
                await self._commands.run_job_again(failed.id, Retry(self._clock.now()))
            return None
        self._ended(failed)
        if not all_kinds().get(fail.failure.code, ClipError).retryable:
            await self._commands.clean(failed.id)
        return failed

    def _would_run_with_more(self, job: Job, plan: PlanRun) -> bool:
        """Return whether a request for the same clip has brought what the failed run began without: a session, or a permission."""
        run = self._state.runs.get(job.id)
        if run is None:
            return False
        try:
            next_plan = plan(job, False)
        except Exception:  # then the next run fails for that as well, and the client is told
            log.exception("job %s cannot be planned", job.id)
            return False
        had, has = run.plan.worker_spec.network, next_plan.worker_spec.network
        other_session = next_plan.session is not None and next_plan.session != run.plan.session
        return other_session or (has.allow_private and not had.allow_private)

    async def _commit(self, lease: Lease, outcome: Transition) -> Job | None:
        """Commit the end of a run, however long the disk refuses: an outcome is never dropped."""
        while True:
            try:
                return await self._queue.finish(lease, outcome)
            except (DiskFull, sqlite3.OperationalError) as error:
                log.warning("the outcome of job %s cannot be committed yet: %s", lease.job_id, error)
                await asyncio.sleep(scheduler.LOOK_AGAIN_S)
