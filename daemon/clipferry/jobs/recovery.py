"""What a daemon that starts makes of what its predecessor left in the middle, however that one ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..clip.output.publish import is_same
from ..protocol.jobs import JobState
from .job import Job, done, recovered, requeue
from .sqlite.store import Store
from .staging import Staging


async def recover(store: Store, staging: Staging, downloads: Path, now: float) -> list[Job]:
    """Put every interrupted job where it goes on from, and sweep staging; gives the jobs that changed.

    A job that was publishing is done if its file is there, else its finished file is published again. Called with the
    instance lock held and no worker alive.
    """
    placed = {}
    for job in await store.in_states([JobState.PUBLISHING]):
        placed[job.id] = await asyncio.to_thread(_placed, job)

    def change(job: Job) -> Job:
        if job.state is not JobState.PUBLISHING:
            return recovered(job, now)
        if job.target is not None and placed.get(job.id):
            return done(job, job.target, now)
        return requeue(job, now)

    changed = await store.recover(change)
    failed = await store.in_states([JobState.FAILED])
    await asyncio.to_thread(staging.sweep, downloads, await store.open_ids(), [job.id for job in failed])
    return changed


def _placed(job: Job) -> bool:
    return job.staged is not None and job.target is not None and is_same(job.staged.path, job.target)
