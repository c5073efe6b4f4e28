"""Convert a job to its message on the wire."""

from __future__ import annotations

from ..clip.model import Progress
from ..protocol.envelope import ErrorInfo
from ..protocol.jobs import Job as JobMessage
from ..protocol.jobs import JobState
from .failure import Failure
from .job import Job


def to_message(job: Job, progress: Progress | None = None, *, file_missing: bool = False) -> JobMessage:
    """Return ``job`` as a message, which has no whole path.

    Args:
        file_missing: the job is done, but its file is no longer where it was published.
    """
    return JobMessage(
        file_id=job.id,
        state=job.state,
        url=job.url,
        site=job.site,
        title=job.title,
        uploader=job.uploader,
        thumbnail_url=job.thumbnail_url,
        duration_s=job.duration_s,
        start_s=job.start_s,
        end_s=job.end_s,
        output=job.output,
        created_at=job.created_at,
        updated_at=job.updated_at,
        finished_at=job.finished_at,
        progress=None if job.final else progress,
        file_name=job.target.name if job.target and job.state is JobState.DONE else None,
        size_bytes=job.size_bytes,
        file_missing=file_missing,
        pinned=job.pinned,
        live=job.live,
        finishing=job.finishing and not job.final,
        proof=job.proof,
        error=error_info(job.failure),
        wait_reason=job.wait_reason,
        not_before=job.not_before,
        priority=job.priority,
        position=job.position,
        from_page=job.from_page,
    )


def error_info(failure: Failure | None) -> ErrorInfo | None:
    if failure is None:
        return None
    return ErrorInfo(
        code=failure.code,
        reason=failure.reason,
        params=failure.params,
        message=failure.sentence,
        hint=failure.hint,
        advice=failure.advice,
    )
