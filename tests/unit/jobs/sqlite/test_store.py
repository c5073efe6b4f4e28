"""The store: one answer per clip, one runner per job, and a damaged file is no reason not to start."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import DiskFull
from clipferry.clip.extract.video_links import video_address
from clipferry.clip.model import OutputKind
from clipferry.jobs.errors import JobNotFound
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import (
    FINAL,
    LOCAL_OWNER,
    FailureCounts,
    Job,
    Staged,
    Wait,
    cancel,
    done,
    fail,
    move,
    publish_as,
    requeue,
    wait,
)
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.policy.scheduler import waiting_hint
from clipferry.jobs.sqlite import database as database_module
from clipferry.jobs.sqlite.database import RESERVE_BYTES, Database, Reserve
from clipferry.jobs.sqlite.rows import COLUMNS, from_row, to_row
from clipferry.jobs.sqlite.store import Store
from clipferry.protocol.jobs import JobState, OutputParams, ProofInfo

IDS = Ids(lambda: 1_700_000_000.0)
STAGED = Staged(Path("/staging/clip.mp4"), "clip.mp4", 10)


def new_job(url: str = "https://v.example/a", **more: object) -> Job:
    base = Job(id=IDS.next(), url=url, output=OutputParams(), created_at=1.0, updated_at=1.0, site="v.example")
    return replace(base, **more)  # type: ignore[arg-type]  # a test's own shorthand


def first(job: Job) -> Job:
    return job


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "jobs.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


async def put(store: Store, job: Job) -> Job:
    made, _ = await store.create(job, video=video_address(job.url), again=False, answer=first)
    return made


async def test_asking_twice_is_answered_with_the_first(store: Store) -> None:
    one = await put(store, new_job(start_s=1.0, end_s=2.0))
    assert (await put(store, new_job(start_s=1.0, end_s=2.0))).id == one.id
    assert (await put(store, new_job(start_s=1.0, end_s=2.5))).id != one.id
    assert (await put(store, new_job(start_s=1.0, end_s=2.0, output=OutputParams(kind=OutputKind.MP3)))).id != one.id


async def test_equal_requests_of_two_owners_are_two_jobs(store: Store) -> None:
    one, other = [await put(store, new_job(owner=owner)) for owner in (LOCAL_OWNER, "ann")]
    assert one.identity == other.identity
    for job in (one, other):
        assert (await put(store, new_job(owner=job.owner))).id == job.id
        await store.learn_video(job.id, video_address(job.url), "example:1")
        assert (await put(store, new_job(owner=job.owner))).id == job.id
    assert (await store.get(one.id)).identity == (await store.get(other.id)).identity


async def test_each_owner_has_a_history_of_their_own(store: Store) -> None:
    one, other = [await put(store, new_job(owner=owner)) for owner in (LOCAL_OWNER, "ann")]
    assert await store.page("ann", limit=10) == [other]
    assert await store.get(other.id, "ann") == other
    with pytest.raises(JobNotFound):
        await store.get(one.id, "ann")
    assert (await store.count_open("ann"), await store.count_open("bob"), await store.count_open()) == (1, 0, 2)
    finished = done(publish_as(other, STAGED, Path("/d/clip.mp4"), 2.0), Path("/d/clip.mp4"), 3.0)
    await store.change(other.id, lambda _: finished)
    assert [job.id for job in await store.done_by_age("ann")] == [other.id]
    assert await store.done_by_age(LOCAL_OWNER) == []


async def test_fifty_at_once_are_one_job(store: Store) -> None:
    made = await asyncio.gather(*(put(store, new_job(start_s=1.0, end_s=2.0)) for _ in range(50)))
    assert len({job.id for job in made}) == 1
    assert await store.count_open() == 1


async def test_another_address_of_a_known_video_is_the_same_clip(store: Store) -> None:
    one = await put(store, new_job("https://v.example/watch/1"))
    await store.learn_video(one.id, video_address(one.url), "example:1")
    await store.learn_address(video_address("https://short.example/1"), "example:1")
    assert (await put(store, new_job("https://short.example/1"))).id == one.id
    assert (await put(store, new_job("https://v.example/watch/1"))).id == one.id


async def test_a_clip_ordered_before_its_address_was_known_is_found_afterwards(store: Store) -> None:
    page = "https://www.youtube.com/clip/Ugkx2"
    one = await put(store, new_job(url=page))
    await store.learn_address(video_address(page), "youtube:AAAAAAAAAA1", (7.5, 12.5))
    assert (await put(store, new_job(url=page))).id == one.id
    assert (await put(store, new_job(url=page, whole=True))).id != one.id


async def test_again_makes_a_second_one_once_the_first_is_done(store: Store) -> None:
    one = await put(store, new_job())
    running, _ = await store.create(new_job(), video=video_address(one.url), again=True, answer=first)
    assert running.id == one.id
    finished = done(publish_as(one, STAGED, Path("/d/clip.mp4"), 2.0), Path("/d/clip.mp4"), 3.0)
    await store.change(one.id, lambda _: finished)
    second, new = await store.create(new_job(), video=video_address(one.url), again=True, answer=first)
    assert new
    assert second.id != one.id
    assert (await put(store, new_job())).id == second.id


async def test_a_cancelled_clip_does_not_answer(store: Store) -> None:
    one = await put(store, new_job())
    await store.change(one.id, lambda job: cancel(job, 2.0))
    assert (await put(store, new_job())).id != one.id


async def test_the_queue_goes_by_priority_then_place(store: Store) -> None:
    jobs = [await put(store, new_job(start_s=float(number))) for number in range(5)]
    await store.move_before(jobs[4].id, jobs[1].id)
    await store.move_before(jobs[0].id, None)
    order = []
    while claim := await store.claim("me", 60.0):
        order.append(claim.job.id)
    assert order == [jobs[number].id for number in (4, 1, 2, 3, 0)]


async def test_a_job_can_be_moved_to_the_same_place_for_ever(store: Store) -> None:
    jobs = [await put(store, new_job(start_s=float(number))) for number in range(4)]
    for turn in range(200):
        await store.move_before(jobs[2 + turn % 2].id, jobs[1].id)
    queued = [job.id for job in await store.in_states([JobState.QUEUED])]
    assert queued == [jobs[number].id for number in (0, 2, 3, 1)]


async def test_a_busy_site_is_passed_over(store: Store) -> None:
    await put(store, new_job(site="busy.example"))
    other = await put(store, new_job("https://w.example/", site="w.example"))
    claim = await store.claim("me", 60.0, busy_sites=["busy.example"])
    assert claim is not None
    assert claim.job.id == other.id


async def test_a_job_has_one_runner_and_a_stopped_one_loses_its_lease(store: Store) -> None:
    one = await put(store, new_job())
    claim = await store.claim("first", 60.0)
    assert claim is not None
    assert await store.claim("second", 60.0) is None
    await store.stop(one.id, lambda job: move(job, JobState.PAUSED, 2.0))
    assert await store.advance(claim.lease, lambda job: move(job, JobState.RESOLVING, 3.0)) is None
    assert await store.finish(claim.lease, lambda job: fail(job, Failure("x", "", ""), 3.0)) is None
    assert (await store.get(one.id)).state is JobState.PAUSED


async def test_a_new_daemon_takes_over_what_its_predecessor_ran(store: Store) -> None:
    one = await put(store, new_job())
    claim = await store.claim("old", 1e12)
    assert claim is not None
    await store.advance(claim.lease, lambda job: move(job, JobState.RESOLVING, 2.0))
    await store.recover(lambda job: requeue(job, 3.0))
    assert await store.finish(claim.lease, lambda job: fail(job, Failure("x", "", ""), 3.0)) is None
    again = await store.claim("new", 60.0)
    assert again is not None
    assert again.job.id == one.id


async def test_pages_hold_every_job_once_newest_first(store: Store) -> None:
    made = [(await put(store, new_job(start_s=float(number)))).id for number in range(25)]
    seen: list[str] = []
    cursor = None
    while page := await store.page(LOCAL_OWNER, limit=10, cursor=cursor):
        seen += [job.id for job in page]
        cursor = seen[-1]
    assert seen == made[::-1]


async def test_search_finds_words_in_any_case_and_order(store: Store) -> None:
    one = await put(store, new_job(title="Über den Wolken", uploader="Kanal"))
    await put(store, new_job("https://v.example/b", title="Anderes"))
    assert [job.id for job in await store.page(LOCAL_OWNER, limit=10, query="WOLKEN über")] == [one.id]
    assert [job.id for job in await store.page(LOCAL_OWNER, limit=10, query="kanal")] == [one.id]
    assert await store.page(LOCAL_OWNER, limit=10, query="wolken anderes") == []
    elsewhere = await put(store, new_job("https://y.example/c", title="Wolken", site="video.example"))
    assert [job.id for job in await store.page(LOCAL_OWNER, limit=10, query="wolken VIDEO.example")] == [elsewhere.id]
    assert await store.page(LOCAL_OWNER, limit=10, query="%") == []


async def test_the_case_of_a_failure_and_its_params_are_kept(store: Store) -> None:
    error = DiskFull("space", detail="/disk", free_bytes=5, needed_bytes=10**9)
    failure = waiting_hint(Failure.of(error), Wait.DISK_FULL)
    made = await put(store, new_job())
    await store.change(made.id, lambda job: wait(job, Wait.DISK_FULL, 3.0, 2.0, failure))
    kept = (await store.get(made.id)).failure
    assert kept is not None
    assert kept == failure
    assert (kept.reason, kept.params["free_bytes"], kept.advice) == ("space", 5, "wait_disk_full")


async def test_states_filter_a_page(store: Store) -> None:
    one = await put(store, new_job())
    await store.change(one.id, lambda job: cancel(job, 2.0))
    await put(store, new_job())
    assert [job.id for job in await store.page(LOCAL_OWNER, limit=10, states=[JobState.CANCELLED])] == [one.id]


async def test_a_removed_job_is_gone(store: Store) -> None:
    one = await put(store, new_job())
    await store.remove(one.id)
    with pytest.raises(JobNotFound):
        await store.get(one.id)


@pytest.mark.parametrize("damage", ["start", "middle", "empty_header"])
async def test_a_damaged_file_is_put_aside_and_said(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "jobs.sqlite3"
    opened = Database(path)
    for number in range(300):
        await put(Store(opened), new_job(start_s=float(number)))
    opened.close()
    content = bytearray(path.read_bytes())
    match damage:
        case "start":
            content[:100] = b"\xff" * 100
        case "middle":
            content[8192:40960] = bytes(32768)
        case "empty_header":
            content = bytearray(b"not a database at all" * 100)
    path.write_bytes(content)
    again = Database(path)
    assert again.damaged is not None
    assert again.damaged.read_bytes() == bytes(content)
    made = await put(Store(again), new_job())
    assert (await Store(again).get(made.id)).id == made.id
    again.close()


def test_the_reserve_is_given_up_once_and_taken_again(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve")
    reserve.fill()
    assert (tmp_path / "reserve").stat().st_size == RESERVE_BYTES
    assert reserve.spend()
    assert not reserve.spend()
    reserve.fill()
    assert reserve.spend()


texts = st.text(max_size=30)
times = st.floats(0, 1e10)
jobs = st.builds(
    Job,
    id=st.just("x"),
    url=texts,
    output=st.builds(OutputParams, kind=st.sampled_from(OutputKind)),
    created_at=times,
    updated_at=times,
    state=st.sampled_from(JobState),
    start_s=st.none() | times,
    end_s=st.none() | times,
    allow_private=st.booleans(),
    from_page=st.booleans(),
    title=st.none() | texts,
    wait_reason=st.none() | st.sampled_from(Wait),
    tries=st.builds(FailureCounts, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    failure=st.none() | st.builds(Failure, texts, texts, texts, texts, st.none() | times),
    staged=st.none() | st.builds(Staged, st.just(Path("/a/b")), texts, st.integers(0, 2**60), st.none() | texts),
    target=st.none() | st.just(Path("/d/ä.mp4")),
    proof=st.none()
    | st.builds(ProofInfo, start_s=times, end_s=times, frames=st.just(1), copied_frames=st.just(1), path=texts),
    pinned=st.booleans(),
    live=st.booleans(),
    finishing=st.booleans(),
    session=st.booleans(),
)


@given(jobs)
def test_a_job_survives_its_row(job: Job) -> None:
    row = to_row(job)
    assert from_row([row[name] for name in COLUMNS]) == job


def test_final_states_are_what_the_index_says() -> None:
    assert {str(state) for state in FINAL} == {"done", "failed", "cancelled"}


def test_keys_of_before_that_were_not_unique_answer_for_nothing(tmp_path: Path) -> None:
    """Of a history of an earlier version only YouTube's ids are still a clip's identity, and what was promised whole stays whole."""
    path = tmp_path / "jobs.sqlite3"
    keys = ["youtube:AAAAAAAAAA1", "youtube:videoseries", "generic:index", "https://v.example/a"]
    with sqlite3.connect(path) as old:
        for script in sorted((Path(database_module.__file__).parent / "migrations").glob("000[12]*.sql")):
            old.executescript(script.read_text())
        old.execute("PRAGMA user_version=2")
        old.execute("INSERT INTO addresses VALUES ('https://v.example/b/index.m3u8', 'generic:index')")
        for number, key in enumerate(keys):
            job = new_job(identity=f'["{key}",1,0,null,{{}}]', start_s=5.0 if number == 1 else None)
            row = {name: value for name, value in to_row(job).items() if name not in ("owner", "session", "whole")}
            marks = ", ".join(f":{name}" for name in row)
            old.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({marks})", row)
    old.close()
    opened = Database(path)
    opened.close()
    with sqlite3.connect(path) as new:
        kept = new.execute("SELECT identity, whole FROM jobs ORDER BY id").fetchall()
        assert [whole for _, whole in kept] == [1, 0, 1, 1]
        assert [identity is not None for identity, _ in kept] == [True, False, False, False]
        assert new.execute("SELECT count(*) FROM addresses").fetchone() == (0,)
    new.close()


async def test_a_range_that_the_link_names_is_part_of_the_identity(store: Store) -> None:
    film, later = "https://www.youtube.com/watch?v=AAAAAAAAAA1", "https://www.youtube.com/watch?v=AAAAAAAAAA1&t=5"
    whole = await put(store, new_job(url=film))
    named = await put(store, new_job(url=later))
    assert named.id != whole.id
    assert (await put(store, new_job(url=film, start_s=5.0))).id == named.id
    assert (await put(store, new_job(url=later, whole=True))).id == whole.id


async def test_a_range_that_a_page_shows_is_known_by_its_address(store: Store) -> None:
    page = "https://www.youtube.com/clip/Ugkx1"
    await store.learn_address(video_address(page), "youtube:AAAAAAAAAA1", (7.5, 12.5))
    shown = await put(store, new_job(url=page))
    assert (await put(store, new_job(url="https://youtu.be/AAAAAAAAAA1", start_s=7.5, end_s=12.5))).id == shown.id
    assert (await put(store, new_job(url="https://youtu.be/AAAAAAAAAA1"))).id != shown.id
