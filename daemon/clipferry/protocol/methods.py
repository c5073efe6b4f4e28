"""The method table: parameters, result, who may call it, time-out and REST route of each method; and the events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .base import (
    Empty,
    Message,
)
from .desktop import (
    AllowPrivateParams,
    DashboardLink,
    DashboardOpenParams,
    DesktopInfo,
    DesktopReport,
    FilePath,
    OpenParams,
)
from .envelope import ErrorInfo, ExtensionConnected, HelloParams, HelloResult
from .jobs import (
    ClipCreateParams,
    Job,
    JobListParams,
    JobMoveParams,
    JobPage,
    JobPinParams,
    JobRef,
    JobRemoveParams,
    JobRetryParams,
    PauseAllParams,
)
from .settings import RetentionPreview, RetentionSettings, Settings
from .videos import ResolveParams, VideoInfo
from .ytdlp import EngineInfo, EngineUpdateParams

USUAL_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the method table: all that is decided about one method."""

    params: type[Message]
    result: type[Message]
    page: bool = False
    """Whether the browser extension may call it, so in the end some web page. A new method is denied until its row allows it."""
    timeout_s: float = USUAL_TIMEOUT_S
    """After this the caller gets ``timed_out``. What the call began goes on."""
    rest: str | None = None
    """A REST route of its own, as ``METHOD /path``; every method has ``POST /api/NAME`` beside it."""


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
"""The method table. Rights (``permissions``), time-outs, REST routes, OpenAPI and the web side's types are taken from it or checked
against it. Beyond it, a page may change only jobs that pages ordered, and read only ``permissions.PAGE_SETTINGS``."""


EVENTS: dict[str, type[Message]] = {
    "job": Job,
    "job.removed": JobRef,
    "job.seen": JobRef,
    "queue": PauseAllParams,
    "settings": Settings,
    "extension.connected": ExtensionConnected,
    "host.error": ErrorInfo,
}
"""Every event and what it carries. ``job.seen``: a client has shown how the job ended, so that a further notification would be one
too many. ``host.error`` is the native host's own: its last frame where no daemon starts."""
