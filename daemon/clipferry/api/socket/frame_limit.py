"""Answers that pass through a browser's native messaging: what is longer than a frame is cut where a reader can go on."""

from __future__ import annotations

from clipferry_host.frames import HEAD_BYTES, MAX_FRAME_BYTES, pack

from ...protocol.base import Message
from ...protocol.envelope import Answer, Event
from ...protocol.jobs import JobPage
from ...protocol.settings import RetentionPreview
from ...protocol.videos import VideoInfo
from ..errors import TooMuch
from ..http.responses import error_info


def frame(message: Message) -> bytes:
    """``message`` with its length in front."""
    return pack(message.model_dump_json().encode())


def answer_frame(answer: Answer) -> bytes:
    """The frame for ``answer``, at most ``MAX_FRAME_BYTES`` of body; a page of jobs gets shorter, a video loses its extras."""
    made = frame(answer)
    while len(made) - HEAD_BYTES > MAX_FRAME_BYTES:
        shorter = _shorter(answer.result)
        if shorter is None:
            return frame(Answer(id=answer.id, error=error_info(TooMuch())))
        answer = Answer(id=answer.id, result=shorter)
        made = frame(answer)
    return made


def event_frame(event: Event) -> bytes | None:
    """Return the frame of ``event``; ``None`` for one that does not fit: clients read such a job by ``job.get``."""
    made = frame(event)
    return made if len(made) - HEAD_BYTES <= MAX_FRAME_BYTES else None


def _shorter(result: object) -> Message | None:
    if isinstance(result, JobPage) and len(result.jobs) > 1:
        kept = result.jobs[: len(result.jobs) // 2]
        return result.model_copy(update={"jobs": kept, "next_cursor": kept[-1].file_id})
    if isinstance(result, RetentionPreview) and result.jobs:
        return result.model_copy(update={"jobs": result.jobs[: len(result.jobs) // 2]})
    if isinstance(result, VideoInfo) and (result.chapters or result.subtitles):
        return result.model_copy(update={"chapters": [], "subtitles": []})
    return None
