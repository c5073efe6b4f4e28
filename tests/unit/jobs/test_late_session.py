"""What a request brings while the attempt that began without it is under way: the job is tried again with it, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.errors import BlockedAddress
from clipferry.clip.http.network import Network
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import Job
from clipferry.jobs.job_run import RunPlan
from clipferry.jobs.worker.messages import JobSpec
from clipferry.jobs.worker.pool import TaskFailed, WorkerSpec
from clipferry.protocol.jobs import JobState

from .test_dispatcher_failures import WITHIN_S, Queue, queue

__all__ = ["queue"]


@pytest.mark.parametrize("what", ["permission", "session"])
async def test_an_attempt_that_began_without_it_is_repeated(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    began: list[tuple[bool, str | None]] = []

    def plan(job: Job, fresh: bool) -> RunPlan:
        network = Network(allow_private=job.allow_private)
        session = "lent" if job.session else None
        return RunPlan(tmp_path, WorkerSpec(network, tmp_path), "{title}", None, None, fresh, session)

    def brought(job: Job) -> Job:
        return replace(job, allow_private=True) if what == "permission" else replace(job, session=True)

    async def run(worker_spec: WorkerSpec, task: JobSpec, *_: Any, **__: Any) -> Any:
        job = await queue.store.get(task.job_id)
        began.append((worker_spec.network.allow_private, "lent" if job.session else None))
        if len(began) == 1:
            await queue.store.change(task.job_id, brought)
        raise TaskFailed(Failure.of(BlockedAddress()))

    monkeypatch.setattr(queue.dispatcher, "_plan", plan)
    monkeypatch.setattr(queue.dependencies.workers, "run", run)
    job = await queue.put()
    async with asyncio.timeout(WITHIN_S):
        while len(began) < 2:
            queue.news.clear()
            await queue.news.wait()
    await queue.until(job.id, JobState.FAILED)
    assert began == [(False, None), (True, None) if what == "permission" else (False, "lent")]
