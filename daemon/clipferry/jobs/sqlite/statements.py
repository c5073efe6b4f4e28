"""The SQL of the store: each function is one query or one change on a given connection."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from ...clip.errors import ClipError
from ...clip.extract.video_links import Range, times_in_url
from ...protocol.jobs import JobState, OutputParams
from ..errors import JobNotFound, QueueFull
from ..failure import Failure
from ..job import FailureCounts, Job
from ..policy.dedupe import clip_identity
from ..queue_backend import Change, Claim, Lease
from . import stored
from .rows import COLUMNS, changes, from_row, to_row

log = logging.getLogger(__name__)

MAX_OPEN = 5000
"""Limit of unfinished jobs; further orders are refused with ``QueueFull``."""

JOB = f"SELECT {', '.join(COLUMNS)}, lease_no FROM jobs"  # noqa: S608 - column names
_INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + name for name in COLUMNS)})"  # noqa: S608


def page(
    c: sqlite3.Connection,
    owner: str,
    *,
    limit: int,
    cursor: str | None,
    states: Sequence[JobState] | None,
    query: str | None,
) -> list[Job]:
    where, values = ["owner = ?", "id < ?"], [owner, cursor or "~"]
    if states is not None:
        where.append(f"state IN ({', '.join('?' * len(states))})")
        values += states
    for word in (query or "").casefold().split():
        where.append("(instr(search, ?) > 0 OR instr(ifnull(site, ''), ?) > 0)")
        values += (word, word)
    sql = f"{JOB} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
    return readable(c.execute(sql, (*values, limit)))


def readable(rows: Iterable[Sequence[Any]]) -> list[Job]:
    """Return the jobs of ``rows``, without those whose row is damaged: one of them must not hide all the others."""
    return [job for row in rows if (job := _readable(row)) is not None]


def _readable(row: Sequence[Any]) -> Job | None:
    try:
        return from_row(row)
    except (ValueError, TypeError) as error:
        log.warning("the row of job %s cannot be read: %s", row[0], error)
        return None


def claim(c: sqlite3.Connection, owner: str, until: float, busy_sites: Sequence[str]) -> Claim | None:
    marks = ", ".join("?" * len(busy_sites))
    sql = (
        f"{JOB} WHERE state = 'queued' AND lease_owner IS NULL "
        f"AND ifnull(site, '') NOT IN ({marks}) ORDER BY priority DESC, position, id"
    )
    damaged, claimed = [], None
    for row in c.execute(sql, tuple(busy_sites)):
        job = _readable(row)
        if job is None:
            damaged.append(str(row[0]))
        elif job.state is JobState.QUEUED:  # else only a newer version can run it: it stays queued for that
            claimed = Claim(job, Lease(job.id, int(row[-1]) + 1))
            break
    for job_id in damaged:
        repair(c, job_id)
    if claimed is not None:
        values = (owner, until, claimed.lease.number, claimed.job.id)
        c.execute("UPDATE jobs SET lease_owner=?, lease_until=?, lease_no=? WHERE id=?", values)
    return claimed


def advance(c: sqlite3.Connection, lease: Lease, change: Change, *, give_back: bool) -> Job | None:
    row = c.execute(f"{JOB} WHERE id=? AND lease_no=?", (lease.job_id, lease.number)).fetchone()
    if row is None:
        return None
    job = _changed(c, row, change)
    if give_back:
        c.execute("UPDATE jobs SET lease_owner=NULL, lease_until=NULL WHERE id=?", (lease.job_id,))
    return job


def change(c: sqlite3.Connection, job_id: str, change: Change) -> Job:
    return _changed(c, get_row(c, job_id), change)


def change_all(c: sqlite3.Connection, states: Iterable[JobState], change: Change) -> list[Job]:
    """Change the jobs in ``states`` and return those that ``change`` did not give back as they were."""
    wanted = tuple(states)
    marks = ", ".join("?" * len(wanted))
    changed = []
    for row in c.execute(f"{JOB} WHERE state IN ({marks})", wanted).fetchall():
        if (before := _readable(row)) is not None and (after := change(before)) is not before:
            save(c, row, before, after)
            changed.append(after)
    return changed


def _changed(c: sqlite3.Connection, row: Sequence[Any], change: Change) -> Job:
    before = from_row(row)
    after = change(before)
    save(c, row, before, after)
    return after


def end_lease(c: sqlite3.Connection, job_id: str) -> None:
    """Whoever holds the job's lease can change nothing any more."""
    c.execute("UPDATE jobs SET lease_owner=NULL, lease_until=NULL, lease_no=lease_no+1 WHERE id=?", (job_id,))


def repair(c: sqlite3.Connection, job_id: str) -> None:
    """Make a damaged row a job that failed, so that it is seen and nobody waits for it; what cannot be read of it goes."""
    failure = Failure.of(ClipError("damaged_entry"))
    c.execute(
        "UPDATE jobs SET state='failed', identity=NULL, wait_reason=NULL, output=?, tries=?, failure=?, staged=NULL, "
        "target=NULL, proof=NULL, lease_owner=NULL, lease_until=NULL, lease_no=lease_no+1 WHERE id=?",
        (
            stored.output_text(OutputParams()),
            stored.counts_text(FailureCounts()),
            stored.failure_text(failure),
            job_id,
        ),
    )


def end_leases(c: sqlite3.Connection) -> None:
    c.execute("UPDATE jobs SET lease_owner=NULL, lease_until=NULL, lease_no=lease_no+1 WHERE lease_owner IS NOT NULL")


