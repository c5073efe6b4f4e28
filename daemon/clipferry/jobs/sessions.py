"""What a lent session means for a job that failed: whether one would help, did not, or is gone. Pure."""

from __future__ import annotations

from ..clip.errors import AgeRestricted, ClipError, LoginRequired, MembersOnly, PrivateVideo
from .errors import SessionExpired, SessionNeeded
from .job import Failure, Job
from .job import S as State

_MORE: dict[str, str] = {
    LoginRequired.code: ".",
    AgeRestricted.code: ", or its account has no confirmed age.",
    PrivateVideo.code: ", or its account may not watch this private video.",
    MembersOnly.code: ", or its account is no member there.",
}
"""The failures that a session may help against; each with what else may be the matter where one was lent."""


def explained(failure: Failure, *, lent: bool, used: bool) -> Failure:
    """``failure`` as somebody is told it who lent a session for this (``lent``), which was there to be used or not (``used``)."""
    if failure.code not in _MORE or not lent:
        return failure
    error: ClipError
    if used:
        error = SessionExpired(
            f"The session that you lent is no longer valid{_MORE[failure.code]}", detail=failure.detail
        )
    else:
        error = SessionNeeded("The session that you lent is gone: it is not kept when the computer is restarted.")
    return Failure.of(error)


def needed(job: Job) -> bool:
    """Whether another try at ``job``, whose session has been given back, can only fail for want of one."""
    if job.state not in (State.FAILED, State.CANCELLED):
        return False
    asked = job.failure is not None and job.failure.code in (*_MORE, SessionExpired.code, SessionNeeded.code)
    return asked or job.session
