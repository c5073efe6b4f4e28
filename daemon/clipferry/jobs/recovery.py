"""Recover the jobs that an earlier daemon left running, however it ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..protocol.jobs import JobState
from .clip_storage import ClipStorage
from .job import Job
from .queue_backend import JobQueue
from .staging import Staging
from .transitions import Recover


async def recover(queue: JobQueue, storage: ClipStorage, staging: Staging, downloads: Path, now: float) -> list[Job]:
    """Requeue every interrupted job where it can continue, and sweep staging; return the jobs that changed.

    A job that was publishing is done if its file is there, else its finished file is published again. Call with the
    instance lock held and no worker alive.
    """
    publishing = await queue.in_states([JobState.PUBLISHING])
    placed = [job.id for job in publishing if await asyncio.to_thread(_published, job, storage)]
    changed = await queue.recover(Recover(frozenset(placed), now))
    failed = await queue.in_states([JobState.FAILED])
    await asyncio.to_thread(staging.sweep, downloads, await queue.open_ids(), [job.id for job in failed])
    return changed


def _published(job: Job, storage: ClipStorage) -> bool:
    return job.staged is not None and job.target is not None and storage.is_published(job.staged.path, job.target)
