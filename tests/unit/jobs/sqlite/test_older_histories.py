"""Histories of an older version: all of them can be read, and nothing in them is reset or lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from clipferry.clip.model import Progress, Stage
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import LOCAL_OWNER, FailureCounts, Staged
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.rows import to_row
from clipferry.jobs.sqlite.store import Store
from clipferry.protocol.jobs import JobState, OutputParams, ProofInfo

from .histories import ADDED, IDS, MIGRATIONS, insert, job, rows, write


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


DIES_AFTER = """
import os, sys
from pathlib import Path
from clipferry.jobs.sqlite import database

connect = database._connect

def dying(path):
    connection = connect(path)
    connection.set_progress_handler(lambda: os._exit(9), int(sys.argv[2]))
    return connection

database._connect = dying
database.Database(Path(sys.argv[1])).close()
"""
"""Ends like one that is killed, after so many instructions of SQLite's machine (sqlite.org/c3ref/progress_handler.html)."""


def test_a_migration_that_is_killed_is_done_again_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        for script in sorted(MIGRATIONS.glob("*.sql"))[:4]:
            old.executescript(script.read_text("utf-8"))
        old.execute("PRAGMA user_version=4")
    jobs = [job(number, state) for number, state in enumerate([*JobState] * 5)]
    insert(path, jobs, ("owner",))
    died = 0
    for instructions in (100, 1000, 2000, 3000, 4000, 6000, 8000, 12_000, 16_000, 32_000):
        copy = tmp_path / f"{instructions}.sqlite3"
        shutil.copyfile(path, copy)
        done = subprocess.run([sys.executable, "-c", DIES_AFTER, str(copy), str(instructions)], check=False)
        died += done.returncode == 9
        Database(copy).close()
        assert {row["title"]: row["state"] for row in rows(copy).values()} == {one.title: one.state for one in jobs}
        with closing(sqlite3.connect(copy)) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert died > 3
