"""When a page may take back a clip with its file. Pure."""

from __future__ import annotations

from ...protocol.jobs import JobState
from ..errors import NotAllowed
from ..job import Job

UNDO_WITHIN_S = 600.0
"""For so long after a clip was finished a page can have its file moved to the bin."""


def check_undo(job: Job, now: float) -> None:
    """Raise ``NotAllowed`` where taking back ``job``, file and all, would be more than undoing what a page has just made."""
    kept = job.state is JobState.DONE and now - (job.finished_at or 0.0) > UNDO_WITHIN_S
    if kept or job.pinned:
        raise NotAllowed("undo")
