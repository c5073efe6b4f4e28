"""Histories of a newer version: what this one does not know is neither shown nor lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clipferry.clip.model import Progress, Stage
from clipferry.jobs.errors import JobNotFound, NewerVersion
from clipferry.jobs.job import LOCAL_OWNER, FailureCounts, Wait
from clipferry.jobs.sqlite.database import Database, HistoryTooNew
from clipferry.jobs.sqlite.rows import NEWER
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.transitions import Pin, Recover, Requeue, Retry
from clipferry.protocol.jobs import JobState, OutputParams

from .histories import insert, job, rows, write


def newer(path: Path, oldest_schema: int = 5) -> None:
    """Make the file that of a newer version, which has added columns and fields, and values to every enumeration."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("ALTER TABLE jobs ADD COLUMN folder TEXT NOT NULL DEFAULT 'inbox'")
        file.execute("UPDATE jobs SET folder='talks'")
        file.execute("CREATE TABLE labels (job TEXT, label TEXT)")
        for column in ("output", "tries", "failure", "staged", "proof"):
            file.execute(f"UPDATE jobs SET {column}=json_set({column}, '$.newer', json('[1, 2]')) WHERE {column} > ''")
        file.execute("INSERT OR REPLACE INTO facts VALUES ('oldest_schema', ?)", (oldest_schema,))
        file.execute("PRAGMA user_version=99")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "jobs.sqlite3"
    Database(made).close()
    return made


@pytest.fixture
def opened(path: Path) -> Iterator[list[Database]]:
    databases: list[Database] = []
    yield databases
    for database in databases:
        database.close()


def store_of(path: Path, opened: list[Database]) -> Store:
    opened.append(Database(path))
    return Store(opened[-1])


async def test_a_newer_versions_rows_keep_what_this_one_does_not_know(path: Path, opened: list[Database]) -> None:
    """Read, changed and saved again, a row has every value that was not changed, byte by byte."""
    insert(path, jobs := [job(number, state) for number, state in enumerate(JobState)])
    newer(path)
    before = rows(path)
    store = store_of(path, opened)
    assert await store.page(LOCAL_OWNER, limit=50) == jobs[::-1]
    for one in jobs:
        await store.change(one.id, Pin(True))
    assert rows(path) == {job_id: {**row, "pinned": 1} for job_id, row in before.items()}
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (99,)


async def test_counts_of_a_newer_version_go_on_with_the_others(path: Path, opened: list[Database]) -> None:
    insert(path, [one := job(3, JobState.WAITING)])
    newer(path)
    await store_of(path, opened).change(one.id, Requeue(5.0, tries=FailureCounts(retries=4)))
    assert json.loads(rows(path)[one.id]["tries"]) == {
        **{"retries": 4, "crashes": 0, "expiries": 0, "refusals": 0},
        "newer": [1, 2],
    }


async def test_new_jobs_are_made_beside_those_of_a_newer_version(path: Path, opened: list[Database]) -> None:
    newer(path)
    store = store_of(path, opened)
    made, _ = await store.create(job(1, JobState.QUEUED), video="x", again=False, answer=lambda first: first)
    assert rows(path)[made.id]["folder"] == "inbox"
    assert await store.get(made.id) == made


@pytest.mark.parametrize(
    "values",
    [
        {"state": "archived"},
        {"output": '{"kind":"avif"}'},
        {"output": '{"kind":"mp4","mode":"lossless"}'},
        {"output": '{"kind":"mp4","codec":"h266"}'},
        {"output": '{"kind":"mp4","max_height":17280}'},
    ],
    ids=lambda values: next(iter(values.values())),
)
async def test_a_job_that_only_a_newer_version_can_run_is_shown_and_left_to_it(
    path: Path, opened: list[Database], values: dict[str, str]
) -> None:
    insert(path, [one := job(1, JobState.QUEUED), other := job(2, JobState.QUEUED)])
    write(path, one, **values)
    newer(path)
    before = rows(path)
    store = store_of(path, opened)
    shown = {entry.id: entry for entry in await store.page(LOCAL_OWNER, limit=50)}[one.id]
    assert (shown.state, shown.failure) == (JobState.FAILED, NEWER)
    claim = await store.claim("me", 60.0)
    assert claim is not None
    assert claim.job.id == other.id
    assert await store.claim("me", 60.0) is None
    await store.recover(Recover(frozenset(), 3.0))
    with pytest.raises(NewerVersion):
        await store.change(one.id, Retry(3.0))
    assert rows(path)[one.id] == before[one.id]
    assert one.id in await store.open_ids(), "its staging stays"
    await store.remove(one.id)
    with pytest.raises(JobNotFound):
        await store.get(one.id)


@pytest.mark.parametrize("column", ["output", "proof", "wait_reason", "progress"])
async def test_a_value_that_only_a_newer_version_has_hides_no_job(
    path: Path, opened: list[Database], column: str
) -> None:
    text = {
        "output": '{"kind":"avif","max_height":720}',
        "proof": json.dumps({"start_s": 1.0, "end_s": 2.0, "frames": 3, "path": "x", "ended": "solar eclipse"}),
        "wait_reason": "quota",
        "progress": '{"stage":"dreaming","fraction":0.5}',
    }[column]
    insert(path, [one := job(1, JobState.WAITING if column == "wait_reason" else JobState.DONE)])
    write(path, one, **{column: text})
    newer(path)
    store = store_of(path, opened)
    [shown] = await store.page(LOCAL_OWNER, limit=50)
    assert shown.state is one.state
    if column == "output":
        assert shown.output == OutputParams(max_height=720)
    elif column == "proof":
        assert shown.proof is not None
        assert (shown.proof.frames, shown.proof.ended) == (3, None)
    elif column == "wait_reason":
        assert shown.wait_reason is Wait.RETRY
    else:
        assert await store.progress([one.id]) == {}
    written = rows(path)[one.id][column]
    await store.change(one.id, Pin(True))
    assert rows(path)[one.id][column] == written


def test_a_history_that_a_newer_version_closed_to_this_one_is_not_touched(path: Path) -> None:
    insert(path, [job(1)])
    newer(path, oldest_schema=99)
    before = path.read_bytes()
    with pytest.raises(HistoryTooNew, match="newer clipferry"):
        Database(path)
    assert path.read_bytes() == before


async def test_progress_is_stored_and_read(path: Path, opened: list[Database]) -> None:
    insert(path, [one := job(1, JobState.FETCHING)])
    store = store_of(path, opened)
    progress = Progress(Stage.FETCHING, 0.5, done_bytes=5, recorded_s=2.0)
    await store.record_progress({one.id: progress})
    assert await store.progress([one.id]) == {one.id: progress}