def expire(c: sqlite3.Connection, now: float, held: Collection[str], change: Change) -> tuple[list[Job], int]:
    rows = c.execute(f"{JOB} WHERE lease_owner IS NOT NULL AND ifnull(lease_until, 0) < ?", (now,)).fetchall()
    freed = []
    for row in rows:
        job_id = str(row[0])
        if job_id in held:
            continue
        end_lease(c, job_id)
        before = _readable(row)
        if before is None:
            repair(c, job_id)
        elif not before.final:
            save(c, row, before, job := change(before))
            freed.append(job)
    return freed, int(c.execute("SELECT count(*) FROM jobs WHERE lease_owner IS NOT NULL").fetchone()[0])


def create(
    c: sqlite3.Connection, job: Job, video: str, again: bool, answer: Callable[[Job], Job | None]
) -> tuple[Job, bool]:
    identity, row = _same_clip(c, job, video)
    if row is not None:
        first = from_row(row)
        answering = first if again and not first.final else None if again else answer(first)
        if answering is not None:
            save(c, row, first, answering)
            return answering, False
        save(c, row, first, replace(first, identity=None))
    if count_open(c) >= MAX_OPEN:
        raise QueueFull
    last = c.execute("SELECT max(position) FROM jobs").fetchone()[0] or 0.0
    made = replace(job, identity=identity, position=float(last) + 1)
    c.execute(_INSERT, to_row(made))
    return made, True


def same_clip(c: sqlite3.Connection, job: Job, video: str) -> Job | None:
    _, row = _same_clip(c, job, video)
    return None if row is None else from_row(row)


def _same_clip(c: sqlite3.Connection, job: Job, video: str) -> tuple[str, Sequence[Any] | None]:
    """Return the identity of a new job, and the row of its owner's job that is the same clip."""
    known = c.execute("SELECT video_key, start_s, end_s FROM addresses WHERE url=?", (video,)).fetchone()
    key, *shown = known or (video, None, None)
    start_s, end_s = job.start_s, job.end_s
    if start_s is None and end_s is None and not job.whole:
        start_s, end_s = times_in_url(job.url)
    # That of a job which was created before its address was known to be the video's, and has not run since.
    by_address = clip_identity(video, start_s, end_s, job.output)
    if start_s is None and end_s is None and not job.whole:
        start_s, end_s = shown
    identity = clip_identity(key, start_s, end_s, job.output)
    sql = f"{JOB} WHERE identity=? AND owner=?"
    row: Sequence[Any] | None = c.execute(sql, (identity, job.owner)).fetchone()
    if row is None and by_address != identity:
        row = c.execute(f"{sql} AND whole=?", (by_address, job.owner, int(job.whole))).fetchone()
    return identity, row


def count_open(c: sqlite3.Connection, owner: str | None = None) -> int:
    sql = "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')"
    if owner is None:
        return int(c.execute(sql).fetchone()[0])  # from its index alone: asked for with every new job
    return int(c.execute(f"{sql} AND owner=?", (owner,)).fetchone()[0])


def move_before(c: sqlite3.Connection, job_id: str, before: str | None) -> Job:
    row = get_row(c, job_id)
    job = from_row(row)
    if before is None:
        last = c.execute("SELECT max(position), min(priority) FROM jobs WHERE state='queued'").fetchone()
        moved = replace(job, position=float(last[0] or 0.0) + 1, priority=int(last[1] or 0))
    else:
        other = get(c, before)
        sql = "SELECT max(position) FROM jobs WHERE priority=? AND position<? AND id<>?"
        lower = c.execute(sql, (other.priority, other.position, job_id)).fetchone()[0]
        position = other.position - 1 if lower is None else (float(lower) + other.position) / 2
        if lower is not None and not float(lower) < position < other.position:
            # No room left between two floats: make room behind, once in about fifty moves to the same place.
            c.execute("UPDATE jobs SET position=position+1 WHERE position>=? AND id<>?", (other.position, job_id))
            position = (float(lower) + other.position + 1) / 2
        moved = replace(job, position=position, priority=other.priority)
    save(c, row, job, moved)
    return moved


def learn_address(c: sqlite3.Connection, url: str, key: str, shown: Range) -> None:
    c.execute("INSERT OR REPLACE INTO addresses VALUES (?, ?, ?, ?)", (url, key, *shown))


def get(c: sqlite3.Connection, job_id: str, owner: str | None = None) -> Job:
    return from_row(get_row(c, job_id, owner))


def get_row(c: sqlite3.Connection, job_id: str, owner: str | None = None) -> Sequence[Any]:
    """``owner``: whose it has to be; one of somebody else is not found."""
    row: Sequence[Any] | None = c.execute(f"{JOB} WHERE id=? AND ifnull(owner = ?, TRUE)", (job_id, owner)).fetchone()
    if row is None:
        raise JobNotFound
    return row


def save(c: sqlite3.Connection, row: Sequence[Any], before: Job, after: Job) -> None:
    """Write what changed. ``row``: what ``before`` was read from."""
    if values := changes(row, before, after):
        changed = ", ".join(f"{name}=:{name}" for name in values)
        c.execute(f"UPDATE jobs SET {changed} WHERE id=:id", {**values, "id": after.id})  # noqa: S608 - column names


def one(c: sqlite3.Connection, sql: str, *values: str) -> str | None:
    row = c.execute(sql, values).fetchone()
    return None if row is None or row[0] is None else str(row[0])
