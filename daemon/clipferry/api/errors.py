"""Errors of the transports, before a method is called; and the HTTP status of each error.

All are ``ClipError``s, with a sentence and a hint for the person.
"""

from __future__ import annotations

from typing import ClassVar

from ..clip.errors import BadMedia, ClipError, NetworkError, RequestError, SiteError, add_texts
from .error_texts import TEXTS

add_texts(TEXTS)


class Refused(ClipError):
    """A request that is refused before it reaches a method. ``status``: of the HTTP answer."""

    status: ClassVar[int] = 400
    code = "refused"


class Misdirected(Refused):
    """RFC 9110, 15.5.20. A name that an attacker's DNS points at 127.0.0.1 ends here."""

    status, code = 421, "misdirected"


class MethodRefused(Refused):
    status, code = 405, "method_not_allowed"


class ForeignOrigin(Refused):
    status, code = 403, "foreign_origin"


class NoToken(Refused):
    status, code = 401, "unauthorized"


class NotJson(Refused):
    status, code = 415, "unsupported_media_type"


class BadJson(Refused):
    status, code = 400, "bad_json"


class TooLarge(Refused):
    status, code = 413, "too_large"


class TooSlow(Refused):
    status, code = 408, "too_slow"


class NoSuchPath(Refused):
    status, code = 404, "no_such_path"


class NotAFrame(Refused):
    """The stream of a socket or of the native host cannot be read any further."""

    code = "bad_frame"


class TimedOut(ClipError):
    """A method has not answered in time. What it began goes on; no job is lost by it."""

    code = "timed_out"
    retryable = True


class Busy(ClipError):
    code = "busy"
    retryable = True


class TooMuch(ClipError):
    code = "too_much"


_BY_CODE = {
    "unknown_method": 404,
    "client_outdated": 422,
    "job_not_found": 404,
    "not_allowed": 403,
    "blocked_address": 403,
    "bad_request": 422,
    "invalid_setting": 422,
    "wrong_state": 409,
    "not_recording": 409,
    "not_ready": 409,
    "newer_version": 409,
    "session_needed": 409,
    "session_expired": 502,
    "file_gone": 410,
    "file_missing": 410,
    "queue_full": 503,
    "busy": 503,
    "cannot_open": 503,
    "no_clipboard": 503,
    "timed_out": 504,
    "disk_full": 507,
    "rate_limited": 503,
    "folder_missing": 409,
    "folder_not_writable": 409,
    "no_way_back": 409,
    "update_under_way": 409,
    "update_refused": 409,
    "update_failed": 502,
    "update_unsound": 502,
}


def status_of(error: ClipError) -> int:
    """Return the HTTP status of an error: 4xx the client's, 502 the site's, other 5xx this machine's."""
    if isinstance(error, Refused):
        return error.status
    if (known := _BY_CODE.get(error.code)) is not None:
        return known
    if isinstance(error, RequestError):
        return 422
    if isinstance(error, SiteError | NetworkError | BadMedia):
        return 502
    return 500
