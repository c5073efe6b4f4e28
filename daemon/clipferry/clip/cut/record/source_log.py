"""Log of a source, recorded as it is demuxed and decoded, before anything is chosen, moved or left out of it: the reference that the
finished file is verified against (:mod:`clipferry.clip.verify`).

It takes the marks as they were asked for and computes times by itself; nothing of the cut's own timeline is used, so that a fault
there cannot hide itself.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from fractions import Fraction
from typing import cast

from av.audio.stream import AudioStream
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...codec import adts
from ...container.codec_support import codec_name
from ...model import OpenMedia, Window
from ..frame_compare import luma_samples
from ..packets import AnyPacket
from .content_checksum import PacketContent

TOLERANCE_S = Fraction(1, 2000)
"""A mark within half a millisecond of a frame means that frame."""
NO_PTS = -(1 << 63)
KEYFRAME, DISCARD, BROKEN = 1, 2, 4
"""``BROKEN``: without the ADTS header that AAC in a transport stream has."""
_FRONT_S, _BEFORE_S, _BACK_S = 0.9, 0.4, 1.0
"""Audio packets kept for decoding: so much after the start, before it, and before the end."""
_FIRST_FRAMES, _LAST_FRAMES = 10, 34
_GIVE_UP_S = 2.0
"""A stream without packets for so long after the end, in a file that continues, has ended."""
_MAX_REORDER = 16
_SLICE_HEADS = 640
"""Number of slice headers kept: as many as follow a keyframe in all but unusual streams."""


class PacketLog:
    """The packets of one stream in file order: times in ``time_base``, checksum of the content, flags."""

    def __init__(self, stream: VideoStream | AudioStream, origin_s: float, end_s: float | None) -> None:
        self.index = stream.index
        self.codec = codec_name(stream.codec_context.name) if stream.codec_context is not None else ""
        self.decoder = stream.codec_context.codec.name if stream.codec_context is not None else ""
        self.extradata = stream.codec_context.extradata if stream.codec_context is not None else None
        self.time_base = cast("Fraction", stream.time_base)
        self._tick_s = float(self.time_base)
        self.origin_s = origin_s
        self.pts, self.dts, self.duration = array("q"), array("q"), array("q")
        self.checksum = array("L")
        self.flags = bytearray()
        self.content = PacketContent(self.codec, self.extradata)
        self.slice_heads: deque[tuple[int, bytes]] = deque(maxlen=_SLICE_HEADS)
        """Of H.264: row and start of the first slice (see :attr:`PacketContent.slice_head`) of the last packets."""
        self._end = None if end_s is None else math.ceil(self.ticks(end_s) - TOLERANCE_S / self.time_base)
        self.behind = 0
        """Packets at or after the end since the last one before it."""
        self._untimed: deque[int] = deque()
        """Rows of reordered frames whose time has to be derived from their picture order count."""
        self._reordered = bool(getattr(stream.codec_context, "has_b_frames", False))
        self.latest = NO_PTS
        self.reorder = 0
        """Largest number of packets that precede one in file order and follow it in presentation order."""
        self._recent: deque[int] = deque(maxlen=_MAX_REORDER)

    def ticks(self, seconds: float) -> Fraction:
        """Convert presentation seconds to a (fractional) timestamp."""
        return Fraction(seconds + self.origin_s) / self.time_base

    def seconds(self, timestamp: int) -> float:
        """Convert a timestamp to presentation seconds."""
        return timestamp * self._tick_s - self.origin_s

    def add(self, packet: AnyPacket) -> None:
        pts = packet.pts
        self.pts.append(NO_PTS if pts is None else pts)
        self.dts.append(NO_PTS if packet.dts is None else packet.dts)
        self.duration.append(packet.duration or 0)
        self.checksum.append(self.content.checksum(packet))
        if self.content.slice_head:
            self.slice_heads.append((len(self.checksum) - 1, self.content.slice_head))
        self.flags.append((KEYFRAME if packet.is_keyframe else 0) | (DISCARD if packet.is_discard else 0))
        if pts is None:
            if self._reordered:
                self._untimed.append(len(self.pts) - 1)
            return
        self.behind = self.behind + 1 if self._end is not None and pts >= self._end else 0
        if pts < self.latest:
            self.reorder = max(self.reorder, sum(other > pts for other in self._recent))
        self.latest = max(self.latest, pts)
        self._recent.append(pts)

    def time(self, packet: AnyPacket) -> None:
        """Record the derived timestamp of a packet that was logged without one."""
        if not self._untimed or packet.pts is None:
            return
        checksum = self.content.checksum(packet)
        row = next((row for row in self._untimed if self.checksum[row] == checksum), None)
        if row is not None:
            self.pts[row] = packet.pts
            while self._untimed and self._untimed[0] <= row:
                self._untimed.popleft()

    @property
    def times(self) -> list[int]:
        """Presentation time of each packet; ``NO_PTS``: unknown. Without reordering, a packet without a timestamp begins where the one
        before it ends."""
        known = [duration for duration in self.duration if duration]
        usual = sorted(known)[len(known) // 2] if known else 0
        at = NO_PTS
        found: list[int] = []
        for pts, duration in zip(self.pts, self.duration, strict=True):
            if pts != NO_PTS or self._reordered or self.reorder or not usual:
                at = pts
            found.append(at)
            if at != NO_PTS:
                at += duration or usual
        return found

    @property
    def complete(self) -> bool:
        """Whether nothing that follows can be presented before the end."""
        return self.behind > self.reorder

    def later_than_end_s(self) -> float:
        """Return how far past the end the stream was read, in seconds; negative: not that far."""
        if self._end is None or self.latest == NO_PTS:
            return -1.0
        return float((self.latest - self._end) * self.time_base)


class AudioLog(PacketLog):
    """The audio packets, with the data of those near the ends for decoding."""

    def __init__(self, stream: AudioStream, origin_s: float, start_s: float, end_s: float | None) -> None:
        super().__init__(stream, origin_s, end_s)
        context = stream.codec_context
        self.sample_rate = context.sample_rate or 48000
        self.layout = context.layout.name
        self.frame_samples = context.frame_size or 0
        self._from, self._until = math.floor(self.ticks(start_s - _BEFORE_S)), math.ceil(self.ticks(start_s + _FRONT_S))
        self._back = math.ceil(Fraction(_BACK_S) / self.time_base)
        self._has_adts = adts.has_headers(stream)
        self._front: list[tuple[int, bytes]] = []
        self._rear: deque[tuple[int, bytes]] = deque()

    def add(self, packet: AnyPacket) -> None:
        row = len(self.pts)
        super().add(packet)
        if self._has_adts and not adts.is_frame(bytes(packet)):
            self.flags[row] |= BROKEN
        at = self.latest
        if at == NO_PTS or self._from <= at < self._until:
            self._front.append((row, bytes(packet)))
        elif at >= self._until and self.behind <= 2:
            self._rear.append((row, bytes(packet)))
            while self.pts[self._rear[0][0]] < at - self._back:
                self._rear.popleft()

    @property
    def kept(self) -> list[tuple[int, bytes]]:
        """Rows and data of the packets near the start and near the end, in order, possibly with a gap between."""
        return [*self._front, *self._rear]


class DecodedFrameLog:
    """Frames of one decoder near the marks, by the timestamps that the decoder returned."""

    def __init__(self, start: Fraction, content: PacketContent) -> None:
        self._start = math.floor(start)
        self._content = content
        self.fed: set[tuple[int, int]] = set()
        """Timestamps and checksums of the packets fed to the decoder."""
        self._before: tuple[int, VideoFrame] | None = None
        self._first: dict[int, bytes] = {}
        self._last: deque[tuple[int, bytes]] = deque(maxlen=_LAST_FRAMES)
        self.times: list[int] = []
        """Of all frames from the one on screen at the start on."""

    def feed(self, packet: AnyPacket) -> None:
        if packet.pts is not None:
            self.fed.add((packet.pts, self._content.checksum(packet)))

    def add(self, frame: VideoFrame) -> None:
        pts = frame.pts
        if pts is None or frame.is_corrupt:
            return
        if pts <= self._start:
            self._before = (pts, frame)
            return
        self._settle()
        self._note(pts, frame)

    def _settle(self) -> None:
        if self._before is not None:
            (pts, frame), self._before = self._before, None
            self._note(pts, frame)

    def _note(self, pts: int, frame: VideoFrame) -> None:
        self.times.append(pts)
        samples = luma_samples(frame)
        if samples is None:
            return
        if len(self._first) < _FIRST_FRAMES:
            self._first[pts] = samples
        else:
            self._last.append((pts, samples))

    def luma_samples(self) -> dict[int, bytes]:
        """Return luma samples (see :mod:`clipferry.clip.cut.frame_compare`) of the first and last frames, by source timestamp."""
        self._settle()
        return self._first | dict(self._last)


class SourceLog:
    """The log of one reader of a source. ``start_s`` / ``end_s``: the marks, in presentation seconds."""

    def __init__(self, start_s: float, end_s: float | None) -> None:
        self.start_s, self.end_s = start_s, end_s
        self.video: PacketLog | None = None
        self.audio: AudioLog | None = None
        self.window_start_s = 0.0
        self.demuxer = ""
        self.shown: Window | None = None
        """What the edit list shows of the video; ``None``: all."""
        self.over = False
        """The file was read to its end."""
        self.failed = False
        """The source failed before it was certain that nothing more belongs to the clip."""
        self._logs: dict[int, PacketLog] = {}
        self._decoded: list[DecodedFrameLog] = []

    def open(self, video: VideoStream | None, audio: AudioStream | None, media: OpenMedia, window: Window) -> None:
        """Start logging the streams of ``media``, which was opened for ``window``."""
        self.window_start_s = window.start_s
        self.shown, self.demuxer = media.shown, media.demuxer
        origin_s = media.origin_s
        if video is not None:
            self.video = PacketLog(video, origin_s, self.end_s)
            self._logs[video.index] = self.video
        if audio is not None and audio.codec_context is not None:
            self.audio = AudioLog(audio, origin_s, self.start_s, self.end_s)
            self._logs[audio.index] = self.audio

    def add(self, packet: AnyPacket) -> None:
        log = self._logs.get(packet.stream_index)
        if log is not None and packet.size:
            log.add(packet)

    def time(self, packet: AnyPacket) -> None:
        """Record the derived timestamp of a packet (see :meth:`PacketLog.time`)."""
        if self.video is not None and packet.stream_index == self.video.index:
            self.video.time(packet)

    def decoder_log(self, stream: Stream) -> DecodedFrameLog | None:
        """Return a log for one decoder of ``stream``."""
        if self.video is None or stream.index != self.video.index:
            return None
        log = DecodedFrameLog(self.video.ticks(self.start_s) + TOLERANCE_S / self.video.time_base, self.video.content)
        self._decoded.append(log)
        return log

    @property
    def complete(self) -> bool:
        """Whether all that is presented before the end was read."""
        if self.over or self.failed:
            return True
        logs = self._logs.values()
        return all(log.complete for log in logs) or any(log.later_than_end_s() > _GIVE_UP_S for log in logs)

    def wrongly_decoded(self) -> list[int]:
        """Return timestamps for which a decoder was fed other packets than the source's."""
        if self.video is None:
            return []
        own = set(zip(self.video.times, self.video.checksum, strict=True))
        return sorted({pts for log in self._decoded for pts, _ in log.fed - own})

    def decoded(self) -> set[int]:
        """Return timestamps of the decoded frames from the one on screen at the start on."""
        return {pts for log in self._decoded for pts in log.times}

    def luma_samples(self) -> dict[int, bytes]:
        """Return luma samples of decoded frames near the ends of what was encoded, by source timestamp."""
        found: dict[int, bytes] = {}
        for log in self._decoded:
            found |= log.luma_samples()
        return found
