"""The changes of a job that the queue commits, as values: what a job becomes depends on the value and the job alone.

A queue backend applies them in its own transaction, in whatever thread or process that runs; none reaches back into the
daemon. Each raises ``WrongState`` where it does not fit the state that the job is in. All times are Unix seconds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path

from ..protocol.jobs import JobState, ProofInfo
from . import job as states
from .errors import WorkerCrashed, WrongState
from .failure import Failure
from .job import FailureCounts, Job, Staged, Wait
from .policy.scheduler import CRASHES


class Transition(ABC):
    """A change of one job."""

    __slots__ = ()

    @abstractmethod
    def __call__(self, job: Job) -> Job:
        """Return the changed job. Raises ``WrongState`` where ``job`` cannot be changed so."""


# By request -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pause(Transition):
    """Stop and keep what has been downloaded."""

    now: float

    def __call__(self, job: Job) -> Job:
        return states.move(job, JobState.PAUSED, self.now)


@dataclass(frozen=True, slots=True)
class Cancel(Transition):
    """Stop for good."""

    now: float

    def __call__(self, job: Job) -> Job:
        return states.cancel(job, self.now)


@dataclass(frozen=True, slots=True)
class FinishRecording(Transition):
    """End a recording and keep it. Raises ``NotRecording``."""

    now: float

    def __call__(self, job: Job) -> Job:
        return states.finish(job, self.now)


@dataclass(frozen=True, slots=True)
class Retry(Transition):
    """Run a failed, cancelled or waiting job again with all its tries; ``only``: refuse it in any other state."""

    now: float
    only: frozenset[JobState] | None = None

    def __call__(self, job: Job) -> Job:
        return states.retry(_in(job, self.only), self.now)


@dataclass(frozen=True, slots=True)
class RetryWithSession(Transition):
    """Run the job again if it has failed meanwhile, for want of the session that is lent now; else leave it as it is."""

    now: float

    def __call__(self, job: Job) -> Job:
        return replace(states.retry(job, self.now), session=True) if job.state is JobState.FAILED else job


@dataclass(frozen=True, slots=True)
class NoteSession(Transition):
    """Note that a session was lent for the next run."""

    def __call__(self, job: Job) -> Job:
        return replace(job, session=True)


@dataclass(frozen=True, slots=True)
class Pin(Transition):
    """Keep the clip from retention, or no longer."""

    pinned: bool

    def __call__(self, job: Job) -> Job:
        return replace(job, pinned=self.pinned)


# Of a run -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginRun(Transition):
    """Start resolving; what an earlier run had finished cannot be used."""

    now: float

    def __call__(self, job: Job) -> Job:
        return replace(states.move(job, JobState.RESOLVING, self.now), staged=None, target=None)


@dataclass(frozen=True, slots=True)
class Enter(Transition):
    """Go on to the state of the next stage."""

    state: JobState
    now: float

    def __call__(self, job: Job) -> Job:
        return states.move(job, self.state, self.now)


@dataclass(frozen=True, slots=True)
class SetSite(Transition):
    """Note the site that failed, where the link only leads there."""

    site: str

    def __call__(self, job: Job) -> Job:
        return replace(job, site=self.site)


@dataclass(frozen=True, slots=True)
class DescribeVideo(Transition):
    """Note what resolving found out."""

    site: str | None
    title: str
    uploader: str | None
    thumbnail_url: str | None
    duration_s: float | None
    start_s: float | None
    """The requested range, else the one that the link names; ``None``: from the beginning, to the end."""
    end_s: float | None
    live: bool

    def __call__(self, job: Job) -> Job:
        return replace(
            job,
            site=self.site,
            title=self.title,
            uploader=self.uploader,
            thumbnail_url=self.thumbnail_url,
            duration_s=self.duration_s,
            start_s=self.start_s,
            end_s=self.end_s,
            live=self.live,
        )


@dataclass(frozen=True, slots=True)
class PublishAs(Transition):
    """Commit the name that the staged file is about to get."""

    staged: Staged
    target: Path
    proof: ProofInfo | None
    now: float

    def __call__(self, job: Job) -> Job:
        return replace(states.publish_as(job, self.staged, self.target, self.now), proof=self.proof)


@dataclass(frozen=True, slots=True)
class Publish(Transition):
    """The file has its name: the job is done."""

    target: Path
    now: float

    def __call__(self, job: Job) -> Job:
        return states.done(job, self.target, self.now)


# After a run ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Requeue(Transition):
    """Put the job back into the queue at its place; ``only``: refuse it in any other state."""

    now: float
    only: frozenset[JobState] | None = None
    tries: FailureCounts | None = None

    def __call__(self, job: Job) -> Job:
        queued = states.requeue(_in(job, self.only), self.now)
        return queued if self.tries is None else replace(queued, tries=self.tries)


@dataclass(frozen=True, slots=True)
class HoldUntil(Transition):
    """Wait until ``not_before``, or until what ``reason`` names is there again. ``failure``: what is shown meanwhile."""

    reason: Wait
    not_before: float
    failure: Failure
    tries: FailureCounts
    now: float

    def __call__(self, job: Job) -> Job:
        return replace(states.wait(job, self.reason, self.not_before, self.now, self.failure), tries=self.tries)


@dataclass(frozen=True, slots=True)
class Fail(Transition):
    """Give the job up."""

    failure: Failure
    now: float

    def __call__(self, job: Job) -> Job:
        return states.fail(job, self.failure, self.now)


@dataclass(frozen=True, slots=True)
class ReleaseExpired(Transition):
    """Requeue a job whose lease ran out; give it up once that has happened ``CRASHES`` times."""

    now: float

    def __call__(self, job: Job) -> Job:
        tries = replace(job.tries, crashes=job.tries.crashes + 1)
        if tries.crashes < CRASHES:
            return replace(states.requeue(job, self.now), tries=tries)
        failure = Failure.of(WorkerCrashed(detail="its lease ran out"))
        return replace(states.fail(job, failure, self.now), tries=tries)


@dataclass(frozen=True, slots=True)
class Recover(Transition):
    """Continue a job that an earlier daemon left running. ``placed``: the jobs whose file has its name already."""

    placed: frozenset[str]
    now: float

    def __call__(self, job: Job) -> Job:
        if job.state is not JobState.PUBLISHING:
            return states.recovered(job, self.now)
        if job.target is not None and job.id in self.placed:
            return states.done(job, job.target, self.now)
        return states.requeue(job, self.now)


def _in(job: Job, only: frozenset[JobState] | None) -> Job:
    if only is not None and job.state not in only:
        raise WrongState(detail=f"{job.id}: {job.state} is none of {', '.join(sorted(only))}")
    return job
