"""Runs jobs: claims what the policy lets start, judges how each attempt ended, wakes what waits. Thin; policy is ``scheduler``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import ParamSpec

from ..clip.errors import ClipError, DiskFull, all_kinds
from ..protocol.jobs import JobProgress, JobState
from .errors import JobNotFound, WorkerCrashed, WrongState
from .host_conditions import HostConditions
from .job import WORKING, Failure, FailureCounts, Job, Wait, cancel, fail, finish, move, requeue, retry, wait
from .job_run import Dependencies, JobRun, LeaseLost, RunPlan
from .lease_upkeep import LEASE_S, LeaseUpkeep
from .policy import scheduler
from .policy.lent_sessions import explained
from .policy.scheduler import Breaker, GiveUp, Limits, RetryLater, RetryNow
from .queue_backend import Claim, Lease
from .recovery import recover
from .wait_timers import WaitTimers
from .worker.pool import TaskFailed, WorkerSpec

log = logging.getLogger(__name__)
P = ParamSpec("P")

PUBLISHING_S = 10.0
"""How long a person's word waits for a file that is just being put in its place (copying it to a slow drive may take long)."""
PAUSED_FACT = "paused"


class Dispatcher:
    """The queue at work.

    Args:
        limits: how many jobs may run at once, asked each time.
        plan: with what an attempt at a job is made; the flag: resolve anew.
        ended: hears of every job that will not run again by itself.
        blame: hears of every failure. Where the engine was its cause and is another one now: the jobs that failed through it.
    """

    def __init__(
        self,
        means: Dependencies,
        conditions: HostConditions,
        *,
        limits: Callable[[], Limits],
        plan: Callable[[Job, bool], RunPlan],
        ended: Callable[[Job], None],
        blame: Callable[[Job, WorkerSpec, Failure], Awaitable[frozenset[str] | None]] | None = None,
    ) -> None:
        self._means = means
        self._store = means.store
        self._workers = means.workers
        self._staging = means.staging
        self._clock = means.clock
        self._tell = _guarded(means.tell)
        self._around = conditions
        self._limits = limits
        self._plan = plan
        self._ended = _guarded(ended)
        self._blame = blame
        self._owner = secrets.token_hex(8)
        self._claims: dict[str, Claim] = {}
        """What runs, from its claim to its end."""
        self._attempts: dict[str, JobRun] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waits = WaitTimers(means.clock)
        self._breakers: dict[str, Breaker] = {}
        self._fresh: set[str] = set()
        self._paused = False
        self._kick = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._upkeep = LeaseUpkeep(
            means.store, means.clock, claims=self._claims, progress=self.progress, freed=self._freed
        )

    async def start(self) -> None:
        """Take up what an earlier daemon left, then run until ``stop``."""
        self._paused = await self._store.fact(PAUSED_FACT) == "1"
        for job in await recover(self._store, self._staging, self._around.downloads(), self._clock.now()):
            self._tell(job, None)
        for job in await self._store.in_states([JobState.WAITING]):
            self._waits.restore(job)
        self._loops = [asyncio.create_task(self._run()), asyncio.create_task(self._upkeep.run())]

    async def stop(self) -> None:
        """Stop all work at once; what was under way is taken up at the next start. Returns when no worker lives."""
        await _cancel([*self._loops, *self._tasks.values()])
        await self._workers.close()

    # What a person asks ------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Something changed that may let a job start."""
        self._kick.set()

    def look_outside(self) -> None:
        """There is another way out: what could not be reached is tried again at once."""
        self._breakers.clear()
        self._waits.end(Wait.NETWORK)
        self._kick.set()

    def folder_changed(self) -> None:
        """Clips go to another folder: jobs that wait for theirs are tried at once."""
        self._waits.end(Wait.FOLDER)
        self._kick.set()

    def progress(self, job_id: str) -> JobProgress | None:
        attempt = self._attempts.get(job_id)
        return attempt.progress if attempt else None

    @property
    def paused(self) -> bool:
        return self._paused

    async def pause(self, job_id: str) -> Job:
        """Stop a job and keep what it has. Raises ``JobNotFound`` or ``WrongState``."""
        return await self._stop(job_id, lambda job: move(job, JobState.PAUSED, self._clock.now()))

    async def cancel(self, job_id: str) -> Job:
        """Stop a job for good; when this returns its processes and its staging are gone."""
        job = await self._stop(job_id, lambda job: cancel(job, self._clock.now()))
        await self.clean(job_id)
        self._ended(job)
        return job

    async def finish(self, job_id: str) -> Job:
        """End a recording and keep it. The wish is in the store when this returns: whatever happens then, it is followed.

        Raises:
            JobNotFound | NotRecording
        """
        job = await self._store.change(job_id, lambda job: finish(job, self._clock.now()))
        if (attempt := self._attempts.get(job_id)) is not None:
            attempt.finish()
        if job.state is JobState.QUEUED:
            self._waits.drop(job_id)
            self._kick.set()
        self._tell(job, self.progress(job_id))
        return job

    async def clean(self, job_id: str) -> None:
        """Remove what a job that does not run has in staging. Never raises: what stays is swept at the next start."""
        try:
            await asyncio.to_thread(self._staging.remove, job_id, self._around.downloads())
        except Exception:
            log.exception("the staging of job %s could not be removed", job_id)

    async def resume(self, job_id: str) -> Job:
        return await self._again(job_id, lambda job: requeue(_only(job, JobState.PAUSED), self._clock.now()))

    async def retry(self, job_id: str) -> Job:
        """Run a failed or cancelled job again, or one that waits right now."""
        return await self._again(job_id, lambda job: retry(job, self._clock.now()))

    async def run_again(self, job_ids: Iterable[str]) -> None:
        """Run those of ``job_ids`` again, from the beginning, that failed or wait for another try: what stood in their way is gone."""
        self._breakers.clear()  # those failures said nothing about their sites
        self._kick.set()
        for job_id in job_ids:
            self._fresh.add(job_id)
            with contextlib.suppress(ClipError):  # It runs already, was stopped by a person, or is gone.
                await self._again(
                    job_id, lambda job: retry(_only(job, JobState.FAILED, JobState.WAITING), self._clock.now())
                )

    async def pause_all(self, paused: bool) -> None:
        """While paused nothing starts, and what runs goes back into the queue with its bytes; kept over a restart."""
        await self._store.set_fact(PAUSED_FACT, "1" if paused else "0")
        self._paused = paused
        if paused:
            running = [job_id for job_id, attempt in self._attempts.items() if not attempt.publishing]
            await asyncio.gather(*(self._put_back(job_id) for job_id in running))
        self._kick.set()

    async def _put_back(self, job_id: str) -> None:
        with contextlib.suppress(ClipError):  # It ended meanwhile.
            await self._stop(job_id, lambda job: requeue(_only(job, *WORKING), self._clock.now()))

    async def _stop(self, job_id: str, change: Callable[[Job], Job]) -> Job:
        attempt, task = self._attempts.get(job_id), self._tasks.get(job_id)
        if attempt is not None and attempt.publishing and task is not None:
            await asyncio.wait([task], timeout=PUBLISHING_S)
        try:
            job = await self._store.change(job_id, change, stop=True)
        except WrongState:
            if task is None:
                raise
            # It began to publish just now: see what comes of that.
            await asyncio.wait([task], timeout=PUBLISHING_S)
            job = await self._store.change(job_id, change, stop=True)
        self._waits.drop(job_id)
        if task is not None:
            await _cancel([task])
        self._tell(job, None)
        self._kick.set()
        return job

    async def _again(self, job_id: str, change: Callable[[Job], Job]) -> Job:
        job = await self._store.change(job_id, change)
        self._waits.drop(job_id)
        self._breakers.pop(job.site or "", None)
        self._tell(job, None)
        self._kick.set()
        return job

    @property
    def idle(self) -> bool:
        """No clip is being taken."""
        return not self._claims

    # The loop ----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._kick.clear()
            pause_s: float | None = scheduler.LOOK_AGAIN_S
            try:
                if self._around.woke_up():
                    self._waits.end(Wait.NETWORK)
                await self._wake_due()
                pause_s = await self._start_next()
            except DiskFull:
                log.warning("the disk is so full that not even the queue can be written to")
            except BaseException as error:
                # This loop is the queue: it outlives its own mistakes, and the log has them.
                if _is_stop(error):
                    raise
                log.exception("the queue stumbled")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._kick.wait(), pause_s)

    async def _start_next(self) -> float | None:
        """Start all that may start; gives how long nothing can change by itself, ``None``: for ever."""
        while not self._paused:
            now = self._clock.monotonic()
            running = [claim.job.site or "" for claim in self._claims.values()]
            busy = scheduler.busy_sites(running, self._limits(), self._breakers, now)
            if busy is None:
                break
            self._upkeep.start()  # before the claim: whatever happens then, its lease is looked after
            claim = await self._store.claim(self._owner, self._clock.now() + LEASE_S, busy_sites=busy)
            if claim is None:
                break
            self._claims[claim.job.id] = claim
            self._tasks[claim.job.id] = asyncio.create_task(self._work(claim))
        now = self._clock.monotonic()
        times = (self._waits.soonest(), scheduler.next_opening(self._breakers, now))
        soonest = min((time for time in times if time is not None), default=None)
        return None if soonest is None else min(max(0.05, soonest - now), scheduler.LOOK_AGAIN_S)

    async def _work(self, claim: Claim) -> None:
        """One claim, from the plan to the commit of what became of it."""
        job_id = claim.job.id
        try:
            if (failure := await self._failure(claim)) is not None:
                await self._settle(self._latest(claim), claim.lease, failure)
        except BaseException as error:
            if _is_stop(error):
                raise
            log.exception("what became of job %s cannot be noted; its lease will run out", job_id)
        finally:
            if self._claims.get(job_id) is claim:  # else it has been claimed again already
                del self._claims[job_id]
                self._attempts.pop(job_id, None)
                self._tasks.pop(job_id, None)
            self._kick.set()

    async def _failure(self, claim: Claim) -> Failure | None:
        """Why the attempt at a claimed job failed, whatever it was; ``None``: it is done, or somebody else's."""
        job_id = claim.job.id
        try:
            await self._attempt(claim)
        except LeaseLost:
            log.info("job %s was stopped", job_id)
        except TaskFailed as failed:
            attempt = self._attempts.get(job_id)
            used = attempt is not None and attempt.plan.cookie_file is not None
            return explained(failed.failure, lent=self._latest(claim).session, used=used)
        except ClipError as error:  # Settings that cannot be followed, such as a proxy that is none.
            return Failure.of(error)
        except sqlite3.OperationalError as error:
            log.warning("job %s: the database failed: %s", job_id, error)
            return Failure.of(WorkerCrashed(detail=str(error)))
        except BaseException as error:
            if _is_stop(error):
                raise
            log.exception("job %s met a mistake of ours", job_id)
            return Failure.of(ClipError(detail=repr(error)))
        return None

    async def _attempt(self, claim: Claim) -> None:
        job_id = claim.job.id
        attempt = JobRun(claim, self._plan(claim.job, job_id in self._fresh), self._means)
        self._fresh.discard(job_id)
        self._attempts[job_id] = attempt
        try:
            job = await attempt.run()
        except TaskFailed as failed:
            if await self._replaced(attempt, failed.failure):
                return
            raise
        self._judge_site(job, None)
        await self.clean(job_id)  # before anyone is notified: a finished clip leaves nothing in staging
        self._ended(job)
        self._tell(job, None)

    def _latest(self, claim: Claim) -> Job:
        """The claimed job as this daemon last saw it."""
        attempt = self._attempts.get(claim.job.id)
        return attempt.job if attempt else claim.job

    def _freed(self, job: Job) -> None:
        """The lease of ``job`` ran out and was ended."""
        if job.final:
            self._ended(job)
        self._tell(job, None)
        self._kick.set()

    async def _replaced(self, attempt: JobRun, failure: Failure) -> bool:
        """Whether the engine was to blame and is another one now: then everything that failed through it runs again."""
        failed = await self._blame(attempt.job, attempt.recipe, failure) if self._blame else None
        if failed is None:
            return False
        self._fresh.add(attempt.job.id)
        settled = await self._finish(
            attempt.lease, lambda job: replace(requeue(job, self._clock.now()), tries=FailureCounts())
        )
        if settled is not None:
            self._tell(settled, None)
        await self.run_again(failed - {attempt.job.id})
        return True

    async def _settle(self, job: Job, lease: Lease, failure: Failure) -> None:
        """Commit what becomes of a job whose attempt failed."""
        log.info("job %s: %s (%s)", job.id, failure.code, failure.detail)
        online = self._around.online()
        if online:
            self._judge_site(job, failure)
        chance = random.random()  # noqa: S311 - spreads retries, keeps no secret
        verdict = scheduler.after_failure(failure, job.tries, online=online, chance=chance)
        wall = self._clock.now()
        match verdict:
            case RetryLater(reason, delay_s, tries):
                if reason is Wait.DISK_FULL:
                    self._around.note_full()
                told = scheduler.waiting_hint(failure, reason)
                settled = await self._finish(
                    lease, lambda job: replace(wait(job, reason, wall + delay_s, wall, told), tries=tries)
                )
                if settled is not None:
                    self._waits.add(job.id, reason, delay_s)
            case RetryNow(tries, fresh):
                settled = await self._finish(lease, lambda job: replace(requeue(job, wall), tries=tries))
                if fresh:
                    self._fresh.add(job.id)
            case GiveUp():
                settled = await self._finish(lease, lambda job: fail(job, failure, wall))
                if settled is not None and self._has_more(settled):
                    settled = None
                    with contextlib.suppress(ClipError):  # That request was faster and has queued it already.
                        await self._again(job.id, lambda job: retry(job, self._clock.now()))
                elif settled is not None:
                    self._ended(settled)
                    if not all_kinds().get(failure.code, ClipError).retryable:
                        await self.clean(job.id)
        if settled is not None:
            self._tell(settled, self.progress(job.id))

    def _has_more(self, job: Job) -> bool:
        """Whether a request for the same clip brought what the attempt that failed just now began without: a session, or a
        person's permission."""
        attempt = self._attempts.get(job.id)
        if attempt is None:
            return False
        try:
            plan = self._plan(job, False)
        except Exception:  # Then it fails for that as well, and the person is told.
            log.exception("job %s cannot be planned", job.id)
            return False
        had, has = attempt.plan.recipe.network, plan.recipe.network
        other_session = plan.session is not None and plan.session != attempt.plan.session
        return other_session or (has.allow_private and not had.allow_private)

    async def _finish(self, lease: Lease, change: Callable[[Job], Job]) -> Job | None:
        """Commit, however long the disk refuses: a job's outcome is never dropped."""
        while True:
            try:
                return await self._store.finish(lease, change)
            except (DiskFull, sqlite3.OperationalError) as error:
                log.warning("what became of job %s cannot be noted yet: %s", lease.job_id, error)
                await asyncio.sleep(scheduler.LOOK_AGAIN_S)

    def _judge_site(self, job: Job, failure: Failure | None) -> None:
        site = job.site or ""
        breaker = self._breakers.pop(site, Breaker()).after(failure, self._clock.monotonic())
        if breaker != Breaker():
            self._breakers[site] = breaker

    # Waits -------------------------------------------------------------------------------------------------------

    async def _wake_due(self) -> None:
        for job_id, reason in self._waits.due():
            self._waits.add(job_id, reason, scheduler.LOOK_AGAIN_S)  # unless it can go on now
            try:
                if not await asyncio.to_thread(self._around.ready, reason):
                    continue
                self._tell(await self._store.change(job_id, self._wake, durable=False), None)
            except (JobNotFound, WrongState):
                pass  # A person was faster.
            except Exception:
                log.exception("job %s cannot go on yet", job_id)
                continue
            self._waits.drop(job_id)

    def _wake(self, job: Job) -> Job:
        return requeue(_only(job, JobState.WAITING), self._clock.now())


def _only(job: Job, *states: JobState) -> Job:
    return job if job.state in states else move(job, job.state, job.updated_at)


def _guarded(listener: Callable[P, None]) -> Callable[P, None]:
    """``listener``, whose failures are its own: what it is told of is committed already."""

    def tell(*args: P.args, **more: P.kwargs) -> None:
        try:
            listener(*args, **more)
        except BaseException as error:
            if _is_stop(error):
                raise
            log.exception("what became of a job could not be told")

    return tell


def _is_stop(error: BaseException) -> bool:
    """Whether the task that met ``error`` is being ended, rather than that something in it gave up waiting or worse."""
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return True
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
