"""The messages that clipferry's parts speak: requests, answers, jobs, events, errors. The single source of all of them.

JSON Schema, OpenAPI and the web side's TypeScript are generated from these models (``python -m clipferry.protocol``).

On a byte stream (native messaging, the daemon's socket) a message is a *frame*: a 32-bit length in native byte order and
that many bytes of UTF-8 JSON, at most ``MAX_FRAME_BYTES`` (developer.chrome.com/docs/extensions/develop/concepts/native-messaging).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..clip.extract.links import tidy_link
from ..clip.model import CutMode, Ended, Live, OutputKind, Stage
from ..clip.recording import MAX_BYTES, MAX_S
from ..clip.timecode import parse as parse_time

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 512 * 1024
"""Ours, both ways: browsers take 1 MiB from a host and every answer is paged to stay far below."""
MAX_URL_CHARS = 4096


class Message(BaseModel):
    """Base of all that crosses a boundary: unknown fields are refused, values are not coerced into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _time(value: object) -> object:
    return parse_time(value) if isinstance(value, str | int | float) else value


def _link(value: object) -> object:
    # What is too long is not searched for a link: it is refused as it is.
    return tidy_link(value) if isinstance(value, str) and len(value) <= 2 * MAX_URL_CHARS else value


Time = Annotated[
    float,
    BeforeValidator(_time, json_schema_input_type=float | str),
    Field(description="Seconds, H:MM:SS(.mmm) or 1h2m3s, from the beginning of the video."),
]


def at_most(characters: int) -> AfterValidator:
    """Cut a text that a site, or an older version's history, may have made longer: a message always fits into a frame."""
    return AfterValidator(lambda text: text if len(text) <= characters else text[: characters - 1] + "…")


def first(count: int) -> AfterValidator:
    """Cut a list to its first entries, for the same reason."""
    return AfterValidator(lambda entries: entries[:count])


Title = Annotated[str, at_most(500)]
"""Of a video, its uploader, a chapter."""
Sentence = Annotated[str, at_most(1000)]
Word = Annotated[str, at_most(100)]
"""A name that a program gave: a site, a codec, a language."""
Key = Annotated[str, at_most(400)]
ShownUrl = Annotated[str, at_most(MAX_URL_CHARS)]

Url = Annotated[str, BeforeValidator(_link), Field(min_length=1, max_length=MAX_URL_CHARS)]
FileId = Annotated[
    str, Field(pattern=r"^[0-9a-z]{26}$", description="A job's id: a ULID in lower case, sortable by age.")
]
Language = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,35}$")]


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


# Envelope -------------------------------------------------------------------------------------------------------------


class ErrorInfo(Message):
    """A failure that a person is told about: a stable code, what happened, what to do next."""

    code: Word
    message: Sentence
    hint: Sentence


class Request(Message):
    """``params`` is the model that ``METHODS`` names for ``method``."""

    id: Annotated[int, Field(ge=0, le=2**53 - 1)]
    method: Annotated[str, Field(max_length=40)]
    params: dict[str, Any] = {}


class Answer(Message):
    """Exactly one of ``result`` and ``error``. ``id`` is ``None`` only where the request's could not be read."""

    id: int | None
    result: Any | None = None
    error: ErrorInfo | None = None


class Event(Message):
    """Sent unasked to every client that said ``hello``."""

    event: str
    data: Any


# hello ----------------------------------------------------------------------------------------------------------------


class HelloParams(Message):
    """The first request of a connection."""

    client: Literal["extension", "cli", "tray", "dashboard", "script"]
    version: Annotated[str, Field(max_length=40)]
    protocol: int = PROTOCOL_VERSION


class HelloResult(Message):
    """Who answers."""

    version: Word
    protocol: int
    downloads_dir_name: Title
    """The folder's last component, to show; pages never see a whole path."""
    running: int
    """Jobs that are not final."""
    notices: Annotated[list[Sentence], first(20)] = []
    """Sentences for the person about this start, such as a history that had to be put aside."""


class ExtensionConnected(Message):
    """The browser extension said ``hello``."""

    browser: Literal["chromium", "firefox"]
    """The browser's family."""


class Empty(Message):
    """No parameters, or no result."""


