"""Report of a cut: for verification, for tags and chapters that are added afterwards, and for the user."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from av.stream import Stream
from av.video.stream import VideoStream

from ...model import Window
from ..frame_compare import FrameSample
from ..packets import AnyPacket
from .packet_fingerprints import Framing
from .source_log import SourceLog


class CutPath(enum.StrEnum):
    """How the frames (or the audio) got into the file."""

    SMART = "smart"
    """Interior packets copied, edges encoded."""
    COPY = "copy"
    """Every packet copied."""
    REENCODE = "reencode"
    AUDIO = "audio"


class SourceReader(Protocol):
    """The part of :class:`~clipferry.clip.cut.demuxer.Reader` that verification uses."""

    @property
    def video(self) -> VideoStream | None: ...
    def packets(self, stream: Stream) -> Iterator[AnyPacket]: ...
    def read_past_end(self) -> None: ...


class SourceRecord(NamedTuple):
    """The range that was asked for and a log of the source, for verification."""

    start_s: float
    end_s: float | None
    log: SourceLog
    """Of the video; of the audio where there is no video."""
    audio_log: SourceLog | None
    reopen: Callable[[Window, SourceLog], AbstractContextManager[SourceReader]]
    """Opens the source of ``log`` again."""
    reopen_audio: Callable[[Window, SourceLog], AbstractContextManager[SourceReader]] | None = None
    whole: bool = False
    """Every packet is copied."""
    from_keyframe: bool = False
    """The clip may begin at the keyframe before the start, and omit frames whose reference is after the end."""
    open_end: bool = False
    """The source may have ended before ``end_s``."""


class VideoReport(NamedTuple):
    """The video track as written. Times in seconds on the file's timeline, where the first frame is at 0."""

    codec: str
    width: int
    height: int
    frames: int
    copied_frames: int
    last_pts_s: float
    """Start of the last frame."""
    end_s: float
    """End of the last frame."""
    longest_step_s: float
    """Longest time between two frames."""
    doubled_frames: int
    """Frames within a millisecond of another; if not 0, the source is at fault."""
    tick_s: float
    """Resolution of the timestamps."""
    seams_s: tuple[float, ...] = ()
    """Splice points: the first frame after each change between encoded and copied packets."""
    framing: Framing | None = None
    """What ``fingerprint`` covers of each packet; ``None``: there is none."""
    fingerprint: int = 0
    """Of all packets in order (see :mod:`.packet_fingerprints`)."""
    frame_samples: tuple[FrameSample, ...] = ()
    """Of frames at the ends and splice points, in order."""
    min_psnr_db: float = 0.0
    """Least PSNR of an encoded frame against its source; 0: they cannot be compared."""


class AudioReport(NamedTuple):
    """The audio track as written. Times on the file's timeline, where the first frame (or sample) is at 0."""

    codec: str
    packets: int
    copied: bool
    start_s: float
    """Start of the first packet; up to a frame before 0, where an edit list hides it if the container has one."""
    end_s: float
    sample_rate: int
    last_s: float = 0.0
    """Start of the last packet."""
    longest_step_s: float = 0.0
    """Longest time from the start of one packet to that of the next: more than a packet's duration is a gap."""
    fingerprint: int | None = None
    source: SourceRecord | None = None
    """Where the file holds nothing but samples."""


class SubtitleReport(NamedTuple):
    """A subtitle track as written: number of cues, start of the first and end of the last, on the file's timeline."""

    cues: int
    start_s: float
    end_s: float


class CutReport(NamedTuple):
    """The clip as written. ``start_s`` / ``end_s``: presentation time in the source of the first frame (or sample) and of the end."""

    path: CutPath
    start_s: float
    end_s: float
    origin_s: float
    """Media timestamp of the source that is presentation time 0."""
    video: VideoReport | None = None
    audio: AudioReport | None = None
    texts: tuple[SubtitleReport, ...] = ()
    note: str | None = None
    """For the user, where the result is not what was asked for or not made in the usual way."""
    source: SourceRecord | None = None
