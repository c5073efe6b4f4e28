"""The jobs in the database: the truth that outlives the process. Statements only; what may follow what is ``job``'s business."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ..protocol import JobProgress, JobState
from .database import Database
from .errors import JobNotFound, QueueFull
from .identity import clip_identity
from .job import RUNNING, Job
from .rows import COLUMNS, from_row, to_row

MAX_OPEN = 5000
"""Unfinished jobs that are taken; a page that asks for more is told to wait."""

_JOB = f"SELECT {', '.join(COLUMNS)}, lease_no FROM jobs"  # noqa: S608 - column names
_SET = ", ".join(f"{name}=:{name}" for name in COLUMNS if name != "id")
_INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + name for name in COLUMNS)})"  # noqa: S608

Change = Callable[[Job], Job]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job. ``number`` fences: a holder that lost the job can no longer change it."""

    job_id: str
    owner: str
    number: int


@dataclass(frozen=True, slots=True)
class Claim:
    job: Job
    lease: Lease


class JobPort(Protocol):
    """All that whoever runs jobs needs of the store: one daemon on one machine, or many workers of a server."""

    async def claim(self, owner: str, until: float, *, busy_sites: Iterable[str] = ()) -> Claim | None:
        """The next queued job of a site that is not in ``busy_sites``, now leased to ``owner`` until Unix time ``until``."""
        ...

    async def renew(self, leases: Sequence[Lease], until: float) -> None: ...

    async def advance(self, lease: Lease, change: Change, *, durable: bool = False) -> Job | None:
        """Change a leased job; ``None`` where the lease has been lost and nothing was changed."""
        ...

    async def finish(self, lease: Lease, change: Change) -> Job | None:
        """``advance`` for the last time: durably, and the lease is given back."""
        ...


