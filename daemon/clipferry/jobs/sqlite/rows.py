"""A job as a row of the table, and back. Pure; a page of history is fifty of these, so it is written to be quick."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...protocol.jobs import JobState, OutputParams, ProofInfo
from ..failure import Failure
from ..job import FailureCounts, Job, Staged, Wait

Value = str | int | float | None

_PLAIN = (
    *("id", "identity", "url", "site", "item", "start_s", "end_s", "title", "uploader", "thumbnail_url", "duration_s"),
    *("priority", "position", "created_at", "updated_at", "finished_at", "not_before", "size_bytes"),
)
_CODED = (
    *("state", "wait_reason", "output", "tries", "allow_private", "from_page", "pinned", "failure", "staged"),
    *("target", "proof", "live", "finishing", "session", "whole"),
)
_FIELDS = (*_PLAIN, *_CODED)
COLUMNS = (*_FIELDS, "search")
"""The columns that are a job, in the order in which ``from_row`` takes them; ``progress`` and ``lease_*`` are kept by
statements of their own."""


def to_row(job: Job) -> dict[str, Value]:
    row: dict[str, Value] = {name: getattr(job, name) for name in _PLAIN}
    row["state"], row["wait_reason"] = job.state, job.wait_reason
    row["allow_private"], row["from_page"], row["pinned"] = int(job.allow_private), int(job.from_page), int(job.pinned)
    row["live"], row["finishing"] = int(job.live), int(job.finishing)
    row["session"], row["whole"] = int(job.session), int(job.whole)
    row["output"] = job.output.model_dump_json()
    row["tries"] = json.dumps(asdict(job.tries))
    row["failure"] = json.dumps(asdict(job.failure)) if job.failure else None
    row["staged"] = _staged_text(job.staged) if job.staged else None
    row["target"] = str(job.target) if job.target else None
    row["proof"] = job.proof.model_dump_json() if job.proof else None
    name = job.target.name if job.target else None
    row["search"] = "\n".join(text for text in (job.title, job.uploader, job.url, name) if text).casefold()
    return row


def from_row(row: Sequence[Any]) -> Job:
    """The job of a row whose first values are those of ``COLUMNS``."""
    fields = dict(zip(_FIELDS, row, strict=False))
    fields["state"] = JobState(fields["state"])
    fields["output"] = _output(fields["output"])
    fields["tries"] = _tries(fields["tries"])
    fields["allow_private"] = bool(fields["allow_private"])
    fields["from_page"] = bool(fields["from_page"])
    fields["pinned"] = bool(fields["pinned"])
    fields["live"] = bool(fields["live"])
    fields["finishing"] = bool(fields["finishing"])
    fields["session"] = bool(fields["session"])
    fields["whole"] = bool(fields["whole"])
    if text := fields["wait_reason"]:
        fields["wait_reason"] = Wait(text)
    if text := fields["failure"]:
        fields["failure"] = Failure(**json.loads(text))
    if text := fields["staged"]:
        staged = json.loads(text)
        fields["staged"] = Staged(**{**staged, "path": Path(staged["path"])})
    if text := fields["target"]:
        fields["target"] = Path(text)
    if text := fields["proof"]:
        fields["proof"] = ProofInfo.model_validate_json(text)
    return Job(**fields)


# Both are frozen and nearly always one of a few texts.
@functools.lru_cache(maxsize=256)
def _output(text: str) -> OutputParams:
    return OutputParams.model_validate_json(text)


@functools.lru_cache(maxsize=256)
def _tries(text: str) -> FailureCounts:
    return FailureCounts(**json.loads(text))


def _staged_text(staged: Staged) -> str:
    return json.dumps({**asdict(staged), "path": str(staged.path)})
