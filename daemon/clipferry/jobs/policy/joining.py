"""What the job that already is a clip takes over from another request for the same clip. Pure but for a look at the file."""

from __future__ import annotations

from dataclasses import replace

from ...protocol.jobs import JobState
from ..job import FailureCounts, Job, requeue


def join(first: Job, request: Job, now: float) -> Job | None:
    """``first`` once ``request`` has been answered by it; ``None``: it cannot answer, and ``request`` becomes a job of its own.

    What a person brings is taken over: their permission, their say over the job, their session, a title where there is none.
    A page brings no rights, and is never served with a permission that a person gave.
    """
    if request.from_page and first.allow_private:
        return None
    if first.state is JobState.DONE and not (first.target and first.target.exists()):
        return None
    joined = replace(
        first,
        allow_private=first.allow_private or request.allow_private,
        from_page=first.from_page and request.from_page,
        session=first.session or (request.session and first.state is not JobState.DONE),
        title=first.title or request.title,
    )
    if first.state is JobState.FAILED:
        return replace(requeue(joined, now), tries=FailureCounts())
    return first if joined == first else joined
