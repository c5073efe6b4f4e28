"""Histories of an older and of a newer version: all of them can be read, and nothing in them is reset or lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.model import OutputKind, Progress, Stage
from clipferry.jobs.errors import JobNotFound, NewerVersion
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import LOCAL_OWNER, FailureCounts, Job, Staged, Wait
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.sqlite import database as database_module
from clipferry.jobs.sqlite.database import Database, HistoryTooNew
from clipferry.jobs.sqlite.rows import NEWER, to_row
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.transitions import Pin, Recover, Requeue, Retry
from clipferry.protocol.jobs import JobState, OutputParams, ProofInfo

MIGRATIONS = Path(database_module.__file__).parent / "migrations"
IDS = Ids(lambda: 1_700_000_000.0)
PROOF = ProofInfo(start_s=1.0, end_s=2.0, frames=30, copied_frames=28, path="smart")
ADDED = ("owner", "session", "whole", "live", "finishing")
"""Columns that came after the first schema."""


def job(number: int, state: JobState = JobState.DONE) -> Job:
    waits = Wait.NETWORK if state is JobState.WAITING else None
    return Job(
        *(IDS.next(), f"https://v.example/{number}", OutputParams(kind=OutputKind.MP3), 1.0, 2.0, state),
        identity=f"clip {number}",
        position=float(number),
        title=f"Title {number}",
        wait_reason=waits,
        tries=FailureCounts(retries=number),
        failure=Failure("network", "A sentence.", "A hint.") if state is JobState.FAILED else None,
        target=Path(f"/d/{number}.mp3") if state is JobState.DONE else None,
        proof=PROOF if state is JobState.DONE else None,
    )


def insert(path: Path, jobs: list[Job], without: tuple[str, ...] = ()) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        for one in jobs:
            row = {name: value for name, value in to_row(one).items() if name not in without}
            marks = ", ".join(f":{name}" for name in row)
            file.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({marks})", row)


def rows(path: Path) -> dict[str, dict[str, Any]]:
    """All rows by id, with all columns."""
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        return {row["id"]: dict(row) for row in file.execute("SELECT * FROM jobs")}


# Older ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", [1, 2, 3, 4])
async def test_a_history_of_an_older_version_is_migrated_with_all_its_rows(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "jobs.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        for script in sorted(MIGRATIONS.glob("*.sql"))[:schema]:
            old.executescript(script.read_text("utf-8"))
        old.execute(f"PRAGMA user_version={schema}")
        columns = [name for _, name, *_ in old.execute("PRAGMA table_info(jobs)")]
    jobs = [job(number, state) for number, state in enumerate(JobState)]
    insert(path, jobs, tuple(name for name in ADDED if name not in columns))
    before = rows(path)

    database = Database(path)
    store = Store(database)
    read = {one.id: one for one in await store.page(LOCAL_OWNER, limit=50)}
    database.close()

    identity_kept = schema == 4  # those of before stood for several videos: 0004_identities.sql
    for one in jobs:
        expected = one if identity_kept else replace(one, identity=None, whole=True)
        assert read[one.id] == expected
    after = rows(path)
    changed = {"identity", "whole"} if schema < 4 else set()
    for job_id, row in before.items():
        assert {name: after[job_id][name] for name in row.keys() - changed} == {
            name: value for name, value in row.items() if name not in changed
        }


async def test_equal_clips_of_two_owners_are_two_jobs_in_a_migrated_history(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        for script in sorted(MIGRATIONS.glob("*.sql"))[:4]:
            old.executescript(script.read_text("utf-8"))
        old.execute("PRAGMA user_version=4")
    insert(path, [first := job(1)], ("owner",))
    Database(path).close()
    insert(path, [replace(first, id=IDS.next(), owner="ann")])
    with pytest.raises(sqlite3.IntegrityError, match="identity"):
        insert(path, [replace(first, id=IDS.next(), owner="ann")])


async def test_what_an_older_version_did_not_store_has_its_default(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    database = Database(path)
    insert(path, [one := job(1), other := job(2, JobState.FAILED)])
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE jobs SET output='{}', tries='{}', proof='{}', progress='{\"stage\": \"cutting\"}'")
        file.execute("UPDATE jobs SET failure='{\"code\": \"network\"}' WHERE state='failed'")
    store = Store(database)
    read = await store.get(one.id)
    assert (read.output, read.tries) == (OutputParams(), FailureCounts())
    assert read.proof is not None
    assert (await store.get(other.id)).failure == Failure("network", "", "")
    progress = (await store.progress([one.id]))[one.id]
    assert progress.fraction == 0.0
    database.close()


STORED = {
    "output": {
        **{"kind": "webm", "max_height": 720, "codec": "vp9", "mode": "fast", "quality": 20, "subtitles": ["de"]},
    },
    "tries": {"retries": 1, "crashes": 2, "expiries": 3, "refusals": 4},
    "failure": {
        **{"code": "rate_limited", "sentence": "S", "hint": "H", "detail": "D", "retry_after_s": 5.0, "site": "s"},
        **{"reason": "r", "params": {"a": 1}, "advice": "x"},
    },
    "staged": {"path": "/s/clip.mp4", "name": "clip.mp4", "size_bytes": 10, "origin_url": "https://v.example/"},
    "proof": {
        **{
            "start_s": 1.0,
            "end_s": 2.0,
            "frames": 3,
            "copied_frames": 2,
            "av_offset_s": 0.5,
            "path": "smart",
            "note": "N",
        },
        **{"streams": ["h264"], "width": 4, "height": 2, "ended": "asked"},
    },
    "progress": {
        **{"stage": "fetching", "fraction": 0.5, "done_bytes": 1, "total_bytes": 2, "speed_bps": 3.0, "eta_s": 4.0},
        **{"recorded_s": 5.0, "recorded_bytes": 6},
    },
}
"""What is in the databases of people: a field that is renamed in the code has to be found under these names all the same."""


async def test_what_is_stored_today_is_read_tomorrow(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    database = Database(path)
    insert(path, [one := job(1, JobState.WAITING)])
    write(path, one, **{column: json.dumps(value) for column, value in STORED.items()})
    store = Store(database)
    read = await store.get(one.id)
    assert read.output == OutputParams.model_validate(STORED["output"])
    assert read.tries == FailureCounts(1, 2, 3, 4)
    assert read.failure is not None and read.failure.retry_after_s == 5.0 and read.failure.site == "s"
    assert read.staged == Staged(Path("/s/clip.mp4"), "clip.mp4", 10, "https://v.example/")
    assert read.proof == ProofInfo.model_validate(STORED["proof"])
    assert (await store.progress([one.id]))[one.id] == Progress(Stage.FETCHING, 0.5, 1, 2, 3.0, 4.0, 5.0, 6)
    row = to_row(read)
    assert {name: json.loads(str(row[name])) for name in STORED if name in row} == {
        name: value for name, value in STORED.items() if name in row
    }
    database.close()


# Newer ----------------------------------------------------------------------------------------------------------------


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


def write(path: Path, one: Job, **values: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        for name, value in values.items():
            file.execute(f"UPDATE jobs SET {name}=? WHERE id=?", (value, one.id))


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
