"""Delete the file of a finished clip, or move it to the system's bin; only while it still is that clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..clip.errors import ClipError
from ..protocol.jobs import JobState
from .errors import NotAllowed, WrongState
from .job import Job

UNDO_WITHIN_S = 600.0
"""For so long after a clip was finished a page can have its file moved to the bin."""


def check_undo(job: Job, now: float) -> None:
    """Raise ``NotAllowed`` where taking back ``job``, file and all, would be more than undoing what a page has just made."""
    kept = job.state is JobState.DONE and now - (job.finished_at or 0.0) > UNDO_WITHIN_S
    if kept or job.pinned:
        raise NotAllowed("undo")


def delete_file(job: Job) -> None:
    """Delete a clip's file, if it still is that clip: another file by the same name is not ours to delete.

    Raises:
        WrongState: it has been changed since.
        ClipError: the system does not let us.
    """
    _remove(job, Path.unlink, ClipError("deletion"))


def trash_file(job: Job) -> None:
    """Move a clip's file to the system's bin, if it still is that clip. Blocks.

    Raises:
        WrongState: it has been changed since.
        ClipError: the system does not let us, or has no bin for that disk.
    """
    from send2trash import send2trash  # noqa: PLC0415 - only who undoes a clip needs it

    failed = ClipError("bin")
    _remove(job, lambda path: send2trash(str(path)), failed)


def _remove(job: Job, remove: Callable[[Path], object], failed: ClipError) -> None:
    if job.target is None:
        return
    try:
        if job.target.lstat().st_size != job.size_bytes:
            raise WrongState("file_changed")
        remove(job.target)
    except FileNotFoundError:
        return
    except OSError as error:
        failed.detail = str(error)
        raise failed from error
