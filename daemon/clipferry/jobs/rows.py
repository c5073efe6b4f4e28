"""A job as a row of the table, and back. Pure."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

from ..protocol import JobState, OutputParams, ProofInfo
from .job import Failure, Job, Staged, Tries, Wait

Value = str | int | float | None

COLUMNS = (
    *("id", "state", "identity", "url", "site", "item", "start_s", "end_s", "output", "allow_private", "from_page"),
    *("title", "uploader", "thumbnail_url", "duration_s", "priority", "position", "created_at", "updated_at"),
    *("finished_at", "wait_reason", "not_before", "tries", "failure", "staged", "target", "size_bytes", "proof"),
    *("pinned", "search"),
)
"""The columns that are a job; ``progress`` and ``lease_*`` are kept by statements of their own."""

_PLAIN = (
    *("id", "state", "identity", "url", "site", "item", "start_s", "end_s", "title", "uploader", "thumbnail_url"),
    *("duration_s", "priority", "position", "created_at", "updated_at", "finished_at", "wait_reason", "not_before"),
    *("size_bytes",),
)


def to_row(job: Job) -> dict[str, Value]:
    row: dict[str, Value] = {name: getattr(job, name) for name in _PLAIN}
    row["allow_private"], row["from_page"], row["pinned"] = int(job.allow_private), int(job.from_page), int(job.pinned)
    row["output"] = job.output.model_dump_json()
    row["tries"] = json.dumps(asdict(job.tries))
    row["failure"] = json.dumps(asdict(job.failure)) if job.failure else None
    row["staged"] = _staged(job.staged) if job.staged else None
    row["target"] = str(job.target) if job.target else None
    row["proof"] = job.proof.model_dump_json() if job.proof else None
    name = job.target.name if job.target else None
    row["search"] = "\n".join(text for text in (job.title, job.uploader, job.url, name) if text).casefold()
    return row


def from_row(row: sqlite3.Row) -> Job:
    staged = json.loads(row["staged"]) if row["staged"] else None
    return Job(
        id=row["id"],
        state=JobState(row["state"]),
        identity=row["identity"],
        url=row["url"],
        site=row["site"],
        item=row["item"],
        start_s=row["start_s"],
        end_s=row["end_s"],
        output=OutputParams.model_validate_json(row["output"]),
        allow_private=bool(row["allow_private"]),
        from_page=bool(row["from_page"]),
        title=row["title"],
        uploader=row["uploader"],
        thumbnail_url=row["thumbnail_url"],
        duration_s=row["duration_s"],
        priority=row["priority"],
        position=row["position"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        finished_at=row["finished_at"],
        wait_reason=Wait(row["wait_reason"]) if row["wait_reason"] else None,
        not_before=row["not_before"],
        tries=Tries(**json.loads(row["tries"])),
        failure=Failure(**json.loads(row["failure"])) if row["failure"] else None,
        staged=Staged(**{**staged, "path": Path(staged["path"])}) if staged else None,
        target=Path(row["target"]) if row["target"] else None,
        size_bytes=row["size_bytes"],
        proof=ProofInfo.model_validate_json(row["proof"]) if row["proof"] else None,
        pinned=bool(row["pinned"]),
    )


def _staged(staged: Staged) -> str:
    return json.dumps({**asdict(staged), "path": str(staged.path)})
