"""Errors of jobs and of the service, beside those of the clip engine (``clip.errors``)."""

from __future__ import annotations

from ..clip.error_chain import error_chain
from ..clip.errors import ClipError, add_texts
from .error_texts import TEXTS

add_texts(TEXTS)


class BadRequest(ClipError):
    code, exit_code = "bad_request", 40


class InvalidSetting(BadRequest):
    """A setting that cannot work, refused before it is kept; the sentence names it."""

    code, exit_code = "invalid_setting", 61


class UnknownMethod(BadRequest):
    code, exit_code = "unknown_method", 41


class ClientOutdated(BadRequest):
    """The client speaks a version of the protocol that is too old for this daemon."""

    code, exit_code = "client_outdated", 66


class NotAllowed(ClipError):
    code, exit_code = "not_allowed", 42


class JobNotFound(ClipError):
    code, exit_code = "job_not_found", 43


class WrongState(ClipError):
    code, exit_code = "wrong_state", 44


class NotRecording(WrongState):
    """Only a clip of a running broadcast can be ended early and kept."""

    code, exit_code = "not_recording", 54


class NotReady(WrongState):
    code, exit_code = "not_ready", 45


class SessionNeeded(WrongState):
    """Trying again as before cannot work: a session is needed, and what was lent for the last try is given back."""

    code, exit_code = "session_needed", 63


class SessionExpired(ClipError):
    """The site refused although a session was lent."""

    code, exit_code = "session_expired", 62


class FileGone(ClipError):
    code, exit_code = "file_gone", 46


class NewerVersion(WrongState):
    """A newer clipferry ordered the clip, with a state or an output that this version does not have."""

    code, exit_code = "newer_version", 65


class QueueFull(ClipError):
    code, exit_code = "queue_full", 47
    retryable = True


class CannotOpen(ClipError):
    code, exit_code = "cannot_open", 48


class NoClipboard(ClipError):
    """The desktop session's clipboard cannot be reached."""

    code, exit_code = "no_clipboard", 58


class WorkerCrashed(ClipError):
    """The process that took the clip died."""

    code, exit_code = "worker_crashed", 49
    retryable = True


class WorkerHung(WorkerCrashed):
    code, exit_code = "worker_hung", 50


class TooMuchMemory(WorkerCrashed):
    """Not retried: the same clip needs as much again."""

    code, exit_code = "too_much_memory", 51
    retryable = False


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Whether ``error`` is a ``MemoryError`` or was raised because of one, such as libav's ``ENOMEM`` in whatever it is reported as."""
    return any(isinstance(one, MemoryError) for one in error_chain(error))
