"""Writing the clip: pictures and sound side by side in time, the index in front, one pass where its size can be told ahead."""

from __future__ import annotations

import struct
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import CutFailed
from ..model import Chapter
from .containers import Container
from .plan import DecodeClock
from .refusal import NoRoom
from .report import AudioReport, VideoReport
from .sound import SoundPiece
from .video import Piece

if TYPE_CHECKING:
    from types import TracebackType

    from av.container.core import Chapter as LibavChapter

_BYTES_PER_PICTURE = 28
"""Most that one picture takes in ``moov``: size 4, decode step 8, composition offset 8, sync 4, chunk offset 4."""
_BYTES_PER_SOUND = 16
_IN_FLIGHT = 34
"""More pictures than any stream reorders."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the file says of itself. Chapters are on the clip's own clock."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    chapters: Sequence[Chapter] = ()

    def room(self) -> int:
        """Bytes that they take in an index at most: chapters stand in it twice, as a list and as a text track."""
        text = sum(len(value.encode()) + 64 for value in self.metadata.values())
        return text + sum(2 * len(chapter.title.encode()) + 128 for chapter in self.chapters)


@dataclass(frozen=True, slots=True)
class Expected:
    """How much will be written, to reserve room for the index; ``None``: unknown, the index is moved in a second pass."""

    length_s: float | None
    rate: float = 60.0


class Output:
    """One file being written. A context manager; leaving it without an error finishes the file."""

    def __init__(self, target: Path, container: Container, expected: Expected, labels: Labels) -> None:
        self._target = target
        self._container = container
        options = {"movflags": "+faststart"} if container.has_edit_lists else {}
        self._reserved = container.has_edit_lists and expected.length_s is not None
        if container.has_edit_lists and expected.length_s is not None:
            pictures, sounds = expected.length_s * expected.rate + 60, expected.length_s * 96000 / 1024 + 60
            room = 32768 + labels.room() + pictures * _BYTES_PER_PICTURE + sounds * _BYTES_PER_SOUND
            options = {"moov_size": str(round(room))}
        if container.has_edit_lists:
            # Composition offsets below zero instead of an edit list for the reordering delay: so the first picture is at 0
            # in players that ignore edit lists, too. Sound that begins before 0 is still hidden by an edit list.
            options["movflags"] = options.get("movflags", "") + "+negative_cts_offsets"
            options["write_tmcd"] = "0"
        self._file: OutputContainer = av.open(str(target), "w", format=container.muxer, options=options)
        self._file.metadata.update(labels.metadata)
        if labels.chapters:
            self._file.set_chapters([_chapter(number, chapter) for number, chapter in enumerate(labels.chapters)])
        self._video: VideoStream | None = None
        self._audio: AudioStream | None = None
        self._video_tick = Fraction(0)
        self._audio_tick = Fraction(0)

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except (av.FFmpegError, OSError) as failure:
            if kind is None:
                raise self._failed(failure) from failure

    def _failed(self, failure: Exception) -> Exception:
        if self._reserved and isinstance(failure, av.ArgumentError):
            return NoRoom()
        return CutFailed(detail=f"finishing {self._container.muxer}: {failure}")

    def copy_of_video(self, stream: VideoStream, extradata: bytes | None, pix_fmt: str | None, tag: str | None) -> None:
        """A picture track as ``stream``'s, with headers that may say more."""
        made = self._file.add_stream_from_template(stream, opaque=True)
        if pix_fmt is not None:
            made.codec_context.pix_fmt = pix_fmt
        if tag is not None and self._container.has_edit_lists:
            made.codec_context.codec_tag = tag
        if extradata is not None:
            made.codec_context.extradata = extradata
        self._set_video(made, cast("Fraction", stream.time_base))

    def encoded_video(self, encoder: str, rate: Fraction, time_base: Fraction) -> VideoCodecContext:
        """A picture track that the returned encoder, still to be opened, makes."""
        made = cast("VideoStream", self._file.add_stream(encoder, rate=rate))
        self._set_video(made, time_base)
        return made.codec_context

    def turn_like(self, frame: VideoFrame) -> None:
        """Show the encoded track the way up that the source's decoder says of ``frame``."""
        try:
            matrix = cast("SideDataContainer", frame.side_data)[SideDataType.DISPLAYMATRIX]
        except KeyError:
            return
        if self._video is not None:
            self._video.set_display_matrix(struct.unpack("=9i", bytes(matrix)))

    def _set_video(self, stream: VideoStream, time_base: Fraction) -> None:
        stream.time_base = time_base
        self._video, self._video_tick = stream, time_base

    def copy_of_audio(self, stream: AudioStream) -> None:
        made = self._file.add_stream_from_template(stream, opaque=True)
        made.time_base = stream.time_base
        self._audio, self._audio_tick = made, cast("Fraction", stream.time_base)

    def set_audio_header(self, extradata: bytes, tick: Fraction) -> None:
        """Another codec header and another clock for a copied sound track."""
        assert self._audio is not None
        self._audio.codec_context.extradata = extradata
        self._audio.time_base = self._audio_tick = tick

    def encoded_audio(self, encoder: str, rate: int, layout: str, bit_rate: int) -> AudioCodecContext:
        """A sound track that the returned encoder, still to be opened, makes."""
        made = cast("AudioStream", self._file.add_stream(encoder, rate=rate))
        made.codec_context.layout = layout
        made.codec_context.bit_rate = bit_rate
        made.codec_context.time_base = Fraction(1, rate)
        self._audio, self._audio_tick = made, Fraction(1, rate)
        return made.codec_context

    @property
    def video(self) -> VideoStream | None:
        return self._video

    def write(
        self, pieces: Iterator[Piece] | None, clock: DecodeClock | None, sounds: Iterator[SoundPiece] | None
    ) -> Iterator[tuple[Piece | None, SoundPiece | None]]:
        """Write both tracks, always the one that is behind; gives each piece back after it is written."""
        video_tick_s, audio_tick_s = float(self._video_tick), float(self._audio_tick)
        piece = next(pieces, None) if pieces else None
        sound = next(sounds, None) if sounds else None
        while piece is not None or sound is not None:
            pictures_first = sound is None or (
                piece is not None and piece.pts * video_tick_s <= sound.pts * audio_tick_s
            )
            if pictures_first and piece is not None and clock is not None and pieces is not None:
                self._mux(piece, clock.next(piece.pts))
                yield piece, None
                piece = next(pieces, None)
            elif sound is not None and sounds is not None:
                self._mux(sound, sound.pts)
                yield None, sound
                sound = next(sounds, None)

    def _mux(self, piece: Piece | SoundPiece, dts: int) -> None:
        stream, tick = (self._video, self._video_tick) if isinstance(piece, Piece) else (self._audio, self._audio_tick)
        assert stream is not None
        packet = piece.packet
        packet.stream = stream
        packet.pts, packet.dts, packet.duration, packet.time_base = piece.pts, dts, piece.duration, tick
        try:
            self._file.mux_one(packet)
        except av.FFmpegError as error:
            raise CutFailed(detail=f"writing {self._container.muxer}: {error}") from error


