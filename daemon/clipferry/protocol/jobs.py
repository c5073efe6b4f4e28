"""Messages about jobs: order, state, progress, and commands."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

from pydantic import Field

from ..clip.model import CutMode, Ended, OutputKind, Progress
from .base import (
    FileId,
    Language,
    Message,
    Sentence,
    ShownUrl,
    Time,
    Title,
    Url,
    Word,
    first,
)
from .envelope import ErrorInfo
from .videos import Cookies


class JobState(enum.StrEnum):
    """Where a job stands. ``done``, ``failed`` and ``cancelled`` are final; ``failed`` can be retried."""

    QUEUED = "queued"
    RESOLVING = "resolving"
    FETCHING = "fetching"
    CUTTING = "cutting"
    PUBLISHING = "publishing"
    WAITING = "waiting"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OutputParams(Message):
    """What kind of file, and how good."""

    kind: OutputKind = OutputKind.MP4
    max_height: Annotated[int, Field(ge=16, le=8640)] | None = None
    codec: Literal["h264", "hevc", "vp9", "av1"] | None = None
    mode: CutMode = CutMode.EXACT
    quality: Annotated[int, Field(ge=0, le=51)] | None = None
    subtitles: Annotated[tuple[Language, ...], Field(max_length=10)] = ()


class ClipCreateParams(Message):
    """One clip. Both times left out: the range that the link names (``/clip/`` pages, ``t=``), else the whole video."""

    url: Url
    start_time: Time | None = None
    end_time: Time | None = None
    whole: bool = False
    """The whole video even where the link names a range; not together with times."""
    output: OutputParams = OutputParams()
    item: Annotated[int, Field(ge=1, le=100)] | None = None
    title: Annotated[str, Field(max_length=300)] | None = None
    """Shown until the video is resolved; never used for the file's name."""
    allow_private: bool = False
    again: bool = False
    """Make a second file where the same clip is already done; otherwise the first one answers."""
    cookies: Cookies = []


class ProofInfo(Message):
    """What verification measured on the finished file."""

    start_s: float
    end_s: float
    frames: int
    copied_frames: int
    av_offset_s: float | None = None
    path: Word
    note: Sentence | None = None
    streams: Annotated[list[Word], first(20)] = []
    width: int | None = None
    height: int | None = None
    ended: Ended | None = None
    """Why the recording of a broadcast ended before the end that was asked for, if there was one."""


class Job(Message):
    """The order to make one clip, with its state."""

    file_id: FileId
    state: JobState
    url: ShownUrl
    site: Word | None = None
    title: Title | None = None
    uploader: Title | None = None
    thumbnail_url: ShownUrl | None = None
    duration_s: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    output: OutputParams
    created_at: float
    """Unix time, seconds."""
    updated_at: float
    finished_at: float | None = None
    progress: Progress | None = None
    file_name: Title | None = None
    size_bytes: int | None = None
    file_missing: bool = False
    """Done, but the file is no longer where it was put."""
    pinned: bool = False
    live: bool = False
    """It is recorded from a running broadcast; ``job.finish`` ends that and keeps what there is."""
    finishing: bool = False
    """``job.finish`` was asked for, and the file is being made."""
    proof: ProofInfo | None = None
    error: ErrorInfo | None = None
    wait_reason: Word | None = None
    """Why a ``waiting`` job waits: ``network``, ``disk_full``, ``folder``, ``rate_limited``, ``retry``."""
    not_before: float | None = None
    priority: int = 0
    position: float = 0.0
    """Its place in the queue: of the highest priority, the lowest goes first."""
    from_page: bool = False
    """Ordered through the browser extension and by nobody else: only such jobs can be changed through it."""
    created: bool | None = None
    """In the answer to ``clip.create`` only. True: that request made this job. False: an older job is the same clip and answers
    for it, and is not that request's to undo."""


class JobRef(Message):
    file_id: FileId


class JobRetryParams(Message):
    """Run a job again that failed, was cancelled or waits."""

    file_id: FileId
    cookies: Cookies = []
    """The session on its site, where it needs one: what was lent before is given back when a job ends."""


class JobListParams(Message):
    """A page of jobs, newest first; ``cursor`` is the last ``file_id`` of the page before."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: FileId | None = None
    states: list[JobState] | None = None
    query: Annotated[str, Field(max_length=200)] | None = None


class JobPage(Message):
    jobs: list[Job]
    next_cursor: FileId | None = None
    queue_paused: bool = False
    """``queue.pause``: nothing new is begun."""


class JobRemoveParams(Message):
    """Take a job out of the history; an unfinished one is cancelled. Its file stays unless one of the two flags is set.

    A page may remove only jobs that pages asked for. Their files never go for good, and only shortly after they were finished
    (undo): what a page requests to delete goes to the bin.
    """

    file_id: FileId
    delete_file: bool = False
    """Delete the file for good."""
    trash: bool = False
    """Move the file to the system's bin; counts more than ``delete_file``."""


class JobMoveParams(Message):
    """Before which queued job it goes; ``None``: to the end."""

    file_id: FileId
    before: FileId | None = None


class JobPinParams(Message):
    file_id: FileId
    pinned: bool


class PauseAllParams(Message):
    """Also the data of the event ``queue``."""

    paused: bool
