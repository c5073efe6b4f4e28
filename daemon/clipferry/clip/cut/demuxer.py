"""Demuxing of a window of a source: packets in file order, and conversion between timestamps and presentation seconds."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from ..container.codec_support import codec_name
from ..container.libav_file import LibavFile
from ..errors import BadMedia, Cancelled, ClipError
from ..missing_tracks import no_picture, no_sound
from ..model import MediaSource, OpenMedia, Window
from ..run_context import CancelCheck
from .packets import AnyPacket, pts_of
from .record.source_log import SourceLog
from .timestamps import MissingTimestamps

if TYPE_CHECKING:
    from types import TracebackType

TOLERANCE_S = 0.0005
"""A mark within half a millisecond of a frame means that frame: marks and Matroska timestamps have three decimals."""

_FASTEST = 300
_SEEK_EARLIER_S = {"ogg": 4.0}
"""An Ogg page has the time of its last packet only (RFC 3533, section 6), so the packets of the first page have none."""


class Reader:
    """One opening of a source, as a context manager.

    Iterate :meth:`packets` of each wanted stream: they share one pass over the file, and packets of the other stream are queued.

    Raises:
        BadMedia: ``demuxer`` cannot read the file, or the wanted stream is missing.
        ClipError: what the source's file raises.
        Cancelled: ``cancelled()`` became true.
    """

    def __init__(
        self,
        source: MediaSource,
        window: Window,
        *,
        video: bool,
        audio: bool,
        cancelled: CancelCheck,
        log: SourceLog | None = None,
    ) -> None:
        """``log`` records every packet as it is demuxed."""
        self.window = window
        self.cancelled = cancelled
        self.log = log
        self._stack = ExitStack()
        try:
            self.media: OpenMedia = self._stack.enter_context(source.open(window))
            self._input = self._stack.enter_context(_open(self.media, cancelled))
            self.video = self._pick(self._input.streams.video) if video else None
            self.audio = cast("AudioStream | None", self._input.streams.best("audio")) if audio else None
            self.origin_s = self.media.origin_s
            self._queues: dict[int, deque[AnyPacket]] = {}
            self._missing: dict[int, MissingTimestamps] = {}
            for stream in self._input.streams:
                if stream in (self.video, self.audio):
                    self._queues[stream.index] = deque()
                    self._missing[stream.index] = MissingTimestamps(stream)
                else:
                    stream.discard = Discard.all
            if (video and self.video is None) or (not video and self.audio is None):
                raise _missing(self._input, video=video)  # noqa: TRY301
            if log is not None:
                log.open(self.video, self.audio, self.media, window)
            if self.media.seekable and window.start_s > 0:
                self._seek(window.start_s)
        except BaseException:
            self._stack.close()
            raise
        shown = self.media.shown
        self._shown_from = (
            math.floor(self.ticks(self.video, shown.start_s - TOLERANCE_S)) if self.video and shown else None
        )
        self._demux = self._input.demux([s for s in (self.video, self.audio) if s is not None])

    @staticmethod
    def _pick(streams: tuple[VideoStream, ...]) -> VideoStream | None:
        """Return the first video stream that is not a cover image."""
        return next((s for s in streams if not s.disposition & s.disposition.attached_pic), None)

    def _seek(self, start_s: float) -> None:
        stream = self.video or self.audio
        if stream is None or stream.time_base is None:
            return
        start_s = max(0.0, start_s - _SEEK_EARLIER_S.get(self.media.demuxer, 0.0))
        self._input.seek(math.floor(Fraction(start_s + self.origin_s) / stream.time_base), stream=stream)

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def packets(self, stream: Stream) -> Iterator[AnyPacket]:
        """Return the stream's packets with data, in decode order, except those without any timestamp."""
        queue = self._queues[stream.index]
        while True:
            while not queue:
                if not self._advance():
                    return
            yield queue.popleft()

    def first(self, stream: Stream) -> AnyPacket | None:
        """Return the first packet of :meth:`packets` without taking it."""
        queue = self._queues[stream.index]
        while not queue:
            if not self._advance():
                return None
        return queue[0]

    def read_ahead(self, stream: Stream, most_bytes: int) -> None:
        """Demux until so many bytes of ``stream`` are queued or it ends."""
        queue = self._queues[stream.index]
        known = held = 0
        while held < most_bytes:
            if len(queue) > known:
                held += queue[known].size
                known += 1
            elif not self._advance():
                return

    def discard(self, stream: Stream) -> None:
        """Drop the queued and all further packets of a stream."""
        self._queues[stream.index] = deque(maxlen=0)

    def read_past_end(self) -> None:
        """Demux until the log holds everything presented before its end. A source that fails by then is only recorded: the clip is written."""
        try:
            while self.log is not None and not self.log.complete and self._advance():
                pass
        except Cancelled:
            raise
        except ClipError:
            if self.log is not None:
                self.log.failed = True

    def _advance(self) -> bool:
        if self.cancelled():
            raise Cancelled
        try:
            packet = next(self._demux, None)
        except (ClipError, MemoryError):
            raise
        except (av.FFmpegError, OSError, ValueError) as error:
            raise BadMedia(detail=f"demuxing: {error}") from error
        if packet is None:
            if self.log is not None:
                self.log.over = True
            left = [(index, list(missing.filled(None))) for index, missing in self._missing.items()]
            for index, packets in left:
                self._queue(index, packets)
            return any(packets for _, packets in left)
        if self.log is not None:
            self.log.add(packet)
        if packet.size:
            self._queue(packet.stream_index, self._missing[packet.stream_index].filled(packet))
        return True

    def _queue(self, index: int, packets: Iterable[AnyPacket]) -> None:
        for packet in packets:
            if self.log is not None:
                self.log.time(packet)
            self._queues[index].append(packet)

    def video_end(self, end_s: float | None) -> Fraction | None:
        """Return where the video ends, as a timestamp: at ``end_s`` (presentation seconds), or where its edit list ends."""
        shown = self.media.shown
        ends_s = [one for one in (end_s, None if shown is None else shown.end_s) if one is not None]
        return self.ticks(self.video, min(ends_s)) if self.video is not None and ends_s else None

    def is_hidden(self, packet: AnyPacket) -> bool:
        """Return whether an edit list (ISO/IEC 14496-12, 8.6.6) hides a video packet, which may still be needed for decoding.

        libav flags some; others are recognised by their time.
        """
        return packet.is_discard or (self._shown_from is not None and pts_of(packet) < self._shown_from)

    # Time ------------------------------------------------------------------------------------------------------------

    def ticks(self, stream: Stream, seconds: float) -> Fraction:
        """Convert presentation seconds to a (fractional) timestamp of ``stream``."""
        assert stream.time_base is not None
        return Fraction(seconds + self.origin_s) / stream.time_base

    def seconds(self, stream: Stream, timestamp: int) -> float:
        """Convert a timestamp of ``stream`` to presentation seconds."""
        assert stream.time_base is not None
        return float(timestamp * stream.time_base) - self.origin_s


