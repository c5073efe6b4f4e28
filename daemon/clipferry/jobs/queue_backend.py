"""The port between whoever runs jobs and the queue that keeps them: one daemon with a database file, or many workers of a server.

Whatever is changed is a ``Transition``, a value that a backend can apply in a transaction of its own, wherever that runs.
Contract: ``tests/unit/jobs/test_queue_contract.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..clip.extract.video_links import Range
from ..clip.model import Progress
from ..protocol.jobs import JobState
from .job import Job
from .transitions import Transition

Change = Callable[[Job], Job]
"""Any change of a job; every ``Transition`` is one."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job. ``number`` is its fencing number: a holder that lost the job can no longer change it."""

    job_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A job and the lease to run it."""

    job: Job
    lease: Lease


class JobQueue(Protocol):
    """Jobs as their runner needs them. All times are Unix seconds. Every write is atomic, and may raise ``DiskFull``."""

    # Run a job

    async def claim(self, owner: str, until: float, *, busy_sites: Iterable[str] = ()) -> Claim | None:
        """Lease the first queued job of a site that is not in ``busy_sites`` to ``owner`` until ``until``; ``None``: there is none."""
        ...

    async def renew(self, leases: Sequence[Lease], until: float) -> None:
        """Extend those of ``leases`` that still hold."""
        ...

    async def record_progress(self, progress: Mapping[str, Progress]) -> None:
        """Keep how far running jobs are, by job id."""
        ...

    async def advance(self, lease: Lease, transition: Transition, *, durable: bool = False) -> Job | None:
        """Change a leased job; ``None``: the lease is lost and nothing was changed. ``durable``: synced to disk on return."""
        ...

    async def finish(self, lease: Lease, outcome: Transition) -> Job | None:
        """``advance`` for the last time: durable, and the lease is given back."""
        ...

    # Change a job, whoever runs it

    async def change(self, job_id: str, transition: Transition, *, durable: bool = True) -> Job:
        """Change a job and leave its lease. Raises ``JobNotFound`` and what ``transition`` raises; then nothing was changed."""
        ...

    async def stop(self, job_id: str, transition: Transition) -> Job:
        """Change a job durably and end its lease: whoever runs it has lost it. Raises as ``change``."""
        ...

    # Leases that nobody holds any more

    async def expire(self, now: float, *, held: Collection[str], change: Transition) -> tuple[list[Job], int]:
        """End the leases that ran out before ``now`` except those of the jobs ``held``, and apply ``change`` to their jobs.

        Returns:
            The changed jobs, and how many leases are left.
        """
        ...

    async def recover(self, change: Transition) -> list[Job]:
        """End every lease and apply ``change`` to each job that was running. Returns those that it changed."""
        ...

    # Read and remember

    async def in_states(self, states: Iterable[JobState]) -> list[Job]:
        """Return all jobs in ``states``, in queue order."""
        ...

    async def open_ids(self) -> list[str]:
        """Return the ids of all jobs that are not final."""
        ...

    async def learn_video(self, job_id: str, url: str, key: str, shown: Range = (None, None)) -> None:
        """Note that ``url`` (``video_links.video_address``) is the video ``key``, of which its page shows the range ``shown``.

        The job's identity becomes that of its range of this video, unless another job has it.
        """
        ...

    async def fact(self, name: str) -> str | None:
        """Return a value that ``set_fact`` kept."""
        ...

    async def set_fact(self, name: str, value: str) -> None:
        """Keep a value durably."""
        ...
