"""Promises of docs/RELIABILITY.md (facts 2.1) on work that is stopped: nothing is left of it, or all of it."""

from __future__ import annotations

import time
from typing import Any

import psutil
import pytest

from origin import LocalInternet

from .companion import Companion
from .holding import STAGES, Hold
from .promised import create, fetched, wait_done


@pytest.mark.parametrize("stage", STAGES)
def test_cancel_leaves_no_process_and_no_byte(companion: Companion, site: LocalInternet, stage: str) -> None:
    hold = Hold(stage, companion, site)
    companion.start()
    file_id = create(companion, **hold.asked)
    hold.wait(file_id)
    assert companion.workers(), "there is nothing to be ended"
    began = time.monotonic()
    assert companion.ask("job.cancel", file_id=file_id)["state"] == "cancelled"
    print(f"\n{stage}: cancelled in {time.monotonic() - began:.2f} s")
    assert companion.workers() == []
    assert companion.staged() == []
    assert companion.files() == {}
    assert create(companion, **hold.asked) != file_id


def test_workers_with_children_die_with_a_killed_daemon(companion: Companion, site: LocalInternet) -> None:
    companion.start()
    file_id = create(companion, output={"kind": "gif"}, start_time=0.0, end_time=30.0)
    companion.wait_for(file_id, ("cutting",))
    companion.kill()
    assert companion.wait_no_workers(20.0) == []


def test_a_worker_that_cannot_hear_is_reaped_at_the_next_start(companion: Companion, site: LocalInternet) -> None:
    site.shape(link_bps=50_000)
    companion.start()
    file_id = create(companion)
    companion.wait_for(file_id, ("fetching",))
    workers = companion.workers()
    for worker in workers:
        worker.suspend()
    companion.kill()
    assert all(worker.is_running() for worker in workers)
    site.shape()
    companion.start()
    assert psutil.wait_procs(workers, timeout=2)[1] == []
    wait_done(companion, file_id)


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_what_was_fetched_is_not_fetched_again(companion: Companion, site: LocalInternet, how: str) -> None:
    times: dict[str, Any] = {"start_time": 5.0, "end_time": 45.0, "output": {"max_height": 720}}
    companion.start()
    wait_done(companion, create(companion, **times))
    whole = fetched(site)
    site.reset()
    site.shape(link_bps=400_000)
    file_id = create(companion, **times, again=True)
    with companion.talk() as line:
        for event in line.events(60):
            progress = event["data"].get("progress") or {}
            if event["data"]["file_id"] == file_id and progress.get("done_bytes", 0) > whole / 3:
                break
    if how == "pause":
        assert companion.ask("job.pause", file_id=file_id)["state"] == "paused"
        assert companion.workers() == []
        site.shape()
        companion.ask("job.resume", file_id=file_id)
    else:
        companion.kill()
        site.shape()
        companion.start()
    wait_done(companion, file_id)
    again = fetched(site) - whole
    print(f"\n{how}: {again} of {whole} bytes were fetched twice")
    assert again <= min(1 << 20, whole // 4)
