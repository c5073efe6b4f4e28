"""Join a request with the earlier job for the same clip. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from ...protocol.jobs import JobState
from ..job import FailureCounts, Job, requeue


def join(first: Job, request: Job, now: float, missing: Collection[Path] = ()) -> Job | None:
    """Return ``first`` with what ``request`` adds; ``None``: they cannot be one job, and ``request`` becomes a job of its own.

    A person's request adds permission, ownership, a session, and a title where there is none. A page's request adds no
    rights, and is never joined with a job that has a permission of a person.

    Args:
        missing: locations at which a clip was and is no more.
    """
    if request.from_page and first.allow_private:
        return None
    if first.state is JobState.DONE and (first.target is None or first.target in missing):
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