def _chapter(number: int, chapter: Chapter) -> LibavChapter:
    return {
        "id": number,
        "start": round(chapter.start_s * 1000),
        "end": round(chapter.end_s * 1000),
        "time_base": Fraction(1, 1000),
        "metadata": {"title": chapter.title},
    }


class VideoTally:
    """Counts what is written of the pictures."""

    def __init__(self, codec: str, width: int, height: int, tick: Fraction) -> None:
        self._report = VideoReport(codec, width, height, 0, 0, 0.0, 0.0, 0.0, 0, float(tick))
        self._tick = tick
        self._seams: list[float] = []
        self._frames = self._copied = 0
        self._last = self._end = 0
        self._shown: list[int] = []
        """The latest pictures in display order, to measure steps although packets come in decode order."""
        self._longest = self._doubled = 0
        self._blur = max(round(Fraction(1, 1000) / tick), 1)
        """Matroska tells times apart that are a millisecond from each other."""

    def add(self, piece: Piece) -> None:
        place = bisect(self._shown, piece.pts)
        self._doubled += any(
            abs(piece.pts - other) < self._blur for other in self._shown[max(place - 1, 0) : place + 1]
        )
        self._shown.insert(place, piece.pts)
        if len(self._shown) > _IN_FLIGHT:
            self._longest = max(self._longest, self._shown[1] - self._shown[0])
            del self._shown[0]
        self._frames += 1
        self._copied += piece.copied
        if piece.seam:
            self._seams.append(float(piece.pts * self._tick))
        if piece.pts >= self._last:
            self._last, self._end = piece.pts, piece.pts + piece.duration

    def report(self) -> VideoReport:
        return replace(
            self._report,
            frames=self._frames,
            copied_frames=self._copied,
            last_pts_s=float(self._last * self._tick),
            end_s=float(self._end * self._tick),
            longest_step_s=float(max([self._longest, *(b - a for a, b in pairwise(self._shown))]) * self._tick),
            doubled_frames=self._doubled,
            seams_s=tuple(self._seams),
        )


class AudioTally:
    """Counts what is written of the sound."""

    def __init__(self, codec: str, rate: int, tick: Fraction, *, copied: bool) -> None:
        self._codec, self._rate, self._tick, self._copied = codec, rate, tick, copied
        self._packets = 0
        self._start: int | None = None
        self._end = 0

    def add(self, piece: SoundPiece) -> None:
        self._packets += 1
        if self._start is None:
            self._start = piece.pts
        self._end = piece.pts + piece.duration

    def report(self) -> AudioReport:
        start = float((self._start or 0) * self._tick)
        return AudioReport(self._codec, self._packets, self._copied, start, float(self._end * self._tick), self._rate)