# resolve --------------------------------------------------------------------------------------------------------------


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
    """What can be had of the video at ``url``; also warms a worker."""

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
    """One choice of picture: the best format at that height."""

    height: int
    fps: float | None = None
    codecs: Annotated[list[Word], first(10)]
    """Families on offer at this height: ``h264``, ``hevc``, ``vp9``, ``av1``."""
    bytes_per_second: float | None = None
    """Of picture and sound together, in the formats that an MP4 of this height is made of: to estimate a clip's size."""
    edge_bytes_per_second: float | None = None
    """The same of the pictures in front of the first keyframe, which are encoded again."""


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
    """Best first; empty also where the site does not say how high its pictures are."""
    audio_bytes_per_second: float | None = None
    has_audio: bool = True
    has_video: bool = True
    subtitles: list[SubtitleInfo] = []
    suggested_start_s: float | None = None
    suggested_end_s: float | None = None


# Jobs -----------------------------------------------------------------------------------------------------------------


class OutputParams(Message):
    """What kind of file, and how good."""

    kind: OutputKind = OutputKind.MP4
    max_height: Annotated[int, Field(ge=16, le=8640)] | None = None
    codec: Literal["h264", "hevc", "vp9", "av1"] | None = None
    mode: CutMode = CutMode.EXACT
    quality: Annotated[int, Field(ge=0, le=51)] | None = None
    subtitles: Annotated[list[Language], Field(max_length=10)] = []


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
    """Shown until the site tells; never used for the file's name."""
    allow_private: bool = False
    again: bool = False
    """Make a second file where the same clip is already done; otherwise the first one answers."""
    cookies: Cookies = []


class JobProgress(Message):
    stage: Stage
    fraction: float
    done_bytes: int = 0
    total_bytes: int | None = None
    speed_bps: float | None = None
    """Bytes per second."""
    eta_s: float | None = None
    recorded_s: float | None = None
    """Of a running broadcast: how much of it has been recorded so far; its end, and so a fraction, means little then."""
    recorded_bytes: int | None = None


class ProofInfo(Message):
    """What was measured on the finished file."""

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
    """A clip on its way, or taken."""

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
    progress: JobProgress | None = None
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
    """Why a ``waiting`` job waits: ``network``, ``disk_full``, ``folder``, ``rate_limited``, ``retry``, ``site``."""
    not_before: float | None = None
    priority: int = 0
    position: float = 0.0
    """Its place in the queue: of the highest priority, the lowest goes first."""
    from_page: bool = False
    """Asked for through the browser extension and by nobody else: only such jobs can be changed through it."""
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
    (undo): what a page asks to delete goes to the bin.
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
    """Also the event ``queue``, which tells everybody."""

    paused: bool


class OpenParams(Message):
    """``reveal``: select the file in its folder; otherwise open it with its program."""

    file_id: FileId
    reveal: bool = False


class DashboardOpenParams(Message):
    """Open the dashboard in the person's browser. The link is not told to the caller: who has it acts as the person."""

    link: Url | None = None
    """The address of a video to begin with."""
    start_s: Time | None = None
    end_s: Time | None = None
    """The marks to begin with."""
    view: Literal["history", "settings"] = "history"


class FilePath(Message):
    """Where a finished clip lies on this computer. For a person's own clients only."""

    path: Annotated[str, at_most(4096)]


class DesktopReport(Message):
    """What the desktop process shows."""

    backend: Annotated[str, Field(max_length=40)] = ""
    """The kind of tray icon: ``status_notifier``, or one of pystray's backends; empty: none is shown."""
    reason: Annotated[str, Field(max_length=200)] = ""
    """Why this one, or none."""


class DesktopInfo(DesktopReport):
    """The desktop process: tray icon and notifications."""

    pid: int | None = None
    """``None``: it does not run."""


class DashboardLink(Message):
    """Opens the dashboard once, within 60 s."""

    url: ShownUrl


class AllowPrivateParams(Message):
    """Let pages of this loopback origin be clipped for a while (``clipferry demo``). A person's own clients only."""

    origin: Annotated[str, Field(max_length=100)]
    seconds: Annotated[int, Field(ge=1, le=3600)] = 600


# Settings -------------------------------------------------------------------------------------------------------------


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
    """How the outside is reached; what is ``None`` comes from the environment (``HTTPS_PROXY`` …, ``SSL_CERT_FILE``)."""

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
    """Newer versions of yt-dlp, which knows the sites: ``auto`` looks once a day and takes them into use when nothing runs,
    ``ask`` looks once a day and says so, ``off`` asks nobody. The package index asked is the one that pip is set to."""
    update_channel: Literal["stable", "nightly"] = "stable"
    tray: bool = True
    """Show an icon in the desktop's panel, where it has one."""
    notifications: bool = True
    """Tell of finished and failed clips, unless a page, popup or dashboard in front shows them already."""


