"""Messages that only the REST interface has."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..clip.model import Stage
from .base import (
    FileId,
    Message,
    Time,
    Title,
    Url,
)
from .envelope import ErrorInfo
from .jobs import (
    JobState,
    OutputParams,
    ProofInfo,
)


class DownloadRequest(Message):
    """``POST /download``: the short form of ``clip.create`` for people and scripts."""

    url: Url
    start_time: Time | None = None
    end_time: Time | None = None
    whole: bool = False
    """As in ``clip.create``."""
    audio_only: bool = False
    output: OutputParams | None = None
    """Where given, ``audio_only`` must be false or agree with it."""
    item: Annotated[int, Field(ge=1, le=100)] | None = None
    allow_private: bool = False
    again: bool = False


class DownloadAccepted(Message):
    """The answer to ``POST /download`` (202)."""

    file_id: FileId


class Status(Message):
    """``GET /status/{file_id}``."""

    file_id: FileId
    ready: bool
    state: JobState
    progress: float
    """0 … 1."""
    stage: Stage | None = None
    done_bytes: int = 0
    total_bytes: int | None = None
    speed_bps: float | None = None
    eta_s: float | None = None
    recorded_s: float | None = None
    recorded_bytes: int | None = None
    file_name: Title | None = None
    size_bytes: int | None = None
    error: ErrorInfo | None = None
    proof: ProofInfo | None = None
