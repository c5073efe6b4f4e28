"""The job, its states, and the transitions between them. Pure: every function returns a new job or raises.

Clients see a job as ``protocol.Job``; this is what the queue keeps. A state is committed *before* the step that it
names is taken, and every step can be taken again, so that a daemon killed at any instant goes on from the last commit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from ..clip.errors import NothingRecorded
from ..protocol.jobs import JobState, OutputParams, ProofInfo
from .errors import NotRecording, WrongState
from .failure import Failure

S = JobState
FINAL = frozenset((S.DONE, S.FAILED, S.CANCELLED))
RUNNING = frozenset((S.RESOLVING, S.FETCHING, S.CUTTING, S.PUBLISHING))
"""Under way. ``PUBLISHING`` is the daemon's own: no worker any more."""
WORKING = frozenset((S.RESOLVING, S.FETCHING, S.CUTTING))
_STOP = frozenset((S.QUEUED, S.WAITING, S.PAUSED, S.FAILED, S.CANCELLED))

NEXT: dict[JobState, frozenset[JobState]] = {
    S.QUEUED: frozenset((S.RESOLVING, S.PUBLISHING, S.WAITING, S.PAUSED, S.FAILED, S.CANCELLED)),
    S.RESOLVING: WORKING | _STOP | {S.PUBLISHING},
    S.FETCHING: WORKING | _STOP | {S.PUBLISHING},
    S.CUTTING: WORKING | _STOP | {S.PUBLISHING},
    # QUEUED: the staged file is gone, make it again. PUBLISHING: the name was taken, the next one is tried.
    # No way to CANCELLED or PAUSED: the file may have its name already; it takes milliseconds, so commands wait.
    S.PUBLISHING: frozenset((S.PUBLISHING, S.DONE, S.WAITING, S.QUEUED, S.FAILED)),
    S.WAITING: frozenset((S.QUEUED, S.WAITING, S.PAUSED, S.FAILED, S.CANCELLED)),
    S.PAUSED: frozenset((S.QUEUED, S.CANCELLED, S.FAILED)),
    S.FAILED: frozenset((S.QUEUED,)),
    S.CANCELLED: frozenset((S.QUEUED,)),
    S.DONE: frozenset(),
}
"""Which states may follow which."""


class Wait(StrEnum):
    """Why a job waits."""

    NETWORK = "network"
    DISK_FULL = "disk_full"
    FOLDER = "folder"
    RATE_LIMITED = "rate_limited"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Staged:
    """A finished and verified file in staging, not yet published."""

    path: Path
    name: str
    size_bytes: int
    origin_url: str | None = None


@dataclass(frozen=True, slots=True)
class FailureCounts:
    """How often each kind of failure occurred in a row; zero again after a success and after a retry by request."""

    retries: int = 0
    crashes: int = 0
    expiries: int = 0
    refusals: int = 0
    """Of the folder that the clip goes to: never too many, but tried less and less often."""


LOCAL_OWNER = "local"
"""The owner of all jobs of a person's own machine."""


@dataclass(frozen=True, slots=True)
class Job:
    """One clip on its way, or taken. Times of day are Unix seconds; ``start_s`` / ``end_s`` are the video's."""

    id: str
    url: str
    output: OutputParams
    created_at: float
    updated_at: float
    state: JobState = S.QUEUED
    owner: str = LOCAL_OWNER
    start_s: float | None = None
    end_s: float | None = None
    item: int | None = None
    whole: bool = False
    """All of the video, even where the link names a range; without it and without marks that range is taken, and kept here once it
    is known."""
    allow_private: bool = False
    from_page: bool = True
    """Ordered through the extension: private addresses are refused whatever else it requests."""
    identity: str | None = None
    """Dedupe key of its clip among its owner's; ``None``: equal requests make a new job (this one is cancelled, or was ordered again)."""
    priority: int = 0
    position: float = 0.0
    """Place in the queue among equal priorities; smaller is sooner."""
    site: str | None = None
    title: str | None = None
    uploader: str | None = None
    thumbnail_url: str | None = None
    duration_s: float | None = None
    finished_at: float | None = None
    wait_reason: Wait | None = None
    not_before: float | None = None
    tries: FailureCounts = field(default_factory=FailureCounts)
    failure: Failure | None = None
    staged: Staged | None = None
    target: Path | None = None
    """Where the file goes (``PUBLISHING``) or lies (``DONE``)."""
    size_bytes: int | None = None
    proof: ProofInfo | None = None
    pinned: bool = False
    live: bool = False
    """A broadcast that was running when this was resolved: its clip is a recording."""
    session: bool = False
    """A session on its site was lent."""
    finishing: bool = False
    """The recording was requested to end; what there is of it is the clip."""

    @property
    def final(self) -> bool:
        return self.state in FINAL


