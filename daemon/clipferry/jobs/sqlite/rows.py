"""A job as a row of the table, and back. Pure; a page of history is fifty of these, so it is written to be quick.

A row may be a newer version's: what this one does not know of it is neither shown nor written (``changes``), so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...protocol.jobs import JobState
from ..errors import NewerVersion
from ..failure import Failure
from ..job import FINAL, Job, Wait
from . import stored

Value = str | int | float | None

_PLAIN = (
    *("id", "owner", "identity", "url", "site", "item", "start_s", "end_s", "title", "uploader", "thumbnail_url"),
    *("duration_s", "priority", "position", "created_at", "updated_at", "finished_at", "not_before", "size_bytes"),
)
_FLAGS = ("allow_private", "from_page", "pinned", "live", "finishing", "session", "whole")
_TEXTS: dict[str, Callable[[Any], str]] = {
    "state": str,
    "wait_reason": str,
    "output": stored.output_text,
    "tries": stored.counts_text,
    "failure": stored.failure_text,
    "staged": stored.staged_text,
    "target": str,
    "proof": stored.proof_text,
}
"""How a value that has no column type of its own becomes a text; ``None`` stays ``None``."""
_FIELDS = (*_PLAIN, *_FLAGS, *_TEXTS)
_SEARCHED = frozenset(("title", "uploader", "url", "target"))
COLUMNS = (*_FIELDS, "search")
"""The columns that are a job, in the order in which ``from_row`` takes them; ``progress`` and ``lease_*`` are kept by
statements of their own."""


def to_row(job: Job) -> dict[str, Value]:
    """Return all columns of a new job."""
    return {**{name: _coded(job, name) for name in _FIELDS}, "search": _search(job)}


def changes(row: Sequence[Any], before: Job, after: Job) -> dict[str, Value]:
    """Return the columns in which ``after`` differs from ``before``, which is what ``row`` was read as.

    A column whose value did not change keeps its text, with whatever a newer version wrote there.

    Raises:
        NewerVersion: the state would change of a job that only a newer version can run.
    """
    changed = [name for name in _FIELDS if getattr(before, name) != getattr(after, name)]
    if "state" in changed and before.failure == NEWER:
        raise NewerVersion(detail=before.id)
    values = {name: _coded(after, name) for name in changed}
    if "tries" in values:
        values["tries"] = stored.counts_text(after.tries, row[COLUMNS.index("tries")])
    if not _SEARCHED.isdisjoint(changed):
        values["search"] = _search(after)
    return values


def from_row(row: Sequence[Any]) -> Job:
    """Return the job of a row whose first values are those of ``COLUMNS``.

    One that only a newer version can go on with (its state, or the output of an unfinished clip, is none of this version's) is
    shown as failed, with ``NEWER`` for its failure; its row stays as it is.

    Raises:
        ValueError | TypeError: the row is damaged.
    """
    fields = dict(zip(_FIELDS, row, strict=False))
    for name in _FLAGS:
        fields[name] = bool(fields[name])
    state = _STATES.get(fields["state"])
    fields["state"] = state or JobState.FAILED
    fields["output"], known_output = stored.output(fields["output"])
    fields["tries"] = stored.counts(fields["tries"])
    if text := fields["wait_reason"]:
        fields["wait_reason"] = _WAITS.get(text, Wait.RETRY)
    if text := fields["failure"]:
        fields["failure"] = stored.failure(text)
    if text := fields["staged"]:
        fields["staged"] = stored.staged(text)
    if text := fields["target"]:
        fields["target"] = Path(text)
    if text := fields["proof"]:
        fields["proof"] = stored.proof(text)
    job = Job(**fields)
    if state is None or not (known_output or state in FINAL):
        return replace(job, state=JobState.FAILED, failure=NEWER)
    return job


NEWER = Failure.of(NewerVersion())
"""The failure of a job that a newer version left, and that this one cannot go on with."""
_STATES = {str(state): state for state in JobState}
_WAITS = {str(reason): reason for reason in Wait}


def _coded(job: Job, name: str) -> Value:
    value: Any = getattr(job, name)
    if name in _FLAGS:
        return int(value)
    return _TEXTS[name](value) if name in _TEXTS and value is not None else value


def _search(job: Job) -> str:
    name = job.target.name if job.target else None
    return "\n".join(text for text in (job.title, job.uploader, job.url, name) if text).casefold()
