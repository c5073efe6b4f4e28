"""Ordering clips: addresses, ranges, and the older job that is the same clip."""

from __future__ import annotations

import pytest

from clipferry.clip.errors import BlockedAddress, ClipError, InvalidRange, InvalidUrl
from clipferry.jobs.errors import FileGone, NotReady
from clipferry.protocol.jobs import Job as JobMessage
from clipferry.service import Principal

from .desk import PAGE, PERSON, Desk


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1/x", BlockedAddress),
        ("http://2130706433/x", BlockedAddress),
        ("file:///etc/passwd", InvalidUrl),
        ("--exec=x", InvalidUrl),
        ("https://a@b.example/", InvalidUrl),
    ],
)
@pytest.mark.parametrize("caller", [PAGE, PERSON])
async def test_an_address_that_leads_nowhere_good_makes_no_job(
    desk: Desk, url: str, kind: type[ClipError], caller: Principal
) -> None:
    with pytest.raises(kind):
        await desk.create(caller, url=url)
    assert await desk.store.count_open() == 0


async def test_a_person_may_mean_a_private_address(desk: Desk) -> None:
    made = await desk.create(PERSON, url="http://127.0.0.1:8000/film.mp4", allow_private=True)
    assert made.state == "queued"


async def test_the_demo_opens_one_private_origin_to_pages(desk: Desk) -> None:
    await desk.ask("private.allow", PERSON, origin="http://127.0.0.1:8123")
    await desk.create(PAGE, url="http://127.0.0.1:8123/watch")
    with pytest.raises(BlockedAddress):
        await desk.create(PAGE, url="http://127.0.0.1:8124/watch")


async def test_an_end_before_the_start_makes_no_job(desk: Desk) -> None:
    with pytest.raises(InvalidRange):
        await desk.create(start_time=10, end_time=10)
    assert await desk.store.count_open() == 0


async def test_a_done_clip_whose_file_is_gone_is_taken_again(desk: Desk) -> None:
    first = await desk.create()
    path = await desk.finish(first.file_id)
    assert (await desk.create()).file_id == first.file_id
    path.unlink()
    second = await desk.create()
    assert second.file_id != first.file_id
    with pytest.raises(FileGone):
        await desk.ask("job.path", file_id=first.file_id)
    with pytest.raises(NotReady):
        await desk.ask("job.path", file_id=second.file_id)
    seen = await desk.ask("job.get", file_id=first.file_id)
    assert isinstance(seen, JobMessage)
    assert seen.file_missing


async def test_asking_again_says_that_an_older_job_answers(desk: Desk) -> None:
    first, second = await desk.create(PAGE), await desk.create(PAGE)
    assert (first.created, second.created) == (True, False)
    assert second.file_id == first.file_id
    path = await desk.finish(first.file_id)
    assert (await desk.create(PAGE)).created is False
    path.unlink()
    assert (await desk.create(PAGE)).created is True, "its file is gone, so this one is another job"