def move(job: Job, state: JobState, now: float) -> Job:
    """Return ``job`` in ``state``.

    Raises:
        WrongState: ``state`` cannot follow the one it is in.
    """
    if state not in NEXT[job.state]:
        raise WrongState(detail=f"{job.id}: {job.state} cannot become {state}")
    return replace(
        job,
        state=state,
        updated_at=now,
        wait_reason=None,
        not_before=None,
        failure=None,
        finished_at=now if state in FINAL else None,
    )


def requeue(job: Job, now: float) -> Job:
    """Return the job to the queue, at its old place, with all bytes that it has. A finished clip keeps the name that it was about to
    get: it may have it already. One that has not left the queue (what it was claimed for failed) is in it already."""
    queued = job if job.state is S.QUEUED else move(job, S.QUEUED, now)
    return replace(queued, target=job.target if job.staged else None)


def wait(job: Job, reason: Wait, not_before: float, now: float, failure: Failure | None = None) -> Job:
    """Hold the job until ``not_before`` (Unix time), or until what ``reason`` names is there again."""
    return replace(move(job, S.WAITING, now), wait_reason=reason, not_before=not_before, failure=failure)


def publish_as(job: Job, staged: Staged, target: Path, now: float) -> Job:
    """Note that the finished file is about to get the name ``target``."""
    return replace(move(job, S.PUBLISHING, now), staged=staged, target=target)


def done(job: Job, target: Path, now: float) -> Job:
    """Note that the file is at ``target``. A recording loses its identity: what a broadcast shows next is another clip."""
    size = job.staged.size_bytes if job.staged else job.size_bytes
    identity = None if job.live else job.identity
    finished = replace(move(job, S.DONE, now), target=target, staged=None, size_bytes=size, tries=FailureCounts())
    return replace(finished, identity=identity)


def fail(job: Job, failure: Failure, now: float) -> Job:
    """Give the job up."""
    return replace(move(job, S.FAILED, now), failure=failure)


def cancel(job: Job, now: float) -> Job:
    """Stop the job for good; the same clip ordered again is a new job."""
    return replace(move(job, S.CANCELLED, now), identity=None, staged=None, target=None)


def retry(job: Job, now: float) -> Job:
    """Requeue a failed, cancelled or waiting job by request, with all its tries."""
    if job.state not in (S.FAILED, S.CANCELLED, S.WAITING):
        raise WrongState(detail=f"{job.id}: {job.state} cannot be retried")
    # A recording that was to end goes on ending; where nothing was left of it, it begins anew.
    anew = job.state is S.CANCELLED or (job.failure is not None and job.failure.code == NothingRecorded.code)
    return replace(requeue(job, now), tries=FailureCounts(), finishing=job.finishing and not anew)


def finish(job: Job, now: float) -> Job:
    """Request the end of a recording, to keep what there is of it. Idempotent.

    Raises:
        NotRecording: it is no recording, none yet, or none any more.
    """
    if not job.finishing and (job.final or not job.live):
        raise NotRecording(detail=f"{job.id}: {job.state}, live: {job.live}")
    requested = job if job.finishing else replace(job, finishing=True, updated_at=now)
    return requeue(requested, now) if job.state in (S.PAUSED, S.WAITING) else requested


def recovered(job: Job, now: float) -> Job:
    """Requeue a job that an earlier daemon left running."""
    return requeue(job, now) if job.state in WORKING else job
