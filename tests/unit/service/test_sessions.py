"""Sessions that are lent for a clip: handed over, given back, required."""

from __future__ import annotations

import pytest

from clipferry.clip.errors import LoginRequired
from clipferry.jobs.errors import NotAllowed, SessionNeeded
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import fail
from clipferry.protocol.jobs import Job as JobMessage
from clipferry.service import Principal

from .desk import PAGE, PERSON, Desk

COOKIES: list[dict[str, str]] = [{"domain": ".video.example", "name": "sid", "value": "s3cret"}]


async def failed_for_want_of_a_session(desk: Desk, caller: Principal = PAGE) -> str:
    made = await desk.create(caller)
    await desk.store.change(made.file_id, lambda job: fail(job, Failure.of(LoginRequired()), 2.0))
    return made.file_id


def session_of(desk: Desk, file_id: str) -> str:
    file = desk.cookies.file(file_id)
    return "" if file is None else file.read_text()


@pytest.mark.parametrize("state", ["failed", "queued", "paused"])
async def test_a_request_that_an_older_job_answers_hands_its_session_over(desk: Desk, state: str) -> None:
    file_id = await failed_for_want_of_a_session(desk) if state == "failed" else (await desk.create(PAGE)).file_id
    if state == "paused":
        await desk.ask("job.pause", file_id=file_id)
    joined = await desk.create(PAGE, cookies=COOKIES)
    assert (joined.file_id, joined.created) == (file_id, False)
    assert joined.state == ("queued" if state == "failed" else state)
    assert "s3cret" in session_of(desk, file_id)
    assert (await desk.store.get(file_id)).session


async def test_a_session_for_a_clip_that_is_done_is_given_back_at_once(desk: Desk) -> None:
    made = await desk.create(PAGE)
    await desk.finish(made.file_id)
    assert (await desk.create(PAGE, cookies=COOKIES)).file_id == made.file_id
    assert session_of(desk, made.file_id) == ""
    assert not (await desk.store.get(made.file_id)).session


async def test_a_session_that_comes_when_the_job_has_just_failed_runs_it_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await desk.create(PAGE)
    hand_over = desk.cookies.hand_over

    def failing_meanwhile(from_id: str, to_id: str) -> bool:
        desk.database.write_now(lambda c: c.execute("UPDATE jobs SET state='failed' WHERE id=?", (to_id,)))
        return hand_over(from_id, to_id)

    monkeypatch.setattr(desk.cookies, "hand_over", failing_meanwhile)
    joined = await desk.create(PAGE, cookies=COOKIES)
    assert (joined.file_id, joined.state) == (made.file_id, "queued")
    assert "s3cret" in session_of(desk, made.file_id)


async def test_a_retry_asks_for_the_session_that_it_needs_and_takes_it(desk: Desk) -> None:
    file_id = await failed_for_want_of_a_session(desk)
    for cookies in ([], [{**COOKIES[0], "domain": ".other.example"}]):
        with pytest.raises(SessionNeeded):
            await desk.ask("job.retry", PAGE, file_id=file_id, cookies=cookies)
    assert (await desk.store.get(file_id)).failure is not None, "it is as it was"
    again = await desk.ask("job.retry", PAGE, file_id=file_id, cookies=COOKIES)
    assert isinstance(again, JobMessage)
    assert again.state == "queued"
    assert "s3cret" in session_of(desk, file_id)
    folder = desk.cookies.file(file_id)
    assert folder is not None
    assert [path.stem for path in folder.parent.iterdir()] == [file_id], "nothing is kept beside it"


async def test_a_person_who_joins_the_clip_of_a_page_brings_their_permission_and_a_page_never_does(desk: Desk) -> None:
    of_page = await failed_for_want_of_a_session(desk)
    joined = await desk.create(PERSON, allow_private=True)
    assert joined.file_id == of_page
    kept = await desk.store.get(of_page)
    assert (kept.allow_private, kept.from_page) == (True, False)
    with pytest.raises(NotAllowed):
        await desk.ask("job.remove", PAGE, file_id=of_page, trash=True)
    of_other_page = await desk.create(PAGE)
    assert of_other_page.file_id != of_page, "a page's request runs with a page's rights"
    assert not (await desk.store.get(of_other_page.file_id)).allow_private
