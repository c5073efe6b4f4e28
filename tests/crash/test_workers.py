"""Worker processes that hang, die or grow: the daemon notices, says so, and nothing of them is left."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from clipferry.clip.http.network import Network
from clipferry.clip.model import Progress, Stage
from clipferry.jobs.job import Job
from clipferry.jobs.job_run import RunPlan, job_spec
from clipferry.jobs.worker import pool
from clipferry.jobs.worker.messages import JobSpec, Report, ResolveSpec
from clipferry.jobs.worker.pool import TaskFailed, Workers, WorkerSpec
from clipferry.protocol.jobs import OutputParams
from clipferry.system.process import MARK, kill_group, marked, reap
from origin import LocalInternet

URL = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


@pytest.fixture
def worker_spec(site: LocalInternet, tmp_path: Path) -> WorkerSpec:
    return WorkerSpec(Network.from_environment(site.env()), tmp_path / "resolved")


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[Workers]:
    mark = str(tmp_path)
    employed = Workers(mark, standstill_s=2.0)
    yield employed
    await employed.close()
    assert marked(mark) == []


def task_of_clip(worker_spec: WorkerSpec, folder: Path) -> JobSpec:
    """The daemon's own task for a clip, so that a field that is added to it is in here as well."""
    output = OutputParams(max_height=360)
    job = Job(id="a", url=URL, output=output, start_s=5.0, end_s=25.0, created_at=1.0, updated_at=1.0)
    return job_spec(job, RunPlan(folder, worker_spec, "{title}", None, None, fresh=False), folder)


async def started(mark: str) -> list[psutil.Process]:
    """The processes of the worker that was just started: the kernel shows their environment once it has completed the exec."""
    while not (found := marked(mark)):  # noqa: ASYNC110 - nothing reports it
        await asyncio.sleep(0)
    return found


async def test_a_warmed_worker_is_the_one_that_works(crew: Workers, worker_spec: WorkerSpec, tmp_path: Path) -> None:
    await crew.warm(worker_spec)
    warmed = {process.pid for process in await started(str(tmp_path))}
    result = await crew.run(worker_spec, ResolveSpec(URL))
    assert result.key == "youtube:AAAAAAAAAA1"
    assert {process.pid for process in marked(str(tmp_path))} == warmed


async def test_a_worker_for_another_network_is_another_worker(
    crew: Workers, worker_spec: WorkerSpec, tmp_path: Path
) -> None:
    await crew.warm(worker_spec)
    warmed = await started(str(tmp_path))
    await crew.warm(replace(worker_spec, network=replace(worker_spec.network, allow_private=True)))
    await asyncio.to_thread(psutil.wait_procs, warmed, 5)
    [now] = marked(str(tmp_path))
    assert now not in warmed


async def test_a_standstill_is_ended_and_named(
    crew: Workers, worker_spec: WorkerSpec, site: LocalInternet, tmp_path: Path
) -> None:
    fetching = asyncio.Event()

    async def hear(report: Report) -> None:
        if isinstance(report, Progress) and report.stage is Stage.FETCHING:
            fetching.set()

    site.shape(link_bps=50_000)
    task = asyncio.create_task(crew.run(worker_spec, task_of_clip(worker_spec, tmp_path / "staging"), hear))
    await asyncio.wait({asyncio.create_task(fetching.wait()), task}, return_when=asyncio.FIRST_COMPLETED)
    for process in marked(str(tmp_path)):
        process.send_signal(signal.SIGSTOP)
    with pytest.raises(TaskFailed) as failed:
        await task
    assert failed.value.failure.code == "worker_hung"
    assert marked(str(tmp_path)) == []


async def test_a_death_is_named_with_what_it_said_last(crew: Workers, worker_spec: WorkerSpec, tmp_path: Path) -> None:
    await crew.warm(worker_spec)
    task = asyncio.create_task(crew.run(worker_spec, ResolveSpec(URL)))
    await asyncio.sleep(0)
    for process in await started(str(tmp_path)):
        process.send_signal(signal.SIGSEGV)
    with pytest.raises(TaskFailed) as failed:
        await task
    assert failed.value.failure.code == "worker_crashed"
    assert f"exit {-signal.SIGSEGV}" in failed.value.failure.detail


async def test_too_much_memory_is_noticed_and_named(
    crew: Workers, worker_spec: WorkerSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MAX_RSS_BYTES", 1 << 20)  # Any Python is larger than that.
    with pytest.raises(TaskFailed) as failed:
        await crew.run(worker_spec, ResolveSpec(URL))
    assert failed.value.failure.code == "too_much_memory"
    assert marked(str(tmp_path)) == []


async def test_cancelling_returns_when_the_whole_tree_is_gone(
    crew: Workers, worker_spec: WorkerSpec, tmp_path: Path
) -> None:
    await crew.warm(worker_spec)
    task = asyncio.create_task(crew.run(worker_spec, ResolveSpec(URL)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert marked(str(tmp_path)) == []


def test_reaping_takes_what_carries_our_mark_and_nothing_else(tmp_path: Path) -> None:
    ours = psutil.Popen(["sleep", "600"], env={MARK: str(tmp_path), "PATH": os.environ["PATH"]})
    other = psutil.Popen(["sleep", "600"], start_new_session=True)
    try:
        assert reap(str(tmp_path)) == 1
        assert not ours.is_running() or ours.status() == psutil.STATUS_ZOMBIE
        assert other.is_running()
    finally:
        kill_group(other.pid)
        other.wait()
        ours.wait()
