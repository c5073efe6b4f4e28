"""The contract of ``jobs.queue_backend.JobQueue``, which every implementation passes: SQLite and memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from clipferry.clip.errors import InvalidUrl
from clipferry.clip.http.network import Network
from clipferry.clip.model import Progress, Stage
from clipferry.jobs.dispatcher import Dispatcher
from clipferry.jobs.errors import JobNotFound, WrongState
from clipferry.jobs.failure import Failure
from clipferry.jobs.host_conditions import HostConditions
from clipferry.jobs.job import LOCAL_OWNER, RUNNING, FailureCounts, Job, Staged, Wait
from clipferry.jobs.job_run import Dependencies, RunPlan
from clipferry.jobs.local_storage import LocalStorage
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.policy.scheduler import CRASHES, Limits
from clipferry.jobs.queue_backend import Claim, JobQueue, Lease
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.staging import Staging
from clipferry.jobs.transitions import (
    BeginRun,
    Cancel,
    DescribeVideo,
    Enter,
    Fail,
    HoldUntil,
    Pause,
    Publish,
    PublishAs,
    Recover,
    ReleaseExpired,
    Requeue,
    Transition,
)
from clipferry.jobs.worker.pool import WorkerSpec
from clipferry.protocol.jobs import JobState, OutputParams
from clipferry.system.clock import SystemClock

from .memory_queue import MemoryQueue
from .test_dispatcher_failures import NoWorkers

IDS = Ids(lambda: 1_700_000_000.0)
NOW = 2.0
UNTIL = 60.0
STAGED = Staged(Path("/staging/clip.mp4"), "clip.mp4", 10)
TARGET = Path("/downloads/clip.mp4")
FAILURE = Failure.of(InvalidUrl())


class Backend(JobQueue, Protocol):
    """A queue, and what a test needs to fill and read it."""

    async def add(self, job: Job) -> None: ...

    async def get(self, job_id: str) -> Job: ...

    async def progress(self, job_ids: Sequence[str]) -> dict[str, Progress]: ...


class SqliteQueue(Store):
    async def add(self, job: Job) -> None:
        await self.create(job, video=job.url, again=False, answer=lambda first: first)


@pytest.fixture(params=["sqlite", "memory"])
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    if request.param == "memory":
        yield MemoryQueue()
        return
    database = Database(tmp_path / "jobs.sqlite3")
    yield SqliteQueue(database)
    database.close()


async def put(queue: Backend, site: str = "v.example", owner: str = LOCAL_OWNER) -> Job:
    """Add a new job, and return it as the queue has it."""
    job_id = IDS.next()
    url = f"https://{site}/{job_id}"
    await queue.add(
        Job(id=job_id, url=url, site=site, output=OutputParams(), created_at=1.0, updated_at=1.0, owner=owner)
    )
    return await queue.get(job_id)


async def claimed(queue: Backend, until: float = UNTIL) -> Claim:
    """A lease on a new job."""
    await put(queue)
    claim = await queue.claim("owner", until)
    assert claim is not None
    return claim


# Claim ------------------------------------------------------------------------------------------------------------


async def test_jobs_are_claimed_in_the_order_they_were_added_and_once(queue: Backend) -> None:
    jobs = [await put(queue) for _ in range(5)]
    claims = await asyncio.gather(*(queue.claim("owner", UNTIL) for _ in range(6)))
    assert [claim.job.id for claim in claims if claim] == [job.id for job in jobs]
    assert claims[5] is None


async def test_a_busy_site_is_skipped(queue: Backend) -> None:
    await put(queue, "busy.example")
    other = await put(queue, "free.example")
    claim = await queue.claim("owner", UNTIL, busy_sites=["busy.example", "another.example"])
    assert claim is not None
    assert claim.job == other
    assert await queue.claim("owner", UNTIL, busy_sites=["busy.example"]) is None


@pytest.mark.parametrize(
    "transition", [Pause(NOW), Cancel(NOW), Fail(FAILURE, NOW)], ids=lambda one: type(one).__name__
)
async def test_only_queued_jobs_are_claimed(queue: Backend, transition: Transition) -> None:
    job = await put(queue)
    await queue.change(job.id, transition)
    assert await queue.claim("owner", UNTIL) is None


async def test_a_requeued_job_is_claimed_with_a_new_lease(queue: Backend) -> None:
    claim = await claimed(queue)
    await queue.finish(claim.lease, Requeue(NOW, tries=FailureCounts(retries=1)))
    again = await queue.claim("owner", UNTIL)
    assert again is not None
    assert again.job.tries == FailureCounts(retries=1)
    assert again.lease != claim.lease


# Leases -----------------------------------------------------------------------------------------------------------


async def test_a_leased_job_is_changed_step_by_step_until_it_is_done(queue: Backend) -> None:
    claim = await claimed(queue)
    video = DescribeVideo("v.example", "A title", None, None, 9.0, 1.0, 2.0, live=False)
    steps: list[Transition] = [BeginRun(NOW), video, Enter(JobState.FETCHING, NOW), Enter(JobState.CUTTING, NOW)]
    for step in steps:
        assert await queue.advance(claim.lease, step) == await queue.get(claim.job.id)
    await queue.advance(claim.lease, PublishAs(STAGED, TARGET, None, NOW), durable=True)
    done = await queue.finish(claim.lease, Publish(TARGET, NOW))
    assert done == await queue.get(claim.job.id)
    assert (done.state, done.target, done.title, done.size_bytes) == (JobState.DONE, TARGET, "A title", 10)


async def test_a_refused_transition_changes_nothing(queue: Backend) -> None:
    claim = await claimed(queue)
    for change in (queue.advance(claim.lease, Publish(TARGET, NOW)), queue.finish(claim.lease, Publish(TARGET, NOW))):
        with pytest.raises(WrongState):
            await change
    assert await queue.get(claim.job.id) == claim.job
    assert await queue.advance(claim.lease, BeginRun(NOW)) is not None, "the lease is kept"


@pytest.mark.parametrize("transition", [Pause(NOW), Cancel(NOW), Requeue(NOW)], ids=lambda one: type(one).__name__)
async def test_stopping_a_job_fences_its_runner(queue: Backend, transition: Transition) -> None:
    claim = await claimed(queue)
    await queue.advance(claim.lease, BeginRun(NOW))
    stopped = await queue.stop(claim.job.id, transition)
    assert await queue.advance(claim.lease, Enter(JobState.FETCHING, NOW)) is None
    assert await queue.finish(claim.lease, Fail(FAILURE, NOW)) is None
    assert await queue.get(claim.job.id) == stopped


async def test_a_change_leaves_the_lease(queue: Backend) -> None:
    claim = await claimed(queue)
    await queue.change(claim.job.id, Requeue(NOW))
    assert await queue.claim("other", UNTIL) is None
    assert await queue.advance(claim.lease, BeginRun(NOW)) is not None


async def test_a_refused_stop_leaves_job_and_lease(queue: Backend) -> None:
    claim = await claimed(queue)
    await queue.advance(claim.lease, PublishAs(STAGED, TARGET, None, NOW))
    for refused in (Pause(NOW), Cancel(NOW)):
        with pytest.raises(WrongState):
            await queue.stop(claim.job.id, refused)
    assert await queue.finish(claim.lease, Publish(TARGET, NOW)) is not None


@pytest.mark.parametrize("call", ["change", "stop"])
async def test_an_unknown_job_is_not_found(queue: Backend, call: str) -> None:
    with pytest.raises(JobNotFound):
        await getattr(queue, call)(IDS.next(), Cancel(NOW))
    assert await queue.advance(Lease(IDS.next(), 1), BeginRun(NOW)) is None


# Leases that run out ----------------------------------------------------------------------------------------------


async def test_only_leases_that_ran_out_and_are_not_held_are_ended(queue: Backend) -> None:
    past, held, running = [await claimed(queue, until) for until in (10.0, 10.0, 100.0)]
    freed, left = await queue.expire(50.0, held=[held.job.id], change=ReleaseExpired(50.0))
    assert [job.id for job in freed] == [past.job.id]
    assert left == 2
    assert await queue.advance(past.lease, BeginRun(NOW)) is None
    assert await queue.advance(held.lease, BeginRun(NOW)) is not None
    assert await queue.advance(running.lease, BeginRun(NOW)) is not None
    again = await queue.claim("other", UNTIL)
    assert again is not None
    assert again.job.id == past.job.id


async def test_a_renewed_lease_does_not_run_out(queue: Backend) -> None:
    claim = await claimed(queue, 10.0)
    await queue.renew([claim.lease, Lease(IDS.next(), 1)], 100.0)
    assert await queue.expire(50.0, held=[], change=ReleaseExpired(50.0)) == ([], 1)


async def test_a_lost_lease_cannot_be_renewed(queue: Backend) -> None:
    claim = await claimed(queue, 10.0)
    await queue.stop(claim.job.id, Requeue(NOW))
    again = await queue.claim("other", 10.0)
    assert again is not None
    await queue.renew([claim.lease], 100.0)
    freed, left = await queue.expire(50.0, held=[], change=ReleaseExpired(50.0))
    assert ([job.id for job in freed], left) == ([claim.job.id], 0)


async def test_a_job_whose_leases_run_out_every_time_is_given_up(queue: Backend) -> None:
    job = await put(queue)
    for _ in range(CRASHES):
        assert await queue.claim("owner", 10.0) is not None
        await queue.expire(50.0, held=[], change=ReleaseExpired(50.0))
    failed = await queue.get(job.id)
    assert failed.state is JobState.FAILED
    assert failed.failure is not None
    assert failed.failure.code == "worker_crashed"


async def test_recovery_ends_every_lease_and_requeues_what_ran(queue: Backend) -> None:
    claims = [await claimed(queue, 1e12) for _ in range(4)]
    untouched, begun, publishing, published = claims
    await queue.advance(begun.lease, BeginRun(NOW))
    for one in (publishing, published):
        await queue.advance(one.lease, PublishAs(STAGED, TARGET, None, NOW))
    changed = await queue.recover(Recover(frozenset([published.job.id]), 5.0))
    assert {job.id: job.state for job in changed} == {
        begun.job.id: JobState.QUEUED,
        publishing.job.id: JobState.QUEUED,
        published.job.id: JobState.DONE,
    }
    for claim in claims:
        assert await queue.finish(claim.lease, Fail(FAILURE, NOW)) is None
    again = [claim.job.id for _ in range(4) if (claim := await queue.claim("new", UNTIL))]
    assert again == [untouched.job.id, begun.job.id, publishing.job.id]


# Read and remember ------------------------------------------------------------------------------------------------


async def test_states_and_open_jobs(queue: Backend) -> None:
    jobs = [await put(queue) for _ in range(4)]
    await queue.change(jobs[0].id, Cancel(NOW))
    await queue.change(jobs[2].id, HoldUntil(Wait.NETWORK, 9.0, FAILURE, FailureCounts(), NOW))
    assert [job.id for job in await queue.in_states([JobState.QUEUED])] == [jobs[1].id, jobs[3].id]
    [waiting] = await queue.in_states([JobState.WAITING, *RUNNING])
    assert (waiting.id, waiting.wait_reason, waiting.not_before) == (jobs[2].id, Wait.NETWORK, 9.0)
    assert {*await queue.open_ids()} == {job.id for job in jobs[1:]}


async def test_progress_is_kept_and_changes_no_job(queue: Backend) -> None:
    claim = await claimed(queue)
    progress = Progress(stage=Stage.FETCHING, fraction=0.5, done_bytes=5)
    await queue.record_progress({claim.job.id: progress})
    assert await queue.progress([claim.job.id]) == {claim.job.id: progress}
    assert await queue.get(claim.job.id) == claim.job


async def test_a_learned_video_gives_one_job_its_identity(queue: Backend) -> None:
    first, second = await put(queue), await put(queue)
    for job in (first, second):
        await queue.learn_video(job.id, job.url, "example:1")
    identities = [(await queue.get(job.id)).identity for job in (first, second)]
    assert identities[0] not in (None, first.identity, second.identity)
    assert identities[1] == second.identity, "another job is that clip already"


async def test_two_owners_each_have_a_job_for_one_clip(queue: Backend) -> None:
    jobs = [await put(queue, owner=owner) for owner in ("ann", "bob")]
    for job in jobs:
        await queue.learn_video(job.id, job.url, "example:1")
    one, other = [await queue.get(job.id) for job in jobs]
    assert one.identity == other.identity != jobs[0].identity
    assert (one.owner, other.owner) == ("ann", "bob")


async def test_facts(queue: Backend) -> None:
    assert await queue.fact("paused") is None
    for value in ("1", "0"):
        await queue.set_fact("paused", value)
        assert await queue.fact("paused") == value


async def test_the_dispatcher_runs_the_jobs_of_any_queue(queue: Backend, tmp_path: Path) -> None:
    jobs = [await put(queue, f"site{number}.example") for number in range(3)]
    ended: list[str] = []
    all_ended = asyncio.Event()

    def note(job: Job) -> None:
        ended.append(job.id)
        if len(ended) == len(jobs):
            all_ended.set()

    network = Network.from_environment({})
    clock = SystemClock()
    dispatcher = Dispatcher(
        Dependencies(
            queue, NoWorkers("test"), Staging(tmp_path / "cache"), LocalStorage(), clock, lambda job, progress: None
        ),
        HostConditions(clock, tmp_path, lambda: tmp_path, lambda: True),
        limits=lambda: Limits(2, 1),
        plan=lambda job, fresh: RunPlan(tmp_path, WorkerSpec(network, tmp_path), "{title}", None, None, fresh),
        ended=note,
    )
    await dispatcher.start()
    async with asyncio.timeout(30.0):
        await all_ended.wait()
    await dispatcher.stop()
    assert {*ended} == {job.id for job in jobs}
    assert {(await queue.get(job.id)).state for job in jobs} == {JobState.FAILED}
