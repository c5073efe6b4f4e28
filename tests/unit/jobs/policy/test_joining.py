"""A request that an older job answers: what it brings is taken over, and no right that its caller does not have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import AgeRestricted, LoginRequired, MembersOnly, NetworkError, PrivateVideo, RemovedVideo
from clipferry.jobs.errors import SessionExpired, SessionNeeded
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import FailureCounts, Job
from clipferry.jobs.policy.joining import join
from clipferry.jobs.policy.lent_sessions import explained, needed
from clipferry.protocol.jobs import JobState, OutputParams

LOGIN = Failure.of(LoginRequired())


def job(state: JobState = JobState.QUEUED, **more: object) -> Job:
    values = {"id": "a", "url": "https://v.example/", "output": OutputParams(), "created_at": 1.0, "updated_at": 1.0}
    return Job(state=state, **{**values, **more})  # type: ignore[arg-type]


states = st.sampled_from(JobState)
requests = st.builds(
    lambda page, private, session, title: job(
        from_page=page, allow_private=private and not page, session=session, title=title
    ),
    *(st.booleans(), st.booleans(), st.booleans(), st.none() | st.just("a title")),
)


@given(states, requests, requests)
def test_no_request_gains_a_right_or_loses_what_it_brings(state: JobState, first: Job, request: Job) -> None:
    joined = join(replace(first, state=state, target=Path(__file__)), request, 2.0)
    if joined is None:
        assert request.from_page and first.allow_private, "a page is not served with a person's permission"
        return
    assert joined.allow_private == (first.allow_private or request.allow_private)
    assert not (joined.from_page and joined.allow_private)
    assert joined.from_page == (first.from_page and request.from_page)
    assert joined.title == (first.title or request.title)
    assert joined.session == (first.session or (request.session and state is not JobState.DONE))
    assert joined.state is (JobState.QUEUED if state is JobState.FAILED else state)


def test_a_failed_job_begins_anew() -> None:
    joined = join(job(JobState.FAILED, failure=LOGIN, tries=FailureCounts(3, 1, 1)), job(session=True), 2.0)
    assert joined is not None
    assert (joined.tries, joined.failure, joined.session) == (FailureCounts(), None, True)


def test_a_clip_whose_file_is_gone_does_not_answer() -> None:
    location = Path("/nowhere/clip.mp4")
    done = job(JobState.DONE, target=location)
    assert join(done, job(), 2.0, {location}) is None
    assert join(done, job(), 2.0, {Path("/nowhere/else.mp4")}) == done


@pytest.mark.parametrize("kind", [LoginRequired, AgeRestricted, PrivateVideo, MembersOnly])
def test_who_lent_a_session_is_told_of_the_session_and_not_to_lend_one(kind: type[LoginRequired]) -> None:
    failure = Failure.of(kind(detail="said the site"))
    assert explained(failure, lent=False, used=False) == failure
    expired, gone = explained(failure, lent=True, used=True), explained(failure, lent=True, used=False)
    assert (expired.code, gone.code) == (SessionExpired.code, SessionNeeded.code)
    assert "no longer valid" in expired.sentence
    assert "restarted" in gone.sentence
    assert len({failure.hint, expired.hint, gone.hint}) == 3


def test_other_failures_are_told_as_they_are() -> None:
    for error in (RemovedVideo(), NetworkError()):
        assert explained(Failure.of(error), lent=True, used=True) == Failure.of(error)


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (job(JobState.FAILED, failure=LOGIN), True),
        (job(JobState.FAILED, failure=Failure.of(SessionExpired())), True),
        (job(JobState.FAILED, failure=Failure.of(NetworkError())), False),
        (job(JobState.FAILED, failure=Failure.of(NetworkError()), session=True), True),
        (job(JobState.CANCELLED, session=True), True),
        (job(JobState.CANCELLED), False),
        (job(JobState.WAITING, failure=LOGIN, session=True), False),
    ],
)
def test_when_another_try_needs_a_session(one: Job, wanted: bool) -> None:
    assert needed(one) is wanted
