"""The settings that a person can change."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..clip.recording import MAX_BYTES, MAX_S
from .base import (
    Message,
)
from .jobs import (
    Job,
    OutputParams,
)


class RetentionSettings(Message):
    """What is cleaned up by itself. Off unless the person turned it on."""

    max_age_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    max_total_bytes: Annotated[int, Field(ge=1, le=10**15)] | None = None


class RetentionPreview(Message):
    """What ``RetentionSettings`` would delete now: how much in all, and the oldest of it."""

    clips: int
    size_bytes: int
    jobs: list[Job] = []
    """At most 50, oldest first."""


class RecordingSettings(Message):
    """Where the recording of a running broadcast ends by itself; what has been recorded by then is kept."""

    max_s: Annotated[float, Field(ge=1, le=604_800)] = MAX_S
    """Seconds of the broadcast."""
    max_bytes: Annotated[int, Field(ge=1, le=10**13)] = MAX_BYTES


class NetworkSettings(Message):
    """How the internet is reached; what is ``None`` comes from the environment (``HTTPS_PROXY`` …, ``SSL_CERT_FILE``)."""

    proxy: Annotated[str, Field(max_length=500)] | None = None
    no_proxy: Annotated[str, Field(max_length=2000)] | None = None
    ca_file: Annotated[str, Field(max_length=4096)] | None = None
    speed_limit_bps: Annotated[int, Field(ge=1024, le=10**12)] | None = None
    """Bytes per second over all jobs."""


class Settings(Message):
    """What a person can choose. Kept in one file, replaced atomically."""

    downloads_dir: Annotated[str, Field(max_length=4096)] | None = None
    """``None``: the person's Downloads folder."""
    name_template: Annotated[str, Field(max_length=200)] = "{title} [{range}]"
    output: OutputParams = OutputParams()
    concurrency: Annotated[int, Field(ge=1, le=16)] = 2
    per_site: Annotated[int, Field(ge=1, le=16)] = 2
    network: NetworkSettings = NetworkSettings()
    retention: RetentionSettings = RetentionSettings()
    recording: RecordingSettings = RecordingSettings()
    ffmpeg: Annotated[str, Field(max_length=4096)] | None = None
    """Path of the ffmpeg to use; ``None``: the system's, else the one that came with clipferry."""
    updates: Literal["auto", "ask", "off"] = "auto"
    """Newer versions of yt-dlp: ``auto`` checks once a day and takes them into use when nothing runs, ``ask`` checks once a day and
    notifies, ``off`` sends no request. The package index is the one that pip is configured with."""
    update_channel: Literal["stable", "nightly"] = "stable"
    tray: bool = True
    """Show an icon in the desktop's panel, where it has one."""
    notifications: bool = True
    """Notify of finished and failed clips, unless a page, popup or dashboard in front shows them already."""
