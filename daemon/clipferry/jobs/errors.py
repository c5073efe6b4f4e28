"""Errors of jobs and of the service, beside those of the clip engine (``clip.errors``)."""

from __future__ import annotations

from ..clip.error_chain import error_chain
from ..clip.errors import ClipError


class BadRequest(ClipError):
    code, exit_code = "bad_request", 40
    sentence = "clipferry did not understand that request."
    hint = "Update clipferry and its browser extension to the same version."


class InvalidSetting(BadRequest):
    """A setting that cannot work, refused before it is kept; the sentence names it."""

    code, exit_code = "invalid_setting", 61
    sentence = "That setting cannot be used."
    hint = "Nothing was changed. Correct it and save again."


class UnknownMethod(BadRequest):
    code, exit_code = "unknown_method", 41


class NotAllowed(ClipError):
    code, exit_code = "not_allowed", 42
    sentence = "A web page may not ask for that."
    hint = "Do it in the dashboard instead."


class JobNotFound(ClipError):
    code, exit_code = "job_not_found", 43
    sentence = "There is no such clip."
    hint = "It may have been removed from the history."


class WrongState(ClipError):
    code, exit_code = "wrong_state", 44
    sentence = "That cannot be done with the clip as it is now."
    hint = "Look at the clip's state and try again."


class NotRecording(WrongState):
    """Only a clip of a running broadcast can be ended early and kept."""

    code, exit_code = "not_recording", 54
    sentence = "There is no recording to stop here."
    hint = (
        "Only a clip of a running broadcast can be stopped and kept, once its recording has begun. Cancel it instead."
    )


class NotReady(WrongState):
    code, exit_code = "not_ready", 45
    sentence = "The clip is not finished yet."
    hint = "Wait until it is done."


class SessionNeeded(WrongState):
    """Trying again as before cannot work: a session is needed, and what was lent for the last try is given back."""

    code, exit_code = "session_needed", 63
    sentence = "This clip needs your session on its site."
    hint = "Take it again from the video's page, and allow clipferry to use your session there for this clip."


class SessionExpired(ClipError):
    """The site refused although a session was lent."""

    code, exit_code = "session_expired", 62
    sentence = "The session that you lent is no longer valid."
    hint = "Sign in on the site again, see that the video plays, then take the clip with your session once more."


class FileGone(ClipError):
    code, exit_code = "file_gone", 46
    sentence = "The clip's file is no longer where it was put."
    hint = "It was moved or deleted. Take the clip again if you need it."


class NewerVersion(WrongState):
    """A newer clipferry ordered the clip, with a state or an output that this version does not have."""

    code, exit_code = "newer_version", 65
    sentence = "A newer clipferry ordered this clip, in a way that this version cannot follow."
    hint = "Update clipferry; the clip is kept as it is until then. Or remove it and take it again."


class QueueFull(ClipError):
    code, exit_code = "queue_full", 47
    sentence = "Too many clips are waiting already."
    hint = "Wait until some are done, or cancel some."
    retryable = True


class CannotOpen(ClipError):
    code, exit_code = "cannot_open", 48
    sentence = "No program on this computer could open the clip."
    hint = "Open your Downloads folder and choose a program for it there."


class NoClipboard(ClipError):
    """The desktop session's clipboard cannot be reached."""

    code, exit_code = "no_clipboard", 58
    sentence = "The clip could not be put into the clipboard."
    hint = "Open its folder and copy it there. On Wayland, the package wl-clipboard is needed."


class WorkerCrashed(ClipError):
    """The process that took the clip died."""

    code, exit_code = "worker_crashed", 49
    sentence = "Taking the clip broke off twice."
    hint = "Try another quality. If it happens again, run `clipferry doctor` and send us its report."
    retryable = True


class WorkerHung(WorkerCrashed):
    code, exit_code = "worker_hung", 50
    sentence = "Taking the clip came to a standstill twice."
    hint = "Try again later or with another quality."


class TooMuchMemory(WorkerCrashed):
    """Not retried: the same clip needs as much again."""

    code, exit_code = "too_much_memory", 51
    sentence = "Taking the clip needed more memory than it may have."
    hint = "Try a lower quality or a shorter clip."
    retryable = False


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Whether ``error`` is a ``MemoryError`` or was raised because of one, such as libav's ``ENOMEM`` in whatever it is reported as."""
    return any(isinstance(one, MemoryError) for one in error_chain(error))
