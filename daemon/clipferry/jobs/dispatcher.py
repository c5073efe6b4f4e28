"""Claim queued jobs as the policy allows, start a run of each, and requeue waiting jobs when they are due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace

from ..clip.errors import DiskFull
from ..clip.model import Progress
from ..protocol.jobs import JobState
from .commands import PAUSED_FACT, JobCommands
from .errors import JobNotFound, WrongState
from .host_conditions import HostConditions
from .job import Job, Wait
from .job_run import Dependencies, JobRun
from .lease_upkeep import LEASE_S, LeaseUpkeep
from .outcomes import Attribute, OutcomeHandler, PlanRun
from .policy import scheduler
from .policy.scheduler import Limits
from .queue_backend import Claim
from .queue_state import QueueState
from .recovery import recover
from .tasks import cancel_tasks, guarded, is_stop
from .transitions import Requeue
from .wait_timers import WaitTimers
from .worker.pool import TaskFailed

log = logging.getLogger(__name__)


class Dispatcher:
    """The queue at work: ``start``, ``stop``, and :attr:`commands` in between.

    Args:
        limits: how many jobs may run at once; called before each claim.
        plan: makes the plan of a run of a job; the flag: resolve anew.
        ended: called with every job that will not run again by itself.
        attribute: attributes a failure to the yt-dlp version of its run (``outcomes.Attribute``).
    """

    def __init__(
        self,
        dependencies: Dependencies,
        conditions: HostConditions,
        *,
        limits: Callable[[], Limits],
        plan: PlanRun,
        ended: Callable[[Job], None],
        attribute: Attribute | None = None,
    ) -> None:
        self._dependencies = replace(dependencies, notify=guarded(dependencies.notify))
        self._queue = dependencies.queue
        self._clock = dependencies.clock
        self._notify = self._dependencies.notify
        self._conditions = conditions
        self._limits = limits
        self._plan = plan
        self._ended = guarded(ended)
        self._owner = secrets.token_hex(8)
        self._state = QueueState(WaitTimers(self._clock))
        self.commands = JobCommands(self._state, self._dependencies, conditions, self._ended)
        self._outcomes = OutcomeHandler(
            self._state, self._dependencies, conditions, self.commands, ended=self._ended, attribute=attribute
        )
        self._loops: list[asyncio.Task[None]] = []
        self._upkeep = LeaseUpkeep(
            self._queue, self._clock, claims=self._state.claims, progress=self.progress, freed=self._freed
        )

    async def start(self) -> None:
        """Recover what an earlier daemon left, then run until ``stop``."""
        self._state.paused = await self._queue.fact(PAUSED_FACT) == "1"
        staging, downloads = self._dependencies.staging, self._conditions.downloads()
        for job in await recover(self._queue, self._dependencies.storage, staging, downloads, self._clock.now()):
            self._notify(job, None)
        for job in await self._queue.in_states([JobState.WAITING]):
            self._state.waits.restore(job)
        self._loops = [asyncio.create_task(self._run()), asyncio.create_task(self._upkeep.run())]

    async def stop(self) -> None:
        """Stop all work at once; the next start recovers it. On return no worker lives."""
        await cancel_tasks([*self._loops, *self._state.tasks.values()])
        await self._dependencies.workers.close()

    def progress(self, job_id: str) -> Progress | None:
        """Return how far a running job is."""
        return self._state.progress(job_id)

    @property
    def paused(self) -> bool:
        """Whether the whole queue is paused."""
        return self._state.paused

    @property
    def idle(self) -> bool:
        """Whether no job is claimed."""
        return not self._state.claims

    async def _run(self) -> None:
        while True:
            self._state.wakeup.clear()
            pause_s: float | None = scheduler.LOOK_AGAIN_S
            try:
                if self._conditions.woke_up():
                    self._state.waits.end(Wait.NETWORK)
                await self._requeue_due()
                pause_s = await self._start_next()
            except DiskFull:
                log.warning("the disk is so full that not even the queue can be written to")
            except BaseException as error:
                # This loop is the queue: it outlives its own failures, and the log has them.
                if is_stop(error):
                    raise
                log.exception("the dispatcher failed and goes on")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._state.wakeup.wait(), pause_s)

    async def _start_next(self) -> float | None:
        """Start all that may start; return after how many seconds to check again, ``None``: only after a wakeup."""
        state = self._state
        while not state.paused:
            now = self._clock.monotonic()
            running = [claim.job.site or "" for claim in state.claims.values()]
            busy = scheduler.busy_sites(running, self._limits(), state.breakers, now)
            if busy is None:
                break
            self._upkeep.start()  # before the claim: whatever happens then, its lease is kept or ended
            claim = await self._queue.claim(self._owner, self._clock.now() + LEASE_S, busy_sites=busy)
            if claim is None:
                break
            state.claims[claim.job.id] = claim
            state.tasks[claim.job.id] = asyncio.create_task(self._work(claim))
        now = self._clock.monotonic()
        times = (state.waits.soonest(), scheduler.next_half_open(state.breakers, now))
        soonest = min((time for time in times if time is not None), default=None)
        return None if soonest is None else min(max(0.05, soonest - now), scheduler.LOOK_AGAIN_S)

    async def _work(self, claim: Claim) -> None:
        """Take one claim from its plan to the commit of its outcome."""
        job_id, state = claim.job.id, self._state
        try:
            if (failure := await self._outcomes.failure_of(claim, self._attempt(claim))) is not None:
                await self._outcomes.settle(state.latest(claim), claim.lease, failure, self._plan)
        except BaseException as error:
            if is_stop(error):
                raise
            log.exception("the outcome of job %s cannot be committed; its lease will run out", job_id)
        finally:
            if state.claims.get(job_id) is claim:  # else it has been claimed again already
                del state.claims[job_id]
                state.runs.pop(job_id, None)
                state.tasks.pop(job_id, None)
            state.wakeup.set()

    async def _attempt(self, claim: Claim) -> None:
        job_id = claim.job.id
        plan = self._plan(claim.job, job_id in self._state.resolve_anew)
        run = JobRun(claim, plan, self._dependencies)
        self._state.resolve_anew.discard(job_id)
        self._state.runs[job_id] = run
        try:
            job = await run.run()
        except TaskFailed as failed:
            if await self._outcomes.retried_with_other_version(run, failed.failure):
                return
            raise
        await self._outcomes.complete(job)

    def _freed(self, job: Job) -> None:
        """Follow up on a job whose lease ran out and was ended."""
        if job.final:
            self._ended(job)
        self._notify(job, None)
        self._state.wakeup.set()

    async def _requeue_due(self) -> None:
        for job_id, reason in self._state.waits.due():
            self._state.waits.add(job_id, reason, scheduler.LOOK_AGAIN_S)  # unless it can go on now
            try:
                if not await asyncio.to_thread(self._conditions.ready, reason):
                    continue
                requeue = Requeue(self._clock.now(), only=frozenset((JobState.WAITING,)))
                self._notify(await self._queue.change(job_id, requeue, durable=False), None)
            except (JobNotFound, WrongState):
                pass  # a command was faster
            except Exception:  # the other jobs that are due go on
                log.exception("job %s cannot go on yet", job_id)
                continue
            self._state.waits.drop(job_id)
