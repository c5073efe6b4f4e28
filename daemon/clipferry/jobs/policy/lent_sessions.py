"""Explain a failure in view of a lent session: one would help, did not help, or is gone. Pure."""

from __future__ import annotations

from ...clip.errors import AgeRestricted, LoginRequired, MembersOnly, PrivateVideo
from ..errors import SessionExpired, SessionNeeded
from ..failure import Failure
from ..job import Job
from ..job import S as State

_REASONS: dict[str, str] = {
    LoginRequired.code: "",
    AgeRestricted.code: "age_restricted",
    PrivateVideo.code: "private_video",
    MembersOnly.code: "members_only",
}
"""The failures that a session may help against; each with the reason of ``SessionExpired`` where one was lent."""


def explained(failure: Failure, *, lent: bool, used: bool) -> Failure:
    """Return the failure to report for an attempt that failed with ``failure``.

    ``lent``: the request brought cookies. ``used``: the attempt had them; it has none where no cookie belongs to the site of the
    video, and where they were lost with the computer's memory.
    """
    if failure.code not in _REASONS or not lent:
        return failure
    if used:
        return Failure.of(expired(failure.code, failure.detail))
    return Failure.of(SessionNeeded("not_used"))


def expired(code: str, detail: str) -> SessionExpired:
    """Make the error of a session that was sent, and did not help against a failure of the kind ``code``."""
    return SessionExpired(_REASONS[code], detail=detail)


def needed(job: Job) -> bool:
    """Return whether another try at ``job``, whose session has been given back, can only fail for want of one."""
    if job.state not in (State.FAILED, State.CANCELLED):
        return False
    asked = job.failure is not None and job.failure.code in (*_REASONS, SessionExpired.code, SessionNeeded.code)
    return asked or job.session
