"""Commands on jobs that come from clients: pause, cancel, finish, resume, retry, for one job or for the whole queue."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable

from ..clip.errors import ClipError
from ..protocol.jobs import JobState
from .errors import WrongState
from .host_conditions import HostConditions
from .job import WORKING, Job, Wait
from .job_run import Dependencies
from .queue_state import QueueState
from .tasks import cancel_tasks
from .transitions import Cancel, FinishRecording, Pause, Requeue, Retry, Transition

PUBLISHING_S = 10.0
"""How long a command waits for a file that is just being published (copying it to a slow drive may take long)."""
PAUSED_FACT = "paused"
_PAUSED = frozenset((JobState.PAUSED,))
_UNSUCCESSFUL = frozenset((JobState.FAILED, JobState.WAITING))

log = logging.getLogger(__name__)


class JobCommands:
    """Each commits its change before it returns.

    Args:
        ended: called with every job that will not run again by itself.
    """

    def __init__(
        self,
        state: QueueState,
        dependencies: Dependencies,
        conditions: HostConditions,
        ended: Callable[[Job], None],
    ) -> None:
        self._state = state
        self._queue = dependencies.queue
        self._staging = dependencies.staging
        self._now = dependencies.clock.now
        self._notify = dependencies.notify
        self._conditions = conditions
        self._ended = ended

    async def pause(self, job_id: str) -> Job:
        """Stop a job and keep what it has. Raises ``JobNotFound`` or ``WrongState``."""
        return await self._stop(job_id, Pause(self._now()))

    async def cancel(self, job_id: str) -> Job:
        """Stop a job for good; on return its processes and its staging are gone."""
        job = await self._stop(job_id, Cancel(self._now()))
        await self.clean(job_id)
        self._ended(job)
        return job

    async def finish(self, job_id: str) -> Job:
        """End a recording and keep it. The request is committed on return: it holds over a crash.

        Raises:
            JobNotFound | NotRecording
        """
        job = await self._queue.change(job_id, FinishRecording(self._now()))
        if (run := self._state.runs.get(job_id)) is not None:
            run.finish()
        if job.state is JobState.QUEUED:
            self._state.waits.drop(job_id)
            self._state.wakeup.set()
        self._notify(job, self._state.progress(job_id))
        return job

    async def resume(self, job_id: str) -> Job:
        """Put a paused job back into the queue. Raises ``JobNotFound`` or ``WrongState``."""
        return await self.run_job_again(job_id, Requeue(self._now(), only=_PAUSED))

    async def retry(self, job_id: str) -> Job:
        """Run a failed or cancelled job again, or a waiting one now. Raises ``JobNotFound`` or ``WrongState``."""
        return await self.run_job_again(job_id, Retry(self._now()))

    async def run_again(self, job_ids: Iterable[str]) -> None:
        """Run those of ``job_ids`` from the beginning that failed or wait: the cause of their failures is gone."""
        self._state.breakers.clear()  # those failures were not their sites' own
        self._state.wakeup.set()
        for job_id in job_ids:
            self._state.resolve_anew.add(job_id)
            with contextlib.suppress(ClipError):  # it runs already, was stopped, or is gone
                await self.run_job_again(job_id, Retry(self._now(), only=_UNSUCCESSFUL))

    async def pause_all(self, paused: bool) -> None:
        """While paused nothing starts, and running jobs return to the queue with their bytes; kept over a restart."""
        await self._queue.set_fact(PAUSED_FACT, "1" if paused else "0")
        self._state.paused = paused
        if paused:
            running = [job_id for job_id, run in self._state.runs.items() if not run.publishing]
            await asyncio.gather(*(self._put_back(job_id) for job_id in running))
        self._state.wakeup.set()

    async def clean(self, job_id: str) -> None:
        """Remove the staging of a job that does not run. Never raises: what stays is swept at the next start."""
        try:
            await asyncio.to_thread(self._staging.remove, job_id, self._conditions.downloads())
        except Exception:  # never raises: the outcome is committed already
            log.exception("the staging of job %s could not be removed", job_id)

    # Conditions changed --------------------------------------------------------------------------------------------

    def check_queue(self) -> None:
        """Let the dispatcher check at once whether a job can start."""
        self._state.wakeup.set()

    def network_changed(self) -> None:
        """Retry at once what could not be reached: the way to the internet is another one."""
        self._state.breakers.clear()
        self._state.waits.end(Wait.NETWORK)
        self._state.wakeup.set()

    def folder_changed(self) -> None:
        """Retry at once what waits for the folder: clips go to another one."""
        self._state.waits.end(Wait.FOLDER)
        self._state.wakeup.set()

    async def run_job_again(self, job_id: str, transition: Transition) -> Job:
        """Commit ``transition``, which queues the job, and end its wait and its site's breaker."""
        job = await self._queue.change(job_id, transition)
        self._state.waits.drop(job_id)
        self._state.breakers.pop(job.site or "", None)
        self._notify(job, None)
        self._state.wakeup.set()
        return job

    async def _put_back(self, job_id: str) -> None:
        with contextlib.suppress(ClipError):  # it ended meanwhile
            await self._stop(job_id, Requeue(self._now(), only=WORKING))

    async def _stop(self, job_id: str, transition: Transition) -> Job:
        run, task = self._state.runs.get(job_id), self._state.tasks.get(job_id)
        if run is not None and run.publishing and task is not None:
            await asyncio.wait([task], timeout=PUBLISHING_S)
        try:
            job = await self._queue.stop(job_id, transition)
        except WrongState:
            if task is None:
                raise
            # It began to publish just now: wait for the outcome.
            await asyncio.wait([task], timeout=PUBLISHING_S)
            job = await self._queue.stop(job_id, transition)
        self._state.waits.drop(job_id)
        if task is not None:
            await cancel_tasks([task])
        self._notify(job, None)
        self._state.wakeup.set()
        return job
