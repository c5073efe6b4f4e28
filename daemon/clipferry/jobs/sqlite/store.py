"""The job queue and history in SQLite: the source of truth, which outlives the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ...clip.extract.video_links import Range
from ...clip.model import Progress
from ...protocol.jobs import JobState
from ..job import RUNNING, Job
from ..policy.dedupe import clip_identity
from ..queue_backend import Change, Claim, Lease
from . import statements, stored
from .database import Database


class Store:
    """Jobs by id, by identity, by page; created, changed, claimed. All coroutines; every write is one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # Read ------------------------------------------------------------------------------------------------------

    async def get(self, job_id: str, owner: str | None = None) -> Job:
        """Return a job; with ``owner`` only if it is theirs. Raises ``JobNotFound``."""
        return await self._db.read(lambda c: statements.get(c, job_id, owner))

    async def newest_id(self) -> str | None:
        return await self._db.read(lambda c: statements.one(c, "SELECT max(id) FROM jobs"))

    async def page(
        self,
        owner: str,
        *,
        limit: int,
        cursor: str | None = None,
        states: Sequence[JobState] | None = None,
        query: str | None = None,
    ) -> list[Job]:
        """Return up to ``limit`` jobs of ``owner`` older than ``cursor``, newest first."""
        return await self._db.read(
            lambda c: statements.page(c, owner, limit=limit, cursor=cursor, states=states, query=query)
        )

    async def in_states(self, states: Iterable[JobState]) -> list[Job]:
        """All jobs in ``states``, in queue order."""
        wanted = tuple(states)
        marks = ", ".join("?" * len(wanted))
        order = "ORDER BY priority DESC, position, id"
        sql = f"{statements.JOB} WHERE state IN ({marks}) {order}"
        return await self._db.read(lambda c: statements.readable(c.execute(sql, wanted)))

    async def open_ids(self) -> list[str]:
        """The ids of all jobs that are not final."""
        sql = "SELECT id FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')"
        return await self._db.read(lambda c: [str(job_id) for (job_id,) in c.execute(sql)])

    async def count_open(self, owner: str | None = None) -> int:
        """Return how many jobs are not final: those of ``owner``, or all."""
        return await self._db.read(lambda c: statements.count_open(c, owner))

    async def done_by_age(self, owner: str | None = None) -> list[Job]:
        """Return the finished clips that have a file, of ``owner`` or of all, oldest first, for retention."""
        where = "state = 'done' AND target IS NOT NULL AND ifnull(owner = ?, TRUE)"
        sql = f"{statements.JOB} WHERE {where} ORDER BY finished_at, id"
        return await self._db.read(lambda c: statements.readable(c.execute(sql, (owner,))))

    async def progress(self, job_ids: Sequence[str]) -> dict[str, Progress]:
        """The last flushed progress of each that has one."""
        marks = ", ".join("?" * len(job_ids))
        sql = f"SELECT id, progress FROM jobs WHERE progress IS NOT NULL AND id IN ({marks})"  # noqa: S608
        rows = await self._db.read(lambda c: c.execute(sql, tuple(job_ids)).fetchall())
        return {job_id: found for job_id, text in rows if (found := stored.progress(text)) is not None}

    async def fact(self, name: str) -> str | None:
        return await self._db.read(lambda c: statements.one(c, "SELECT value FROM facts WHERE name = ?", name))

    # Write ----------------------------------------------------------------------------------------------------

    async def same_clip(self, job: Job, video: str) -> Job | None:
        """Return the owner's job that is the same clip as the new ``job``; ``video``: see ``create``."""
        return await self._db.read(lambda c: statements.same_clip(c, job, video))

    async def create(
        self, job: Job, *, video: str, again: bool, answer: Callable[[Job], Job | None]
    ) -> tuple[Job, bool]:
        """Put ``job`` at the queue's end, unless an earlier one already is this clip.

        Args:
            video: ``video_links.video_address`` of its link; a video's key, and the range that its page shows, are looked up by it.
            answer: what becomes of the earlier job when it is asked for again; ``None``: it no longer answers. Pure.

        Returns:
            The job that answers for the clip, and whether it is the new one.

        Raises:
            QueueFull | DiskFull
        """
        return await self._db.write(lambda c: statements.create(c, job, video, again, answer), durable=True)

    async def change(self, job_id: str, change: Change, *, durable: bool = True) -> Job:
        """Change a job and leave its lease.

        Raises:
            JobNotFound, and what ``change`` raises; then nothing was changed.
        """
        return await self._db.write(lambda c: statements.change(c, job_id, change), durable=durable)

    async def stop(self, job_id: str, change: Change) -> Job:
        """Change a job and end its lease. Raises as ``change``."""

        def work(c: sqlite3.Connection) -> Job:
            job = statements.change(c, job_id, change)
            statements.end_lease(c, job_id)
            return job

        return await self._db.write(work, durable=True)

    async def change_all(self, states: Iterable[JobState], change: Change) -> list[Job]:
        """Change every job in ``states`` in one transaction; those that ``change`` gives back unchanged are left alone."""
        return await self._db.write(lambda c: statements.change_all(c, states, change), durable=True)

    async def remove(self, job_id: str) -> Job:
        """Forget a final job.

        Raises:
            JobNotFound
        """

        def work(c: sqlite3.Connection) -> Job:
            job = statements.get(c, job_id)
            c.execute("DELETE FROM jobs WHERE id=?", (job_id,))
            return job

        return await self._db.write(work, durable=True)

    async def move_before(self, job_id: str, before: str | None) -> Job:
        """Put a job before another in the queue, with that one's priority; ``None``: behind all.

        Raises:
            JobNotFound
        """
        return await self._db.write(lambda c: statements.move_before(c, job_id, before))

    async def learn_video(self, job_id: str, url: str, key: str, shown: Range = (None, None)) -> None:
        """``url`` (``video_links.video_address``) is the video ``key``: the job's identity is the video's and that of the marks which it has
        now, if that is free. ``shown``: see ``learn_address``."""

        def work(c: sqlite3.Connection) -> None:
            statements.learn_address(c, url, key, shown)
            job = statements.get(c, job_id)
            if job.identity is not None:
                identity = clip_identity(key, job.start_s, job.end_s, job.output)
                c.execute("UPDATE OR IGNORE jobs SET identity=? WHERE id=?", (identity, job_id))

        await self._db.write(work)

    async def learn_address(self, url: str, key: str, shown: Range = (None, None)) -> None:
        """``url`` (``video_links.video_address``) is an address of the video ``key``, of which the page there shows the range ``shown``."""
        await self._db.write(lambda c: statements.learn_address(c, url, key, shown))

    async def record_progress(self, progress: Mapping[str, Progress]) -> None:
        """Keep what running jobs have reached, all in one transaction."""
        rows = [(stored.progress_text(value), job_id) for job_id, value in progress.items()]
        await self._db.write(lambda c: c.executemany("UPDATE jobs SET progress=? WHERE id=?", rows) and None)

    async def set_fact(self, name: str, value: str) -> None:
        sql = "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value=excluded.value"
        await self._db.write(lambda c: c.execute(sql, (name, value)) and None, durable=True)

    # Leases ----------------------------------------------------------------------------------------------------

    async def claim(self, owner: str, until: float, *, busy_sites: Iterable[str] = ()) -> Claim | None:
        busy = tuple(busy_sites)
        return await self._db.write(lambda c: statements.claim(c, owner, until, busy))

    async def renew(self, leases: Sequence[Lease], until: float) -> None:
        rows = [(until, lease.job_id, lease.number) for lease in leases]
        sql = "UPDATE jobs SET lease_until=? WHERE id=? AND lease_no=?"
        await self._db.write(lambda c: c.executemany(sql, rows) and None)

    async def expire(self, now: float, *, held: Collection[str], change: Change) -> tuple[list[Job], int]:
        """End the leases that ran out before Unix time ``now``, except those of ``held``; ``change`` is applied to their jobs.

        Returns:
            The jobs that were changed, and how many leases there are afterwards.
        """
        return await self._db.write(lambda c: statements.expire(c, now, held, change), durable=True)

    async def advance(self, lease: Lease, change: Change, *, durable: bool = False) -> Job | None:
        return await self._db.write(lambda c: statements.advance(c, lease, change, give_back=False), durable=durable)

    async def finish(self, lease: Lease, change: Change) -> Job | None:
        return await self._db.write(lambda c: statements.advance(c, lease, change, give_back=True), durable=True)

    async def recover(self, change: Change) -> list[Job]:
        """End every lease at start, and apply ``change`` to the jobs that were running."""
        await self._db.write(statements.end_leases)
        return await self.change_all(RUNNING, change)
