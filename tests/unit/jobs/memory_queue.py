"""The queue of jobs in memory: the second implementation of ``jobs.queue_backend.JobQueue``, for tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clipferry.clip.extract.video_links import Range
from clipferry.clip.model import Progress
from clipferry.jobs.errors import JobNotFound
from clipferry.jobs.job import RUNNING, Job
from clipferry.jobs.policy.dedupe import clip_identity
from clipferry.jobs.queue_backend import Claim, Lease
from clipferry.jobs.transitions import Transition
from clipferry.protocol.jobs import JobState


@dataclass
class _Entry:
    job: Job
    fence: int = 0
    """The number of the newest lease; grows with every claim and every stop."""
    until: float | None = None
    """When the lease ends (Unix seconds); ``None``: not leased."""
    progress: Progress | None = None

    def end_lease(self) -> None:
        self.fence, self.until = self.fence + 1, None


class MemoryQueue:
    """Jobs in a dictionary. No method awaits anything, so that each is atomic in its event loop."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._facts: dict[str, str] = {}

    async def add(self, job: Job) -> None:
        """Put ``job`` at the queue's end, as the clip of its address."""
        last = max((entry.job.position for entry in self._entries.values()), default=0.0)
        self._entries[job.id] = _Entry(replace(job, position=last + 1, identity=job.url))

    async def get(self, job_id: str) -> Job:
        return self._entry(job_id).job

    async def progress(self, job_ids: Sequence[str]) -> dict[str, Progress]:
        entries = {job_id: self._entries[job_id] for job_id in job_ids if job_id in self._entries}
        return {job_id: entry.progress for job_id, entry in entries.items() if entry.progress is not None}

    async def claim(self, owner: str, until: float, *, busy_sites: Iterable[str] = ()) -> Claim | None:
        del owner
        busy = {*busy_sites}
        for job in await self.in_states([JobState.QUEUED]):
            entry = self._entries[job.id]
            if entry.until is None and (job.site or "") not in busy:
                entry.fence, entry.until = entry.fence + 1, until
                return Claim(job, Lease(job.id, entry.fence))
        return None

    async def renew(self, leases: Sequence[Lease], until: float) -> None:
        for lease in leases:
            if (entry := self._leased(lease)) is not None:
                entry.until = until

    async def record_progress(self, progress: Mapping[str, Progress]) -> None:
        for job_id, value in progress.items():
            if (entry := self._entries.get(job_id)) is not None:
                entry.progress = value

    async def advance(self, lease: Lease, transition: Transition, *, durable: bool = False) -> Job | None:
        del durable
        if (entry := self._leased(lease)) is None:
            return None
        entry.job = transition(entry.job)
        return entry.job

    async def finish(self, lease: Lease, outcome: Transition) -> Job | None:
        if (job := await self.advance(lease, outcome)) is not None:
            self._entries[job.id].until = None
        return job

    async def change(self, job_id: str, transition: Transition, *, durable: bool = True) -> Job:
        del durable
        entry = self._entry(job_id)
        entry.job = transition(entry.job)
        return entry.job

    async def stop(self, job_id: str, transition: Transition) -> Job:
        job = await self.change(job_id, transition)
        self._entries[job_id].end_lease()
        return job

    async def expire(self, now: float, *, held: Collection[str], change: Transition) -> tuple[list[Job], int]:
        changed = []
        for job_id, entry in self._entries.items():
            if entry.until is not None and entry.until < now and job_id not in held:
                entry.end_lease()
                if not entry.job.final:
                    entry.job = change(entry.job)
                    changed.append(entry.job)
        return changed, sum(entry.until is not None for entry in self._entries.values())

    async def recover(self, change: Transition) -> list[Job]:
        changed = []
        for entry in self._entries.values():
            if entry.until is not None:
                entry.end_lease()
            if entry.job.state in RUNNING and (after := change(entry.job)) is not entry.job:
                entry.job = after
                changed.append(after)
        return changed

    async def in_states(self, states: Iterable[JobState]) -> list[Job]:
        wanted = {*states}
        jobs = [entry.job for entry in self._entries.values() if entry.job.state in wanted]
        return sorted(jobs, key=lambda job: (-job.priority, job.position, job.id))

    async def open_ids(self) -> list[str]:
        return [job_id for job_id, entry in self._entries.items() if not entry.job.final]

    async def learn_video(self, job_id: str, url: str, key: str, shown: Range = (None, None)) -> None:
        del url, shown
        job = self._entry(job_id).job
        identity = clip_identity(key, job.start_s, job.end_s, job.output)
        taken = {entry.job.identity for entry in self._entries.values() if entry.job.owner == job.owner}
        if job.identity is not None and identity not in taken:
            self._entries[job_id].job = replace(job, identity=identity)

    async def fact(self, name: str) -> str | None:
        return self._facts.get(name)

    async def set_fact(self, name: str, value: str) -> None:
        self._facts[name] = value

    def _entry(self, job_id: str) -> _Entry:
        if (entry := self._entries.get(job_id)) is None:
            raise JobNotFound
        return entry

    def _leased(self, lease: Lease) -> _Entry | None:
        entry = self._entries.get(lease.job_id)
        return entry if entry is not None and entry.fence == lease.number else None