# Engine ---------------------------------------------------------------------------------------------------------------


class EngineInfo(Message):
    """Which yt-dlp is in use. A person's own clients only, as all of ``engine.*``."""

    version: Word
    installed: bool
    """It is the one that was installed with clipferry; otherwise one that came by an update and can be gone back from."""
    offer: Word | None = None
    """A newer version, as far as is known."""
    checked_at: float | None = None
    """When the package index last answered; Unix time, seconds."""
    under_way: bool = False
    """It is being updated right now."""
    note: Sentence | None = None
    """What happened by itself and should be known, in a sentence; such as a version that had to go again."""


class EngineUpdateParams(Message):
    """Take the newest yt-dlp into use, after a trial. May take some minutes."""

    check_only: bool = False
    """Only ask what there is."""
    nightly: bool | None = None
    """Also one that is made each night; ``None``: as the settings say."""


# REST only ------------------------------------------------------------------------------------------------------------


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


USUAL_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the method table: all that is decided about one method."""

    params: type[Message]
    result: type[Message]
    page: bool = False
    """Whether the browser extension may call it, so in the end some web page. A new method is denied until its row allows it."""
    timeout_s: float = USUAL_TIMEOUT_S
    """Until the caller is told that there is no answer yet. What the call began goes on."""
    rest: str | None = None
    """A REST route of its own, as ``VERB /path``; every method has ``POST /api/NAME`` beside it."""


METHODS: Final[dict[str, Method]] = {
    "hello": Method(HelloParams, HelloResult, page=True, rest="GET /health"),
    "resolve": Method(ResolveParams, VideoInfo, page=True, timeout_s=120.0),
    "clip.create": Method(ClipCreateParams, Job, page=True, rest="POST /download"),
    "job.get": Method(JobRef, Job, page=True, rest="GET /jobs/{file_id}"),
    "job.list": Method(JobListParams, JobPage, page=True, rest="GET /jobs"),
    "job.cancel": Method(JobRef, Job, page=True),
    "job.finish": Method(JobRef, Job, page=True),
    "job.pause": Method(JobRef, Job, page=True),
    "job.resume": Method(JobRef, Job, page=True),
    "job.retry": Method(JobRetryParams, Job, page=True),
    "job.move": Method(JobMoveParams, Job),
    "job.pin": Method(JobPinParams, Job),
    "job.remove": Method(JobRemoveParams, Empty, page=True, rest="DELETE /jobs/{file_id}"),
    "job.open": Method(OpenParams, Empty, page=True),
    "job.path": Method(JobRef, FilePath),
    "job.copy": Method(JobRef, Empty, page=True),
    "job.seen": Method(JobRef, Empty, page=True),
    "downloads.open": Method(Empty, Empty),
    "desktop.get": Method(Empty, DesktopInfo),
    "desktop.report": Method(DesktopReport, Empty),
    "queue.pause": Method(PauseAllParams, Empty),
    "worker.warm": Method(Empty, Empty, page=True),
    "settings.get": Method(Empty, Settings, page=True),
    "settings.set": Method(Settings, Settings),
    "retention.preview": Method(RetentionSettings, RetentionPreview),
    "engine.get": Method(Empty, EngineInfo),
    "engine.update": Method(EngineUpdateParams, EngineInfo, timeout_s=1500.0),
    "engine.rollback": Method(Empty, EngineInfo),
    "dashboard.open": Method(DashboardOpenParams, Empty, page=True),
    "dashboard.link": Method(Empty, DashboardLink),
    "private.allow": Method(AllowPrivateParams, Empty),
    "daemon.stop": Method(Empty, Empty),
}
"""The method table. Rights (``access``), time-outs, REST routes, OpenAPI and the web side's types are taken from it or checked
against it. Beyond it, a page may change only jobs that pages asked for, and sees only ``access.PAGE_SETTINGS``."""

EVENTS: dict[str, type[Message]] = {
    "job": Job,
    "job.removed": JobRef,
    "job.seen": JobRef,
    "queue": PauseAllParams,
    "settings": Settings,
    "extension.connected": ExtensionConnected,
    "host.error": ErrorInfo,
}
"""Every event and what it carries. ``job.seen``: a client shows the person how the job ended, and a notification would be one
too many. ``host.error`` is the native host's own: its last words where no daemon comes up."""
