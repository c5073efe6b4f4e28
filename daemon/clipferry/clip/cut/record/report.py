"""What a cut did, as values: for verification, for tags and chapters that are added afterwards, and for the person."""

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
    """How the frames (or the audio) came into the file."""

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
    """What was asked for, and what the source was seen to hold there; for verification."""

    start_s: float
    end_s: float | None
    log: SourceLog
    """Of the frames; of the audio where there are none."""
    audio_log: SourceLog | None
    reopen: Callable[[Window, SourceLog], AbstractContextManager[SourceReader]]
    """Opens the source of ``log`` once more, for what it leaves open."""
    reopen_audio: Callable[[Window, SourceLog], AbstractContextManager[SourceReader]] | None = None
    whole: bool = False
    """Every packet is copied."""
    from_keyframe: bool = False
    """The clip may begin at the keyframe before the start, and leave out frames whose reference lies after the end."""
    open_end: bool = False
    """The source may have ended before ``end_s``."""


class VideoReport(NamedTuple):
    """The frame track as it was written. Times in seconds on the file's own timeline, where the first frame is at 0."""

    codec: str
    width: int
    height: int
    frames: int
    copied_frames: int
    last_pts_s: float
    """Where the last frame begins."""
    end_s: float
    """Where the last frame ends."""
    longest_step_s: float
    """The longest time between two frames."""
    doubled_frames: int
    """Frames within a millisecond of another; a fault of the source where not 0."""
    tick_s: float
    """Resolution of the timestamps."""
    seams_s: tuple[float, ...] = ()
    """First frames after each change between encoded and copied packets."""
    framing: Framing | None = None
    """What the fingerprint is made of; ``None``: there is none."""
    fingerprint: int = 0
    """Of all packets in their order (see :mod:`~.prints`)."""
    frame_samples: tuple[FrameSample, ...] = ()
    """Frames at the ends and seams, in order."""
    min_psnr_db: float = 0.0
    """How near an encoded frame has to come to its source; 0: they cannot be compared."""


class AudioReport(NamedTuple):
    """The audio track as it was written. Times on the file's own timeline, where the first frame (or sample) is at 0."""

    codec: str
    packets: int
    copied: bool
    start_s: float
    """Where the first packet begins; up to a frame before 0, hidden by an edit list where the container has them."""
    end_s: float
    sample_rate: int
    last_s: float = 0.0
    """Where the last packet begins."""
    longest_step_s: float = 0.0
    """The longest time from the beginning of one packet to that of the next: more than a packet's length is a hole."""
    fingerprint: int | None = None
    source: SourceRecord | None = None
    """Where there is nothing but samples."""


class SubtitleReport(NamedTuple):
    """A subtitle track as it was written: its cues, when the first begins and when the last ends, on the file's timeline."""

    cues: int
    start_s: float
    end_s: float


class CutReport(NamedTuple):
    """What was asked, what was done. ``start_s`` / ``end_s`` are the source's presentation time of the first frame (or
    sample) and of the end of the last."""

    path: CutPath
    start_s: float
    end_s: float
    origin_s: float
    """Media timestamp of the source that is presentation time 0."""
    video: VideoReport | None = None
    audio: AudioReport | None = None
    texts: tuple[SubtitleReport, ...] = ()
    note: str | None = None
    """For the person, where the result is not what was asked or not the usual way."""
    source: SourceRecord | None = None
