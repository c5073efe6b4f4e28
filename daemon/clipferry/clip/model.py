"""Values that the parts of the clip engine exchange: request, resolved video, sources, progress and result. Frozen, no I/O.

Times are seconds of *presentation time*: 0 is the first frame that a player shows. Sizes are bytes.
This file is over 300 lines because its values refer to each other, and a reader looks for all of them here.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol


class OutputKind(enum.StrEnum):
    """Kind of the output file; the value is its extension."""

    MP4 = "mp4"
    WEBM = "webm"
    MKV = "mkv"
    MP3 = "mp3"
    M4A = "m4a"
    OPUS = "opus"
    FLAC = "flac"
    GIF = "gif"
    WEBP = "webp"

    @property
    def audio_only(self) -> bool:
        return self in (OutputKind.MP3, OutputKind.M4A, OutputKind.OPUS, OutputKind.FLAC)

    @property
    def animation(self) -> bool:
        return self in (OutputKind.GIF, OutputKind.WEBP)


class CutMode(enum.StrEnum):
    """``EXACT``: first and last frame as asked, interior copied. ``FAST``: all copied, from the keyframe at or before the
    start (the result states where it begins). ``REENCODE``: every frame encoded again."""

    EXACT = "exact"
    FAST = "fast"
    REENCODE = "reencode"


@dataclass(frozen=True, slots=True)
class Output:
    """Kind and quality of the output file."""

    kind: OutputKind = OutputKind.MP4
    max_height: int | None = None
    codec: str | None = None
    """Preferred video codec: ``h264``, ``hevc``, ``vp9`` or ``av1``; ``None``: the one that plays everywhere in ``kind``."""
    mode: CutMode = CutMode.EXACT
    quality: int | None = None
    """Constant rate factor (x264's scale) where frames are encoded on request; ``None``: visually lossless."""
    subtitles: tuple[str, ...] = ()
    """Language codes as the site spells them; automatic ones are taken where there is no manual one."""


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """A person's request for one clip.

    ``start_s`` / ``end_s`` of ``None`` mean the video's own beginning / end; both ``None``: the range of the link, if it
    has one (``format_selection.with_link_range``).
    """

    url: str
    start_s: float | None = None
    end_s: float | None = None
    output: Output = Output()
    item: int | None = None
    """1-based place in a post with several videos (Instagram's ``img_index``)."""
    name_template: str | None = None
    cookie_file: Path | None = None
    """A Netscape cookie file that the person consented to for this job."""
    ignore_link_range: bool = False
    """Take the whole video even if the link names a range."""

    @property
    def whole(self) -> bool:
        return self.start_s is None and self.end_s is None


class Live(enum.StrEnum):
    """State of a broadcast."""

    NO = "no"
    NOW = "now"
    WAS = "was"
    UPCOMING = "upcoming"


class Ended(enum.StrEnum):
    """Why the recording of a running broadcast ended where it did."""

    BROADCAST = "broadcast"
    """The broadcast was over."""
    ASKED = "asked"
    """It was stopped on request."""
    LENGTH = "length"
    SIZE = "size"
    """A limit was reached (``clip.recording.RecordingLimits``)."""
    DISK = "disk"
    """The disk was nearly full."""
    SILENT = "silent"
    """Nothing new came for a long time."""
    LOST = "lost"
    """The next segments were no longer available: the recording had fallen behind."""


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece of a fragmented format. ``duration_s`` is ``None`` for an initialisation segment."""

    url: str
    duration_s: float | None = None
    byte_range: tuple[int, int] | None = None
    """First byte and the byte after the last."""


class Delivery(enum.StrEnum):
    """How the bytes of a format are delivered."""

    FILE = "file"
    """One resource, read by byte range."""
    HLS = "hls"
    """``url`` is a media playlist (RFC 8216)."""
    FRAGMENTS = "fragments"
    """``fragments`` lists the pieces, as yt-dlp gives them for DASH."""


@dataclass(frozen=True, slots=True)
class Format:
    """One stream, or one muxed pair, as the site offers it."""

    id: str
    url: str
    delivery: Delivery
    container: str
    """``mp4``, ``webm`` or ``mpegts``; it selects libav's demuxer, which is never guessed from bytes alone."""
    video_codec: str | None = None
    """RFC 6381 string, e.g. ``avc1.64001F``; ``None``: no video; ``"unknown"``: video of a codec the site does not name."""
    audio_codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bit_rate: int | None = None
    """Average, bits per second."""
    size_bytes: int | None = None
    language: str | None = None
    default_language: bool = True
    dynamic_range: str | None = None
    http_headers: Mapping[str, str] = field(default_factory=dict)
    cookies: str | None = None
    """The ``Cookie`` header for ``url``'s own host; sent nowhere else."""
    available_at: float | None = None
    """Unix time before which the site refuses the URL."""
    fragments: tuple[Fragment, ...] = ()


@dataclass(frozen=True, slots=True)
class Subtitle:
    language: str
    url: str
    extension: str
    """``vtt``, ``srt``, ``ttml``, ``json3``, …"""
    automatic: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A resolved video. Serialisable (``resolve_cache.video_to_json``), valid until ``expires_at``."""

    site: str
    """yt-dlp's extractor key in lower case, e.g. ``youtube``."""
    id: str
    title: str
    webpage_url: str
    formats: tuple[Format, ...]
    duration_s: float | None = None
    uploader: str | None = None
    thumbnail_url: str | None = None
    upload_date: str | None = None
    """``YYYYMMDD``."""
    description: str | None = None
    live: Live = Live.NO
    chapters: tuple[Chapter, ...] = ()
    subtitles: tuple[Subtitle, ...] = ()
    expires_at: float | None = None
    """Unix time at which the first media URL expires, if the site gives it."""
    suggested_start_s: float | None = None
    suggested_end_s: float | None = None
    """The range of the link (``t=``, a ``/clip/`` page), in the video's time. The default when no marks are given."""
    identity: str | None = None
    """A unique key (``video_links.video_address``); ``None``: ``id`` is unique on its site."""

    @property
    def key(self) -> str:
        """Key that is equal only for videos with the same content."""
        return self.identity or f"{self.site}:{self.id}"


# Reading and cutting --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """A range of presentation time to read: ``[start_s, end_s)``; ``end_s`` ``None``: to the end."""

    start_s: float
    end_s: float | None


class OpenMedia(Protocol):
    """A window of a format, opened for demuxing. Reading blocks until the bytes are available, so that a consumer that reads in
    order works while the rest still downloads. A context manager: leaving it stops the prefetch."""

    file: IO[bytes]
    """``read``/``tell`` and, if ``seekable``, ``seek``. Raises a ``ClipError`` when bytes cannot be fetched."""
    demuxer: str
    """libav's name of the one demuxer that may open it: ``mov``, ``matroska`` or ``mpegts``."""
    seekable: bool
    """True: the whole resource, positioned by seeking. False: a splice that begins at a random access point at or before the
    window's start and ends at or after its end, timestamps as in the whole."""
    origin_s: float
    """The media timestamp, in seconds, that is presentation time 0 of the *video*; the same for the audio of a pair."""
    shown: Window | None
    """The range that an edit list (ISO/IEC 14496-12, 8.6.6) presents of the video; ``None``: all, or the demuxer flags what is hidden."""

    def __enter__(self) -> OpenMedia: ...
    def __exit__(self, *exc: object) -> None: ...


class MediaSource(Protocol):
    """A format of a video that can be read by time. Nothing is fetched before the first call that needs bytes."""

    format: Format

    def begin(self) -> None:
        """Request the index without waiting for it: called on both tracks before the first is opened, so that both arrive together."""

    def prepare(self) -> None:
        """Fetch and read the index (sidx, moov, Cues, playlist) once."""

    def duration_s(self) -> float | None:
        """Return the length by the index; ``None`` if it has none. The stream itself may continue for some frames."""

    def nominal_s(self) -> float | None:
        """Return the length that players show, by decoding times: somewhat less than ``duration_s`` if frames are reordered."""

    def separate_audio(self) -> Format | None:
        """Return the audio format of this video format, if only the index reveals that it is separate."""

    def estimate_bytes(self, window: Window) -> int:
        """Return how many bytes ``open`` would have to fetch for ``window``, by the index."""

    def open(self, window: Window) -> OpenMedia:
        """Begin to fetch ``window`` and return it for demuxing. Bytes fetched earlier are used again."""

    def close(self) -> None: ...


class Stage(enum.StrEnum):
    """Stage of the pipeline; shown to the person."""

    RESOLVING = "resolving"
    FETCHING = "fetching"
    CUTTING = "cutting"
    PROVING = "proving"
    PUBLISHING = "publishing"


class Step(enum.StrEnum):
    """What is tried with a site whose usual answer was of no use (``extract.fallback``)."""

    UNMODIFIED = "unmodified"
    """yt-dlp without the trims of ``ytdlp_adapter``."""
    OTHER_CLIENTS = "other_clients"
    """Other player clients of YouTube than yt-dlp's own choice."""
    NO_SESSION = "no_session"
    """Without the session that was lent."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a clip. ``fraction`` grows from 0 to 1 over all stages and never decreases."""

    stage: Stage
    fraction: float
    done_bytes: int = 0
    total_bytes: int | None = None
    speed_bps: float | None = None
    """Bytes per second, smoothed."""
    eta_s: float | None = None
    recorded_s: float | None = None
    """Length and bytes recorded of a running broadcast, whose end is unknown."""
    recorded_bytes: int | None = None
    step: Step | None = None
    """While the site is queried in another way than usual."""


ProgressHook = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Verification:
    """Measurements of the finished file; times on the source's presentation timeline, in seconds."""

    start_s: float
    """Presentation time of the first frame (or audio sample) of the clip."""
    end_s: float
    """End of the last frame (or audio sample)."""
    frames: int
    """Frames that a player shows; 0 for audio only."""
    copied_frames: int
    """Of those, frames whose packet is bit for bit the source's."""
    av_offset_s: float | None
    """First audio sample minus first frame where edit lists are honoured; ``None`` without one of the tracks."""
    path: str
    """How it was cut: ``smart``, ``copy``, ``reencode``, ``audio``, ``animation``."""
    note: str | None = None
    """Sentence for the person if the result differs from the request, e.g. why every frame was encoded again."""
    streams: tuple[str, ...] = ()
    """Codec names of the file's streams."""
    width: int | None = None
    height: int | None = None
    ended: Ended | None = None
    """Why a recording ended before the requested end, or without one."""


@dataclass(frozen=True, slots=True)
class StagedClip:
    """A finished, verified file that is not published yet."""

    path: Path
    name: str
    """The file name it should get, before numbering: one path component."""
    size_bytes: int
    proof: Verification
    video: Video
    start_s: float
    end_s: float
    fetched_bytes: int
    """Bytes read from the network for this clip."""