def _missing(media: InputContainer, *, video: bool) -> ClipError:
    """Return the error for a missing video or audio stream; the site may not declare what is in its file."""
    if video and media.streams.audio:
        return no_picture()
    if not video and media.streams.video:
        return no_sound()
    return BadMedia(detail="the stream that is wanted is not there")


def _open(media: OpenMedia, cancelled: CancelCheck) -> InputContainer:
    # Where the header is complete, libav must not probe further: on a remote file every byte counts.
    fast = media.demuxer != "mpegts"
    options = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"} if fast else {"fpsprobesize": "0"}
    try:
        return av.open(
            LibavFile(media.file, seekable=media.seekable, cancelled=cancelled),
            "r",
            format=media.demuxer,
            options=options,
            buffer_size=65536,
        )
    except ClipError:
        raise
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadMedia(detail=f"opening as {media.demuxer}: {error}") from error


def frame_rate(stream: VideoStream) -> Fraction | None:
    """Return the frame rate declared by the container; ``None``: it declares none, or its clock rate instead."""
    rates = (stream.average_rate, stream.guessed_rate)
    return next((rate for rate in rates if rate is not None and 1 <= rate <= _FASTEST), None)


def stream_codec(stream: VideoStream | AudioStream) -> str:
    """Return the codec name of a stream.

    Raises:
        BadMedia: libav does not support the codec.
    """
    if stream.codec_context is None:
        raise BadMedia("unknown_codec", detail=str(stream))
    return codec_name(stream.codec_context.name)