class Store:
    """Jobs by id, by identity, by page; created, changed, claimed. All coroutines; every write is one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # Asking ------------------------------------------------------------------------------------------------------

    async def get(self, job_id: str) -> Job:
        """Raises ``JobNotFound``."""
        return await self._db.read(lambda c: _get(c, job_id))

    async def newest_id(self) -> str | None:
        return await self._db.read(lambda c: _one(c, "SELECT max(id) FROM jobs"))

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        states: Sequence[JobState] | None = None,
        query: str | None = None,
    ) -> list[Job]:
        """Up to ``limit`` jobs older than ``cursor``, newest first."""
        return await self._db.read(lambda c: page(c, limit=limit, cursor=cursor, states=states, query=query))

    async def in_states(self, states: Iterable[JobState]) -> list[Job]:
        """All jobs in ``states``, in queue order."""
        wanted = tuple(states)
        marks = ", ".join("?" * len(wanted))
        order = "ORDER BY priority DESC, position, id"
        sql = f"{_JOB} WHERE state IN ({marks}) {order}"
        return await self._db.read(lambda c: [from_row(row) for row in c.execute(sql, wanted)])

    async def open_ids(self) -> list[str]:
        """The ids of all jobs that are not final."""
        sql = "SELECT id FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')"
        return await self._db.read(lambda c: [str(job_id) for (job_id,) in c.execute(sql)])

    async def count_open(self) -> int:
        """Jobs that are not final."""
        return await self._db.read(_count_open)

    async def done_by_age(self) -> list[Job]:
        """Finished clips that have a file, oldest first: what retention looks at."""
        sql = f"{_JOB} WHERE state = 'done' AND target IS NOT NULL ORDER BY finished_at, id"
        return await self._db.read(lambda c: [from_row(row) for row in c.execute(sql)])

    async def progress(self, job_ids: Sequence[str]) -> dict[str, JobProgress]:
        """The last flushed progress of each that has one."""
        marks = ", ".join("?" * len(job_ids))
        sql = f"SELECT id, progress FROM jobs WHERE progress IS NOT NULL AND id IN ({marks})"  # noqa: S608
        rows = await self._db.read(lambda c: c.execute(sql, tuple(job_ids)).fetchall())
        return {job_id: JobProgress.model_validate_json(text) for job_id, text in rows}

    async def fact(self, name: str) -> str | None:
        return await self._db.read(lambda c: _one(c, "SELECT value FROM facts WHERE name = ?", name))

    # Changing ----------------------------------------------------------------------------------------------------

    async def create(
        self, job: Job, *, video: str, again: bool, answer: Callable[[Job], Job | None]
    ) -> tuple[Job, bool]:
        """Put ``job`` at the queue's end, unless an earlier one already is this clip.

        Args:
            video: ``normal_url`` of its address; a video's key is looked up by it.
            answer: what becomes of the earlier job when it is asked for again; ``None``: it no longer answers.

        Returns:
            The job that answers for the clip, and whether it is the new one.

        Raises:
            QueueFull | DiskFull
        """
        return await self._db.write(lambda c: _create(c, job, video, again, answer), durable=True)

    async def change(self, job_id: str, change: Change, *, durable: bool = True, stop: bool = False) -> Job:
        """Change a job on a person's word. ``stop``: whoever runs it has lost it by this.

        Raises:
            JobNotFound, and what ``change`` raises; then nothing was changed.
        """

        def work(c: sqlite3.Connection) -> Job:
            job = change(_get(c, job_id))
            _save(c, job)
            if stop:
                c.execute(
                    "UPDATE jobs SET lease_owner=NULL, lease_until=NULL, lease_no=lease_no+1 WHERE id=?", (job_id,)
                )
            return job

        return await self._db.write(work, durable=durable)

    async def change_all(self, states: Iterable[JobState], change: Change) -> list[Job]:
        """Change every job in ``states`` in one transaction; those that ``change`` gives back unchanged are left alone."""
        wanted = tuple(states)
        marks = ", ".join("?" * len(wanted))

        def work(c: sqlite3.Connection) -> list[Job]:
            changed = []
            for row in c.execute(f"{_JOB} WHERE state IN ({marks})", wanted).fetchall():
                before = from_row(row)
                after = change(before)
                if after is not before:
                    _save(c, after)
                    changed.append(after)
            return changed

        return await self._db.write(work, durable=True)

    async def remove(self, job_id: str) -> Job:
        """Forget a final job.

        Raises:
            JobNotFound
        """

        def work(c: sqlite3.Connection) -> Job:
            job = _get(c, job_id)
            c.execute("DELETE FROM jobs WHERE id=?", (job_id,))
            return job

        return await self._db.write(work, durable=True)

    async def move_before(self, job_id: str, before: str | None) -> Job:
        """Put a job before another in the queue, with that one's priority; ``None``: behind all.

        Raises:
            JobNotFound
        """
        return await self._db.write(lambda c: _move_before(c, job_id, before))

    async def learn_video(self, job_id: str, url: str, key: str) -> None:
        """``url`` (normalised) is the video ``key``: the job's identity is the video's from now on, if that is free."""

        def work(c: sqlite3.Connection) -> None:
            _learn_address(c, url, key)
            job = _get(c, job_id)
            if job.identity is not None:
                identity = clip_identity(key, job.item, job.start_s, job.end_s, job.output)
                c.execute("UPDATE OR IGNORE jobs SET identity=? WHERE id=?", (identity, job_id))

        await self._db.write(work)

    async def learn_address(self, url: str, key: str) -> None:
        """``url`` (normalised) is an address of the video ``key``."""
        await self._db.write(lambda c: _learn_address(c, url, key))

    async def flush_progress(self, progress: Mapping[str, JobProgress]) -> None:
        """Keep what running jobs have reached, all in one transaction."""
        rows = [(value.model_dump_json(), job_id) for job_id, value in progress.items()]
        await self._db.write(lambda c: c.executemany("UPDATE jobs SET progress=? WHERE id=?", rows) and None)

    async def set_fact(self, name: str, value: str) -> None:
        sql = "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value=excluded.value"
        await self._db.write(lambda c: c.execute(sql, (name, value)) and None, durable=True)

    # The port ----------------------------------------------------------------------------------------------------

    async def claim(self, owner: str, until: float, *, busy_sites: Iterable[str] = ()) -> Claim | None:
        busy = tuple(busy_sites)
        return await self._db.write(lambda c: claim(c, owner, until, busy))

    async def renew(self, leases: Sequence[Lease], until: float) -> None:
        rows = [(until, lease.job_id, lease.number) for lease in leases]
        sql = "UPDATE jobs SET lease_until=? WHERE id=? AND lease_no=?"
        await self._db.write(lambda c: c.executemany(sql, rows) and None)

    async def advance(self, lease: Lease, change: Change, *, durable: bool = False) -> Job | None:
        return await self._db.write(lambda c: _advance(c, lease, change, give_back=False), durable=durable)

    async def finish(self, lease: Lease, change: Change) -> Job | None:
        return await self._db.write(lambda c: _advance(c, lease, change, give_back=True), durable=True)

    async def recover(self, change: Change) -> list[Job]:
        """At start: no lease of an earlier daemon holds any more; ``change`` says what becomes of what it ran."""
        await self._db.write(
            lambda c: (
                c.execute("UPDATE jobs SET lease_owner=NULL, lease_no=lease_no+1 WHERE lease_owner IS NOT NULL")
                and None
            )
        )
        return await self.change_all(RUNNING, change)


# Statements ---------------------------------------------------------------------------------------------------------


def page(
    c: sqlite3.Connection, *, limit: int, cursor: str | None, states: Sequence[JobState] | None, query: str | None
) -> list[Job]:
    where, values = ["id < ?"], [cursor or "~"]
    if states is not None:
        where.append(f"state IN ({', '.join('?' * len(states))})")
        values += states
    for word in (query or "").casefold().split():
        where.append("instr(search, ?) > 0")
        values.append(word)
    sql = f"{_JOB} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
    return [from_row(row) for row in c.execute(sql, (*values, limit))]


def claim(c: sqlite3.Connection, owner: str, until: float, busy_sites: Sequence[str]) -> Claim | None:
    marks = ", ".join("?" * len(busy_sites))
    sql = (
        f"{_JOB} WHERE state = 'queued' AND lease_owner IS NULL "
        f"AND ifnull(site, '') NOT IN ({marks}) ORDER BY priority DESC, position, id LIMIT 1"
    )
    row = c.execute(sql, tuple(busy_sites)).fetchone()
    if row is None:
        return None
    job = from_row(row)
    number = int(row[-1]) + 1
    c.execute("UPDATE jobs SET lease_owner=?, lease_until=?, lease_no=? WHERE id=?", (owner, until, number, job.id))
    return Claim(job, Lease(job.id, owner, number))


def _advance(c: sqlite3.Connection, lease: Lease, change: Change, *, give_back: bool) -> Job | None:
    row = c.execute(f"{_JOB} WHERE id=? AND lease_no=?", (lease.job_id, lease.number)).fetchone()
    if row is None:
        return None
    job = change(from_row(row))
    _save(c, job)
    if give_back:
        c.execute("UPDATE jobs SET lease_owner=NULL, lease_until=NULL WHERE id=?", (lease.job_id,))
    return job


def _create(
    c: sqlite3.Connection, job: Job, video: str, again: bool, answer: Callable[[Job], Job | None]
) -> tuple[Job, bool]:
    key = _one(c, "SELECT video_key FROM addresses WHERE url=?", video) or video
    identity = clip_identity(key, job.item, job.start_s, job.end_s, job.output)
    row = c.execute(f"{_JOB} WHERE identity=?", (identity,)).fetchone()
    if row is not None:
        first = from_row(row)
        answering = first if again and not first.final else None if again else answer(first)
        if answering is not None:
            if answering is not first:
                _save(c, answering)
            return answering, False
        _save(c, replace(first, identity=None))
    if _count_open(c) >= MAX_OPEN:
        raise QueueFull
    last = c.execute("SELECT max(position) FROM jobs").fetchone()[0] or 0.0
    made = replace(job, identity=identity, position=float(last) + 1)
    c.execute(_INSERT, to_row(made))
    return made, True


def _count_open(c: sqlite3.Connection) -> int:
    return int(c.execute("SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')").fetchone()[0])


def _move_before(c: sqlite3.Connection, job_id: str, before: str | None) -> Job:
    job = _get(c, job_id)
    if before is None:
        last = c.execute("SELECT max(position), min(priority) FROM jobs WHERE state='queued'").fetchone()
        moved = replace(job, position=float(last[0] or 0.0) + 1, priority=int(last[1] or 0))
    else:
        other = _get(c, before)
        sql = "SELECT max(position) FROM jobs WHERE priority=? AND position<? AND id<>?"
        lower = c.execute(sql, (other.priority, other.position, job_id)).fetchone()[0]
        position = other.position - 1 if lower is None else (float(lower) + other.position) / 2
        if lower is not None and not float(lower) < position < other.position:
            # No room left between two floats: make room behind, once in about fifty moves to the same place.
            c.execute("UPDATE jobs SET position=position+1 WHERE position>=? AND id<>?", (other.position, job_id))
            position = (float(lower) + other.position + 1) / 2
        moved = replace(job, position=position, priority=other.priority)
    _save(c, moved)
    return moved


def _learn_address(c: sqlite3.Connection, url: str, key: str) -> None:
    c.execute(
        "INSERT INTO addresses VALUES (?, ?) ON CONFLICT (url) DO UPDATE SET video_key=excluded.video_key", (url, key)
    )


def _get(c: sqlite3.Connection, job_id: str) -> Job:
    row = c.execute(f"{_JOB} WHERE id=?", (job_id,)).fetchone()
    if row is None:
        raise JobNotFound
    return from_row(row)


def _save(c: sqlite3.Connection, job: Job) -> None:
    c.execute(f"UPDATE jobs SET {_SET} WHERE id=:id", to_row(job))  # noqa: S608 - column names


def _one(c: sqlite3.Connection, sql: str, *values: str) -> str | None:
    row = c.execute(sql, values).fetchone()
    return None if row is None or row[0] is None else str(row[0])
