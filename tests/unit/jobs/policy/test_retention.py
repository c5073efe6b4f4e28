"""What is cleaned up by itself: nothing, unless the person said so; never a pinned clip, never a file that is not the clip."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.jobs.errors import WrongState
from clipferry.jobs.job import LOCAL_OWNER, Job, Staged, done, publish_as
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.policy.retention import Retention, delete_file, expired
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.protocol.jobs import JobState, OutputParams
from clipferry.protocol.settings import RetentionSettings

DAY = 86400.0
NOW = 400 * DAY


def clip(number: int, age_days: float, size: int, pinned: bool = False) -> Job:
    at = NOW - age_days * DAY
    return Job(
        *(str(number), "u", OutputParams(), at, at, JobState.DONE), finished_at=at, size_bytes=size, pinned=pinned
    )


clips = st.lists(st.tuples(st.floats(0, 390), st.integers(0, 1000), st.booleans()), max_size=30).map(
    lambda rows: [clip(number, *row) for number, row in enumerate(sorted(rows, key=lambda row: -row[0]))]
)
rules = st.builds(
    RetentionSettings, max_age_days=st.none() | st.integers(1, 400), max_total_bytes=st.none() | st.integers(1, 20_000)
)


@given(clips)
def test_nothing_goes_unless_it_was_turned_on(all_: list[Job]) -> None:
    assert expired(all_, RetentionSettings(), NOW) == []


@given(clips, rules)
def test_what_stays_and_what_goes(all_: list[Job], wanted: RetentionSettings) -> None:
    gone = expired(all_, wanted, NOW)
    stays = [one for one in all_ if one not in gone]
    assert not any(one.pinned for one in gone)
    if wanted.max_age_days is not None:
        limit = NOW - wanted.max_age_days * DAY
        assert all(one.pinned or (one.finished_at or 0) >= limit for one in stays)
    if wanted.max_total_bytes is not None:
        total = sum(one.size_bytes or 0 for one in stays)
        assert total <= wanted.max_total_bytes or all(one.pinned for one in stays)
    elif wanted.max_age_days is not None:
        assert all((one.finished_at or 0) < NOW - wanted.max_age_days * DAY for one in gone)


def test_the_oldest_go_first() -> None:
    all_ = [clip(1, 9, 100), clip(2, 5, 100), clip(3, 1, 100)]
    assert [one.id for one in expired(all_, RetentionSettings(max_total_bytes=250), NOW)] == ["1"]


def test_a_file_that_was_changed_since_is_not_ours_to_delete(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"another film")
    job = Job("1", "u", OutputParams(), 1.0, 1.0, JobState.DONE, target=file, size_bytes=5)
    with pytest.raises(WrongState):
        delete_file(job)
    assert file.exists()


def _become(_: Job, *, finished: Job) -> Job:
    return finished


async def test_what_was_shown_is_what_goes_and_the_history_stays(tmp_path: Path) -> None:
    database = Database(tmp_path / "jobs.sqlite3")
    store = Store(database)
    ids = Ids(lambda: 1.0)
    for number, pinned in enumerate([False, True, False, False]):
        file = tmp_path / f"{number}.mp4"
        file.write_bytes(b"x" * 100)
        job = Job(ids.next(), f"https://v.example/{number}", OutputParams(), 1.0, 1.0)
        made, _ = await store.create(job, video=job.url, again=False, answer=lambda first: first)
        staged = Staged(file, file.name, 100)
        finished = done(publish_as(made, staged, file, 1.0), file, float(number))
        await store.change(made.id, partial(_become, finished=replace(finished, pinned=pinned)))
    (tmp_path / "3.mp4").write_bytes(b"somebody worked on this one")
    rules = RetentionSettings(max_total_bytes=150)
    retention = Retention(store, lambda: rules, lambda: 10.0)
    shown = await retention.preview(rules)
    assert [job.target.name for job in shown if job.target] == ["0.mp4", "2.mp4", "3.mp4"]
    gone = await retention.sweep()
    assert [job.target.name for job in gone if job.target] == ["0.mp4", "2.mp4"]
    assert [(tmp_path / f"{number}.mp4").exists() for number in range(4)] == [False, True, False, True]
    assert len(await store.page(LOCAL_OWNER, limit=10)) == 4
    assert await retention.preview(RetentionSettings()) == []
    database.close()
