"""Messages of ``resolve``: the video of a link, its qualities, chapters and subtitles."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..clip.model import Live
from .base import (
    Key,
    Message,
    ShownUrl,
    Title,
    Url,
    Word,
    first,
)


class Cookie(Message):
    """One cookie of the video's site, lent with the person's consent for one request. Never stored with it, never logged."""

    domain: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9._-]+$")]
    name: Annotated[str, Field(max_length=4096, pattern=r"^[^\x00-\x20;=]*$")]
    value: Annotated[str, Field(max_length=8192, pattern=r"^[^\x00-\x1f;]*$", repr=False)]
    path: Annotated[str, Field(max_length=1024, pattern=r"^/[^\x00-\x1f;]*$")] = "/"
    secure: bool = True
    host_only: bool = False
    expires: float | None = None
    """Unix time, seconds; ``None``: until the browser closes."""


Cookies = Annotated[list[Cookie], Field(max_length=200, repr=False)]


class ResolveParams(Message):
    """Resolve the video at ``url``; also warms a worker."""

    url: Url
    item: Annotated[int, Field(ge=1, le=100)] | None = None
    allow_private: bool = False
    """Honoured only for a person's own clients, after a warning; refused for the extension."""
    cookies: Cookies = []


class ChapterInfo(Message):
    title: Title
    start_s: float
    end_s: float


class Quality(Message):
    """One choice of video: the best format at that height."""

    height: int
    fps: float | None = None
    codecs: Annotated[list[Word], first(10)]
    """Families on offer at this height: ``h264``, ``hevc``, ``vp9``, ``av1``."""
    bytes_per_second: float | None = None
    """Of video and audio together, in the formats that an MP4 of this height is made of: to estimate a clip's size."""
    edge_bytes_per_second: float | None = None
    """The same of the frames before the first keyframe, which are encoded again."""


class SubtitleInfo(Message):
    language: Word
    name: Title | None = None
    automatic: bool = False


class VideoInfo(Message):
    """A resolved video."""

    key: Key
    site: Word
    title: Title
    uploader: Title | None = None
    webpage_url: ShownUrl
    duration_s: float | None = None
    live: Live = Live.NO
    thumbnail_url: ShownUrl | None = None
    chapters: list[ChapterInfo] = []
    qualities: Annotated[list[Quality], first(100)] = []
    """Best first; empty also where the site does not state the height of its videos."""
    audio_bytes_per_second: float | None = None
    has_audio: bool = True
    has_video: bool = True
    subtitles: list[SubtitleInfo] = []
    suggested_start_s: float | None = None
    suggested_end_s: float | None = None
