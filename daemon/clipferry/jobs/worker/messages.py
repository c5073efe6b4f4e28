"""Messages between daemon and worker: frozen dataclasses, each in one frame of JSON that names its class (``is``).

Every message of either direction is defined, or listed, here. What arrives is checked against its class before anything uses it;
what a site wrote is checked again where it enters the protocol (``protocol.videos``, ``protocol.jobs``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NoReturn, TypeVar, get_args

from clipferry_host.frames import BadFrame, pack

from ...clip.http.network import Network
from ...clip.model import ClipRequest, Progress, Verification
from ...clip.recording import RecordingLimits
from ...clip.video_choices import VideoChoices
from ..failure import Failure
from .json_dataclasses import from_json, to_json

MAX_BYTES = 8 << 20
"""Of one message. A resolved video with thousands of chapters stays far below."""

R = TypeVar("R")


# Results of tasks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClipMade:
    """A finished and verified file in staging."""

    path: Path
    name: str
    """The file name it should get, before numbering."""
    size_bytes: int
    origin_url: str
    """The page that it is of."""
    verification: Verification


@dataclass(frozen=True, slots=True)
class YtdlpReport:
    """What a worker has to work with; ``None``: there is none."""

    version: str
    ejs: str | None
    """Version of yt-dlp's JavaScript part."""
    javascript: str | None
    """The JavaScript runtime that works."""


# Daemon to worker -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """The first message: what is fixed for a worker's life."""

    network: Network
    cache_dir: Path
    quota_file: Path
    """Shared by all workers that keep to one speed limit."""
    ytdlp_folder: Path | None
    """Folder of the yt-dlp to import; ``None``: the one that was installed with clipferry."""


class Task(Generic[R]):
    """A message that is answered with an ``R``, or a ``Failure``; until then with any number of reports."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JobSpec(Task[ClipMade]):
    """Make a clip: all that a run needs of its job and of the settings."""

    job_id: str
    request: ClipRequest
    staging_dir: Path
    ffmpeg: Path | None
    """The program of the settings; ``None``: it is located."""
    fresh: bool
    """Resolve anew: what was resolved before does not work any more."""
    finishing: bool
    """The recording was requested to end already."""
    limits: RecordingLimits


@dataclass(frozen=True, slots=True)
class ResolveSpec(Task[VideoChoices]):
    """Resolve a link."""

    url: str
    item: int | None = None
    cookie_file: Path | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class InspectYtdlp(Task[YtdlpReport]):
    """Import yt-dlp and find its JavaScript runtime."""


@dataclass(frozen=True, slots=True)
class EndRecording:
    """End the recording of the running task, if it is still this job's."""

    job_id: str


ToWorker = Start | JobSpec | ResolveSpec | InspectYtdlp | EndRecording

# Worker to daemon -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has started and takes tasks."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The worker waits for a broadcast's next segment, and does not hang."""


@dataclass(frozen=True, slots=True)
class VideoResolved:
    """What the clip is of, and its marks: those that were asked for, else the range that the link names."""

    video: VideoChoices
    start_s: float | None
    end_s: float | None


Report = Ready | Waiting | VideoResolved | Progress
Result = ClipMade | VideoChoices | YtdlpReport
FromWorker = Report | Result | Failure

RESULTS: dict[type, type[Result]] = {JobSpec: ClipMade, ResolveSpec: VideoChoices, InspectYtdlp: YtdlpReport}
_TO_WORKER: dict[str, type[ToWorker]] = {kind.__name__: kind for kind in get_args(ToWorker)}
_FROM_WORKER: dict[str, type[FromWorker]] = {kind.__name__: kind for kind in get_args(FromWorker)}


def encode(message: ToWorker | FromWorker) -> bytes:
    """Return the frame of ``message``."""
    entry = {"is": type(message).__name__, "message": to_json(message)}
    return pack(json.dumps(entry, separators=(",", ":"), allow_nan=False).encode())


def decode_to_worker(body: bytes) -> ToWorker:
    """Return the message in the body of a frame. Raises ``BadFrame`` for anything else."""
    return _decode(body, _TO_WORKER)


def decode_from_worker(body: bytes) -> FromWorker:
    """Return the message in the body of a frame. Raises ``BadFrame`` for anything else."""
    return _decode(body, _FROM_WORKER)


def _decode(body: bytes, kinds: dict[str, type[R]]) -> R:
    try:
        entry = json.loads(body, parse_constant=_no_constant)
        return from_json(kinds[entry["is"]], entry["message"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadFrame(f"{type(error).__name__}: {error}"[:500]) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
