"""Between a claim and the commit of what became of it: whatever fails there, no job is left without somebody who runs it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.errors import DiskFull, InvalidUrl
from clipferry.clip.http.network import Network
from clipferry.clip.model import Progress
from clipferry.jobs import lease_upkeep
from clipferry.jobs.dispatcher import Dispatcher
from clipferry.jobs.failure import Failure
from clipferry.jobs.host_conditions import HostConditions
from clipferry.jobs.job import LOCAL_OWNER, Job, Wait
from clipferry.jobs.job_run import Dependencies, JobRun, RunPlan
from clipferry.jobs.local_storage import LocalStorage
from clipferry.jobs.policy import scheduler
from clipferry.jobs.policy.scheduler import Limits
from clipferry.jobs.queue_state import QueueState
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.staging import Staging
from clipferry.jobs.worker.pool import TaskFailed, Workers, WorkerSpec
from clipferry.protocol.jobs import JobState, OutputParams
from clipferry.system.clock import SystemClock

WITHIN_S = 30.0


class Unforeseen(BaseException):
    """Not an ``Exception``: what native code raises when it panics."""


FAILURES = [RuntimeError, OSError, sqlite3.OperationalError, sqlite3.DatabaseError, asyncio.CancelledError, Unforeseen]


class NoWorkers(Workers):
    """Every task fails for good at once, so that no process is needed."""

    async def run(self, *args: Any, **more: Any) -> Any:
        raise TaskFailed(Failure.of(InvalidUrl()))


@dataclass
class Queue:
    dispatcher: Dispatcher
    store: Store
    dependencies: Dependencies
    conditions: HostConditions
    database: Database
    news: asyncio.Event

    def hear(self, *_: object) -> None:
        """Of a job."""

    def hear_end(self, job: Job) -> None:
        """Of one that will not run again by itself."""

    async def put(self, number: int = 0) -> Job:
        url = f"https://v.example/{number}"
        job = Job(id=f"{number:026}", url=url, site="v.example", output=OutputParams(), created_at=1.0, updated_at=1.0)
        made, _ = await self.store.create(job, video=url, again=False, answer=lambda first: first)
        self.dispatcher.commands.check_queue()
        return made

    async def until(self, job_id: str, *states: JobState) -> Job:
        """The job as soon as it is in one of ``states``; looked at whenever the runner tells of a job."""
        async with asyncio.timeout(WITHIN_S):
            while (job := await self.store.get(job_id)).state not in states:
                self.news.clear()
                await self.news.wait()
        return job


@pytest.fixture
async def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queue]:
    monkeypatch.setattr(lease_upkeep, "LEASE_S", 0.2)
    monkeypatch.setattr("clipferry.jobs.dispatcher.LEASE_S", 0.2)
    monkeypatch.setattr(lease_upkeep, "FLUSH_EVERY_S", 0.02)
    monkeypatch.setattr(scheduler, "LOOK_AGAIN_S", 0.05)
    made: list[Queue] = []

    def tell(job: Job, progress: Progress | None) -> None:
        news.set()
        made[0].hear(job, progress)

    clock, news, database = SystemClock(), asyncio.Event(), Database(tmp_path / "jobs.sqlite3")
    store = Store(database)
    dependencies = Dependencies(
        store,
        NoWorkers("test"),
        Staging(tmp_path / "cache"),
        LocalStorage(),
        clock,
        tell,
    )
    conditions = HostConditions(clock, tmp_path, lambda: tmp_path, lambda: True)
    network = Network.from_environment({})
    dispatcher = Dispatcher(
        dependencies,
        conditions,
        limits=lambda: Limits(2, 2),
        plan=lambda job, fresh: RunPlan(tmp_path, WorkerSpec(network, tmp_path), "{title}", None, None, fresh),
        ended=lambda job: made[0].hear_end(job),  # noqa: PLW0108 - looked up at each call, as a test may replace it
    )
    made.append(Queue(dispatcher, store, dependencies, conditions, database, news))
    await dispatcher.start()
    yield made[0]
    await dispatcher.stop()
    database.close()


def fails(times: int, kind: type[BaseException], work: Callable[..., Any]) -> Callable[..., Any]:
    """``work``, which fails with ``kind`` the first ``times`` times."""
    left = [times]

    def do(*args: Any, **more: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise kind("injected")
        return work(*args, **more)

    return do


STEPS = {
    "the plan": lambda queue: (queue.dispatcher, "_plan"),
    "the attempt itself": lambda queue: (JobRun, "run"),
    "the staging folder": lambda queue: (queue.dependencies.staging, "folder"),
    "the worker": lambda queue: (queue.dependencies.workers, "run"),
    "a state on the way": lambda queue: (queue.store, "advance"),
    "the outcome": lambda queue: (queue.store, "finish"),
    "the judgement of its site": lambda queue: (QueueState, "record_result"),
    "the verdict": lambda queue: (scheduler, "after_failure"),
    "its end": lambda queue: (queue, "hear_end"),
    "telling of it": lambda queue: (queue, "hear"),
    "its claim": lambda queue: (queue.store, "claim"),
    "the renewal of leases": lambda queue: (queue.store, "renew"),
    "the way outside": lambda queue: (queue.conditions, "online"),
}


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("step", STEPS)
async def test_whatever_fails_after_a_claim_ends_the_job_or_runs_it_again(
    step: str, kind: type[BaseException], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name = STEPS[step](queue)
    monkeypatch.setattr(where, name, fails(1, kind, getattr(where, name)))
    job = await queue.put()
    ended = await queue.until(job.id, JobState.FAILED)
    assert ended.failure is not None
    next_one = await queue.put(1)
    assert (await queue.until(next_one.id, JobState.FAILED)).failure is not None, "the queue itself goes on"


async def test_what_fails_every_time_is_given_up_and_reported(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "after_failure", fails(1000, RuntimeError, scheduler.after_failure))
    job = await queue.put()
    failed = await queue.until(job.id, JobState.FAILED)
    assert failed.failure is not None
    assert failed.failure.code == "worker_crashed"


async def test_a_damaged_row_fails_and_holds_nobody_up(queue: Queue) -> None:
    await queue.dispatcher.commands.pause_all(True)
    damaged, sound = await queue.put(0), await queue.put(1)
    await queue.database.write(lambda c: c.execute("UPDATE jobs SET output='{\"kind\": 1' WHERE id=?", (damaged.id,)))
    assert [job.id for job in await queue.store.page(LOCAL_OWNER, limit=10)] == [sound.id]
    await queue.dispatcher.commands.pause_all(False)
    await queue.until(sound.id, JobState.FAILED)
    told = await queue.until(damaged.id, JobState.FAILED)
    assert told.failure is not None
    assert "damaged" in told.failure.sentence
    assert len(await queue.store.page(LOCAL_OWNER, limit=10)) == 2


@pytest.mark.parametrize("kind", [*FAILURES[:4], DiskFull], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("step", ["change", "ready"])
async def test_a_job_that_waits_is_not_forgotten_where_waking_it_fails(
    step: str, kind: type[BaseException], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it keep the others from going on."""
    failing = fails(1, lambda _: TaskFailed(Failure.of(DiskFull())), queue.dependencies.workers.run)  # type: ignore[arg-type]
    monkeypatch.setattr(queue.dependencies.workers, "run", failing)
    room = threading.Event()
    monkeypatch.setattr(queue.conditions, "_has_more_space", room.is_set)
    job = await queue.put()
    waiting = await queue.until(job.id, JobState.WAITING)
    assert waiting.wait_reason is Wait.DISK_FULL
    where = queue.store if step == "change" else queue.conditions
    monkeypatch.setattr(where, step, fails(2, kind, getattr(where, step)))
    room.set()
    next_one = await queue.put(1)
    await queue.until(next_one.id, JobState.FAILED)
    await queue.until(job.id, JobState.FAILED)


async def test_a_lease_is_renewed_while_its_job_runs_and_runs_out_when_nobody_holds_it(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def long(*_: Any, **more: Any) -> Any:
        begun.set()
        await go_on.wait()
        raise TaskFailed(Failure.of(InvalidUrl()))

    monkeypatch.setattr(queue.dependencies.workers, "run", long)
    job = await queue.put()
    await begun.wait()
    async with asyncio.timeout(WITHIN_S):
        for _ in range(3):  # longer than the lease it was claimed with
            before, renewed = await until(queue), asyncio.Event()
            while await until(queue) == before:
                await asyncio.to_thread(renewed.is_set)
    assert (await queue.store.get(job.id)).state is JobState.RESOLVING, "nobody took it away meanwhile"
    go_on.set()
    await queue.until(job.id, JobState.FAILED)
    assert await until(queue) is None


async def until(queue: Queue) -> float | None:
    """When the only lease ends (Unix time)."""
    sql = "SELECT lease_until FROM jobs WHERE lease_owner IS NOT NULL"
    row = await queue.database.read(lambda c: c.execute(sql).fetchone())
    return None if row is None else float(row[0])
