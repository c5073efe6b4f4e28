"""Transitions that name the states they apply to are refused in every other one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipferry.jobs.errors import WrongState
from clipferry.jobs.job import Job
from clipferry.jobs.transitions import Requeue, Retry
from clipferry.protocol.jobs import JobState, OutputParams

JOB = Job(id="1", url="https://v.example/", output=OutputParams(), created_at=1.0, updated_at=1.0)


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("only", [JobState.PAUSED, JobState.WAITING, JobState.RESOLVING])
def test_a_job_is_requeued_only_from_the_states_that_were_named(state: JobState, only: JobState) -> None:
    job = replace(JOB, state=state)
    requeue = Requeue(2.0, only=frozenset((only,)))
    if state is only:
        assert requeue(job).state is JobState.QUEUED
    else:
        with pytest.raises(WrongState):
            requeue(job)


@pytest.mark.parametrize("state", JobState)
def test_a_job_is_retried_only_from_the_states_that_were_named(state: JobState) -> None:
    job = replace(JOB, state=state)
    retry = Retry(2.0, only=frozenset((JobState.FAILED, JobState.WAITING)))
    if state in (JobState.FAILED, JobState.WAITING):
        assert retry(job).state is JobState.QUEUED
    else:
        with pytest.raises(WrongState):
            retry(job)
