"""The small port between whoever runs jobs and whoever keeps them: claim, renew, finish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .job import Job

Change = Callable[[Job], Job]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job. ``number`` fences: a holder that lost the job can no longer change it."""

    job_id: str
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
