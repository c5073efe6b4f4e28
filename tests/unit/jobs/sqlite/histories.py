"""Histories of other versions, for tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from clipferry.clip.model import OutputKind
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import FailureCounts, Job, Wait
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.sqlite import database as database_module
from clipferry.jobs.sqlite.rows import to_row
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


def write(path: Path, one: Job, **values: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        for name, value in values.items():
            file.execute(f"UPDATE jobs SET {name}=? WHERE id=?", (value, one.id))
