"""A job's life: whatever is asked of it in whatever order, it is never in a state that makes no sense."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.jobs.errors import NotRecording, WrongState
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import (
    FINAL,
    NEXT,
    FailureCounts,
    Job,
    Staged,
    Wait,
    cancel,
    done,
    fail,
    finish,
    move,
    publish_as,
    recovered,
    requeue,
    retry,
    wait,
)
from clipferry.protocol.jobs import JobState, OutputParams

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
    "finish": partial(finish, now=2.0),
}


def new_job() -> Job:
    return Job(id="j", url="https://v.example/", output=OutputParams(), created_at=1.0, updated_at=1.0, identity="i")


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=40), st.booleans())
def test_no_order_of_steps_leads_to_nonsense(names: list[str], live: bool) -> None:
    job = replace(new_job(), live=live)
    for name in names:
        before = job
        with contextlib.suppress(WrongState):
            job = STEPS[name](job)
            stays = job.state is before.state and (
                name == "finish" or (name, job.state) == ("requeue", JobState.QUEUED)
            )
            assert stays or job.state in NEXT[before.state], f"{name} took {before.state} to {job.state}"
        assert (job.finished_at is not None) == (job.state in FINAL)
        assert job.wait_reason is None or job.state is JobState.WAITING
        assert job.failure is None or job.state in (JobState.WAITING, JobState.FAILED)


def test_what_is_done_stays_done() -> None:
    finished = done(publish_as(new_job(), STAGED, TARGET, 1.0), TARGET, 2.0)
    assert finished.size_bytes == STAGED.size_bytes
    for name, step in STEPS.items():  # NotRecording is one, too
        with pytest.raises(WrongState):
            pytest.fail(f"{name} changed a finished job to {step(finished).state}")


def test_a_cancelled_clip_asked_for_again_is_a_new_job() -> None:
    assert cancel(new_job(), 2.0).identity is None


def test_a_retry_forgets_how_often_it_failed() -> None:
    tired = fail(move(new_job(), JobState.RESOLVING, 1.0), FAILURE, 1.0)
    assert retry(tired, 2.0).tries == FailureCounts()


def recording(state: JobState = JobState.FETCHING, **more: object) -> Job:
    working = move(new_job(), JobState.RESOLVING, 1.0)
    job = working if state is JobState.RESOLVING else move(working, state, 1.0)
    return replace(job, live=True, **more)  # type: ignore[arg-type]  # a test's own shorthand


def test_only_a_recording_can_be_finished_and_twice_is_once() -> None:
    with pytest.raises(NotRecording):
        finish(new_job(), 2.0)
    told = finish(recording(), 2.0)
    assert (told.state, told.finishing, told.updated_at) == (JobState.FETCHING, True, 2.0)
    assert finish(told, 3.0) is told
    over = done(publish_as(recording(), STAGED, TARGET, 1.0), TARGET, 2.0)
    with pytest.raises(NotRecording):
        finish(over, 3.0)
    assert finish(replace(over, finishing=True), 3.0).state is JobState.DONE


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.WAITING])
def test_a_recording_that_stands_still_runs_again_to_be_finished(state: JobState) -> None:
    told = finish(recording(state), 2.0)
    assert (told.state, told.finishing) == (JobState.QUEUED, True)
    again = finish(replace(told, state=state), 3.0)
    assert again.state is JobState.QUEUED, "paused once more in between"


def test_a_finished_recording_answers_for_no_other() -> None:
    over = publish_as(recording(), STAGED, TARGET, 1.0)
    assert done(over, TARGET, 2.0).identity is None
    assert done(replace(over, live=False), TARGET, 2.0).identity == "i"


def test_a_recording_that_failed_over_its_end_goes_on_ending() -> None:
    failed = fail(recording(finishing=True), FAILURE, 2.0)
    assert retry(failed, 3.0).finishing
    nothing = fail(recording(finishing=True), Failure("nothing_recorded", "Nothing.", "Again."), 2.0)
    assert not retry(nothing, 3.0).finishing
    assert not retry(cancel(recording(finishing=True), 2.0), 3.0).finishing


@pytest.mark.parametrize("state", [JobState.RESOLVING, JobState.FETCHING, JobState.CUTTING])
def test_interrupted_work_goes_back_into_the_queue_at_its_place(state: JobState) -> None:
    working = move(new_job(), JobState.RESOLVING, 1.0)
    working = working if state is JobState.RESOLVING else move(working, state, 1.0)
    again = recovered(working, 3.0)
    assert again.state is JobState.QUEUED
    assert again.position == working.position
