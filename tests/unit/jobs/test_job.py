"""A job's life: whatever is asked of it in whatever order, it is never in a state that makes no sense."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.jobs.errors import WrongState
from clipferry.jobs.job import (
    FINAL,
    NEXT,
    Failure,
    Job,
    Staged,
    Tries,
    Wait,
    cancel,
    done,
    fail,
    move,
    publish_as,
    recovered,
    requeue,
    retry,
    wait,
)
from clipferry.protocol import JobState, OutputParams

STAGED = Staged(Path("/staging/clip.mp4"), "clip.mp4", 10)
TARGET = Path("/downloads/clip.mp4")
FAILURE = Failure("network", "It failed.", "Try again.")
STEPS: dict[str, Callable[[Job], Job]] = {
    **{f"to {state}": partial(move, state=state, now=2.0) for state in JobState},
    "requeue": partial(requeue, now=2.0),
    "wait": partial(wait, reason=Wait.NETWORK, not_before=9.0, now=2.0, failure=FAILURE),
    "publish": partial(publish_as, staged=STAGED, target=TARGET, now=2.0),
    "done": partial(done, target=TARGET, now=2.0),
    "fail": partial(fail, failure=FAILURE, now=2.0),
    "cancel": partial(cancel, now=2.0),
    "retry": partial(retry, now=2.0),
}


def new_job() -> Job:
    return Job(id="j", url="https://v.example/", output=OutputParams(), created_at=1.0, updated_at=1.0, identity="i")


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=40))
def test_no_order_of_steps_leads_to_nonsense(names: list[str]) -> None:
    job = new_job()
    for name in names:
        before = job
        with contextlib.suppress(WrongState):
            job = STEPS[name](job)
            assert job.state in NEXT[before.state], f"{name} took {before.state} to {job.state}"
        assert (job.finished_at is not None) == (job.state in FINAL)
        assert job.wait_reason is None or job.state is JobState.WAITING
        assert job.failure is None or job.state in (JobState.WAITING, JobState.FAILED)


def test_what_is_done_stays_done() -> None:
    finished = done(publish_as(new_job(), STAGED, TARGET, 1.0), TARGET, 2.0)
    assert finished.size_bytes == STAGED.size_bytes
    for name, step in STEPS.items():
        with pytest.raises(WrongState):
            pytest.fail(f"{name} changed a finished job to {step(finished).state}")


def test_a_cancelled_clip_asked_for_again_is_a_new_job() -> None:
    assert cancel(new_job(), 2.0).identity is None


def test_a_retry_forgets_how_often_it_failed() -> None:
    tired = fail(move(new_job(), JobState.RESOLVING, 1.0), FAILURE, 1.0)
    assert retry(tired, 2.0).tries == Tries()


@pytest.mark.parametrize("state", [JobState.RESOLVING, JobState.FETCHING, JobState.CUTTING])
def test_interrupted_work_goes_back_into_the_queue_at_its_place(state: JobState) -> None:
    working = move(new_job(), JobState.RESOLVING, 1.0)
    working = working if state is JobState.RESOLVING else move(working, state, 1.0)
    again = recovered(working, 3.0)
    assert again.state is JobState.QUEUED
    assert again.position == working.position
