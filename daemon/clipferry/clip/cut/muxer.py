"""Writing the clip: frames and audio side by side in time, the index in front, one pass where its size can be told ahead."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..codec.side_data import side_data
from ..container.codec_support import Container
from ..errors import CutFailed
from ..model import Chapter
from .file_metadata import ClipMetadata
from .packets import AudioPacket, OutputPacket
from .record.report import SubtitleReport
from .strategy_errors import IndexTooLarge
from .timeline import DecodeClock

if TYPE_CHECKING:
    from types import TracebackType

    from av.container.core import Chapter as LibavChapter

    from .subtitle_track import SubtitleTracks

_INDEX_BYTES_PER_FRAME = 28
"""Most that one frame takes in ``moov``: size 4, decode step 8, composition offset 8, sync 4, chunk offset 4."""
_INDEX_BYTES_PER_AUDIO_PACKET = 16


class ExpectedSize(NamedTuple):
    """How much will be written, to reserve room for the index; ``None``: unknown, the index is moved in a second pass."""

    length_s: float | None
    rate: float = 60.0
    open_end: bool = False
    """It may be over at any moment, and has to be finished at once then: the index goes after the media, and the audio ends
    where the frames do."""


class Muxer:
    """One file being written. A context manager; leaving it without an error finishes the file."""

    def __init__(self, target: Path, container: Container, expected: ExpectedSize, labels: ClipMetadata) -> None:
        self._target = target
        self._container = container
        self._open_end = expected.open_end
        options = {"movflags": "+faststart"} if container.has_edit_lists and not expected.open_end else {}
        self._reserved = container.has_edit_lists and expected.length_s is not None and not expected.open_end
        if self._reserved and expected.length_s is not None:
            pictures, sounds = expected.length_s * expected.rate + 60, expected.length_s * 96000 / 1024 + 60
            room = 32768 + labels.room() + pictures * _INDEX_BYTES_PER_FRAME + sounds * _INDEX_BYTES_PER_AUDIO_PACKET
            options = {"moov_size": str(round(room))}
        if container.has_edit_lists:
            # Composition offsets below zero instead of an edit list for the reordering delay: so the first frame is at 0
            # in players that ignore edit lists, too. Audio that begins before 0 is still hidden by an edit list.
            options["movflags"] = options.get("movflags", "") + "+negative_cts_offsets"
            options["write_tmcd"] = "0"
        self._file: OutputContainer = av.open(str(target), "w", format=container.muxer, options=options)
        self._file.metadata.update(labels.metadata)
        if labels.chapters:
            self._file.set_chapters([_chapter(number, chapter) for number, chapter in enumerate(labels.chapters)])
        self._labels = labels
        self._texts: SubtitleTracks | None = None
        self._video: VideoStream | None = None
        self._audio: AudioStream | None = None
        self._video_tick = Fraction(0)
        self._audio_tick = Fraction(0)

    def __enter__(self) -> Muxer:
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
            return IndexTooLarge()
        return CutFailed(detail=f"finishing {self._container.muxer}: {failure}")

    def add_copied_video(
        self, stream: VideoStream, extradata: bytes | None, pix_fmt: str | None, tag: str | None
    ) -> None:
        """A frame track as ``stream``'s, with headers that may say more."""
        made = self._file.add_stream_from_template(stream, opaque=True)
        if pix_fmt is not None:
            made.codec_context.pix_fmt = pix_fmt
        if stream.sample_aspect_ratio:
            made.sample_aspect_ratio = stream.sample_aspect_ratio  # VP9 and AV1 leave it to the container
        if tag is not None and self._container.has_edit_lists:
            made.codec_context.codec_tag = tag
        if extradata is not None:
            made.codec_context.extradata = extradata
        self._set_video(made, cast("Fraction", stream.time_base))

    def add_encoded_video(self, encoder: str, rate: Fraction, time_base: Fraction) -> VideoCodecContext:
        """A frame track that the returned encoder, still to be opened, makes."""
        made = cast("VideoStream", self._file.add_stream(encoder, rate=rate))
        self._set_video(made, time_base)
        return made.codec_context

    def copy_rotation(self, frame: VideoFrame) -> None:
        """Show the encoded track the way up that the source's decoder says of ``frame``."""
        matrix = side_data(frame, SideDataType.DISPLAYMATRIX)
        if self._video is not None and matrix is not None:
            self._video.set_display_matrix(struct.unpack("=9i", matrix))

    def _set_video(self, stream: VideoStream, time_base: Fraction) -> None:
        stream.time_base = time_base
        self._video, self._video_tick = stream, time_base

    def add_copied_audio(self, stream: AudioStream) -> None:
        made = self._file.add_stream_from_template(stream, opaque=True)
        made.time_base = stream.time_base
        self._audio, self._audio_tick = made, cast("Fraction", stream.time_base)

    def set_audio_header(self, extradata: bytes, tick: Fraction) -> None:
        """Another codec header and another clock for a copied audio track."""
        assert self._audio is not None
        self._audio.codec_context.extradata = extradata
        self._audio.time_base = self._audio_tick = tick

    def add_encoded_audio(self, encoder: str, rate: int, layout: str, bit_rate: int) -> AudioCodecContext:
        """A audio track that the returned encoder, still to be opened, makes."""
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
        self, pieces: Iterator[OutputPacket] | None, clock: DecodeClock | None, sounds: Iterator[AudioPacket] | None
    ) -> Iterator[tuple[OutputPacket | None, AudioPacket | None]]:
        """Write both tracks, always the one that is after; gives each piece back after it is written."""
        self._add_subtitles_and_cover()
        video_tick_s, audio_tick_s = float(self._video_tick), float(self._audio_tick)
        piece = next(pieces, None) if pieces else None
        sound = next(sounds, None) if sounds else None
        pictures_end_s = 0.0
        while piece is not None or sound is not None:
            pictures_first = sound is None or (
                piece is not None and piece.pts * video_tick_s <= sound.pts * audio_tick_s
            )
            if pictures_first and piece is not None and clock is not None and pieces is not None:
                self._mux(piece, clock.next(piece.pts))
                pictures_end_s = max(pictures_end_s, (piece.pts + piece.duration) * video_tick_s)
                yield piece, None
                piece = next(pieces, None)
            elif sound is not None and sounds is not None:
                if self._open_end and pieces is not None and piece is None:
                    left = round((pictures_end_s - sound.pts * audio_tick_s) / audio_tick_s)
                    if left <= 0:
                        break
                    sound = sound._replace(duration=min(sound.duration, left))
                self._mux(sound, sound.pts)
                yield None, sound
                sound = next(sounds, None)
        self._write_texts(None)

    def _add_subtitles_and_cover(self) -> None:
        """Subtitle tracks and the cover: after the others, so that frames are the first track."""
        if self._labels.texts:
            from .subtitle_track import SubtitleTracks  # noqa: PLC0415

            self._texts = SubtitleTracks(self._file, self._container.muxer, self._labels.texts)
        cover = self._labels.cover
        if cover is not None and self._container.has_attachments:
            kind = "png" if cover.startswith(b"\x89PNG") else "jpg"
            self._file.add_attachment(f"cover.{kind}", "image/png" if kind == "png" else "image/jpeg", cover)

    def texts(self) -> tuple[SubtitleReport, ...]:
        return self._texts.report() if self._texts is not None else ()

    def _write_texts(self, until_s: float | None) -> None:
        if self._texts is None:
            return
        try:
            self._texts.write(until_s)
        except av.FFmpegError as error:
            raise CutFailed(detail=f"writing subtitles: {error}") from error

    def _mux(self, piece: OutputPacket | AudioPacket, dts: int) -> None:
        stream, tick = (
            (self._video, self._video_tick) if isinstance(piece, OutputPacket) else (self._audio, self._audio_tick)
        )
        assert stream is not None
        packet = piece.packet
        packet.stream = stream
        packet.pts, packet.dts, packet.duration, packet.time_base = piece.pts, dts, piece.duration, tick
        if self._texts is not None:
            self._write_texts(float(piece.pts * tick))
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
