"""A window of a source, opened for demuxing: packets in file order, with seconds of presentation time on demand."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from typing import IO, TYPE_CHECKING, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from ..container.codec_support import codec_name
from ..errors import BadMedia, Cancelled, ClipError
from ..missing_tracks import no_picture, no_sound
from ..model import MediaSource, OpenMedia, Window
from .packets import AnyPacket, pts_of
from .record.source_log import SourceLog
from .timestamps import MissingTimestamps

if TYPE_CHECKING:
    from types import TracebackType

TOLERANCE_S = 0.0005
"""People type three decimals and Matroska keeps three: a mark within half a millisecond of a frame means that frame."""

_FASTEST = 300
_SEEK_EARLIER_S = {"ogg": 4.0}
"""A page tells the time of its last packet only (RFC 3533, section 6), so that those of the first page have none."""

CancelCheck = Callable[[], bool]


class _InterruptibleFile:
    """A source's file as libav may see it: read only, and interrupted when the job is cancelled."""

    def __init__(self, file: IO[bytes], seekable: bool, cancelled: CancelCheck) -> None:
        self._file = file
        self._seekable = seekable
        self._cancelled = cancelled
        self.name = "clip"

    def read(self, size: int = -1) -> bytes:
        if self._cancelled():
            raise Cancelled
        return self._file.read(size)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._seekable


class Reader:
    """One opening of a source. A context manager; iterate with :meth:`packets` of each wanted stream, which share the one
    pass over the file: what the other stream is not ready for waits in a queue.

    Raises:
        BadMedia: the bytes are not what ``demuxer`` can read, or the stream that is wanted is not there.
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
        """``log``: notes every packet as it is demuxed."""
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
        """The first moving frame: cover images travel as video streams too."""
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
        """The stream's packets that carry data, in decode order; without those whose time cannot be known."""
        queue = self._queues[stream.index]
        while True:
            while not queue:
                if not self._advance():
                    return
            yield queue.popleft()

    def first(self, stream: Stream) -> AnyPacket | None:
        """The packet that :meth:`packets` gives first, without taking it."""
        queue = self._queues[stream.index]
        while not queue:
            if not self._advance():
                return None
        return queue[0]

    def read_ahead(self, stream: Stream, most_bytes: int) -> None:
        """Demux while there is nothing else to do, until so many bytes of ``stream`` wait in its queue or it is over."""
        queue = self._queues[stream.index]
        known = held = 0
        while held < most_bytes:
            if len(queue) > known:
                held += queue[known].size
                known += 1
            elif not self._advance():
                return

    def discard(self, stream: Stream) -> None:
        """Keep no packets of a stream any more."""
        self._queues[stream.index] = deque(maxlen=0)

    def read_past_end(self) -> None:
        """Demux until the log holds all that is presented before its end. What cannot be had any more is no failure: the clip
        is there."""
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
        """Where the video ends, as a timestamp: at ``end_s`` (presentation seconds), or earlier where an edit list ends it."""
        shown = self.media.shown
        ends_s = [one for one in (end_s, None if shown is None else shown.end_s) if one is not None]
        return self.ticks(self.video, min(ends_s)) if self.video is not None and ends_s else None

    def is_hidden(self, picture: AnyPacket) -> bool:
        """Whether an edit list (ISO/IEC 14496-12, 8.6.6) hides a packet of the video: it may have to be decoded, but no player
        shows it. libav flags some; others are only told by their time."""
        return picture.is_discard or (self._shown_from is not None and pts_of(picture) < self._shown_from)

    # Time ------------------------------------------------------------------------------------------------------------

    def ticks(self, stream: Stream, seconds: float) -> Fraction:
        """Presentation seconds as a (fractional) timestamp of ``stream``."""
        assert stream.time_base is not None
        return Fraction(seconds + self.origin_s) / stream.time_base

    def seconds(self, stream: Stream, timestamp: int) -> float:
        """A timestamp of ``stream`` as presentation seconds."""
        assert stream.time_base is not None
        return float(timestamp * stream.time_base) - self.origin_s


def _missing(media: InputContainer, *, video: bool) -> ClipError:
    """Why the wanted stream, of frames or of audio, cannot be read: the site may not know what is in its file."""
    if video and media.streams.audio:
        return no_picture()
    if not video and media.streams.video:
        return no_sound()
    return BadMedia(detail="the stream that is wanted is not there")


def _open(media: OpenMedia, cancelled: CancelCheck) -> InputContainer:
    # Where all is told by the header, libav must not read on to guess: on a remote file every byte counts.
    fast = media.demuxer != "mpegts"
    options = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"} if fast else {"fpsprobesize": "0"}
    try:
        return av.open(
            _InterruptibleFile(media.file, media.seekable, cancelled),
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
    """Frames per second as the container tells it; ``None`` where it does not, or tells its clock's rate instead."""
    rates = (stream.average_rate, stream.guessed_rate)
    return next((rate for rate in rates if rate is not None and 1 <= rate <= _FASTEST), None)


def stream_codec(stream: VideoStream | AudioStream) -> str:
    """The stream's codec by its own name.

    Raises:
        BadMedia: libav does not know it.
    """
    if stream.codec_context is None:
        raise BadMedia("This video uses a codec that clipferry does not know.", detail=str(stream))
    return codec_name(stream.codec_context.name)
