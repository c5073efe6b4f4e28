"""Muxing of the clip: tracks interleaved by time, the index first, in one pass where its size can be bounded in advance."""

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
"""Upper bound per frame in ``moov``: size 4, decode step 8, composition offset 8, sync 4, chunk offset 4."""
_INDEX_BYTES_PER_AUDIO_PACKET = 16


class ExpectedSize(NamedTuple):
    """Expected size of the clip, from which space for the index is reserved."""

    length_s: float | None
    """``None``: unknown; the index is moved in a second pass."""
    rate: float = 60.0
    open_end: bool = False
    """The sources may end at any moment, and the file has to be finished at once: the index goes after the media, and audio ends with
    the video."""


class Muxer:
    """One output file, as a context manager; leaving it without an error finishes the file."""

    def __init__(self, target: Path, container: Container, expected: ExpectedSize, metadata: ClipMetadata) -> None:
        self._target = target
        self._container = container
        self._open_end = expected.open_end
        options = {"movflags": "+faststart"} if container.has_edit_lists and not expected.open_end else {}
        self._reserved = container.has_edit_lists and expected.length_s is not None and not expected.open_end
        if self._reserved and expected.length_s is not None:
            frames, audio_packets = expected.length_s * expected.rate + 60, expected.length_s * 96000 / 1024 + 60
            index_bytes = (
                32768
                + metadata.max_index_bytes()
                + frames * _INDEX_BYTES_PER_FRAME
                + audio_packets * _INDEX_BYTES_PER_AUDIO_PACKET
            )
            options = {"moov_size": str(round(index_bytes))}
        if container.has_edit_lists:
            # Composition offsets below zero instead of an edit list for the reordering delay: so the first frame is at 0
            # in players that ignore edit lists, too. Audio that begins before 0 is still hidden by an edit list.
            options["movflags"] = options.get("movflags", "") + "+negative_cts_offsets"
            options["write_tmcd"] = "0"
        self._file: OutputContainer = av.open(str(target), "w", format=container.muxer, options=options)
        self._file.metadata.update(metadata.tags)
        if metadata.chapters:
            self._file.set_chapters([_chapter(number, chapter) for number, chapter in enumerate(metadata.chapters)])
        self._metadata = metadata
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
        """Add a video track like ``stream``.

        Args:
            extradata: replaces that of ``stream``.
            pix_fmt: where the container does not declare it.
            tag: sample entry in MP4; ``None``: libav's default.
        """
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
        """Add a video track and return its encoder, still to be opened."""
        made = cast("VideoStream", self._file.add_stream(encoder, rate=rate))
        self._set_video(made, time_base)
        return made.codec_context

    def copy_rotation(self, frame: VideoFrame) -> None:
        """Copy the display matrix of ``frame`` to the encoded track."""
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
        """Replace codec header and time base of a copied audio track."""
        assert self._audio is not None
        self._audio.codec_context.extradata = extradata
        self._audio.time_base = self._audio_tick = tick

    def add_encoded_audio(self, encoder: str, rate: int, layout: str, bit_rate: int) -> AudioCodecContext:
        """Add an audio track and return its encoder, still to be opened."""
        made = cast("AudioStream", self._file.add_stream(encoder, rate=rate))
        made.codec_context.layout = layout
        made.codec_context.bit_rate = bit_rate
        made.codec_context.time_base = Fraction(1, rate)
        self._audio, self._audio_tick = made, Fraction(1, rate)
        return made.codec_context

    def write(
        self, video: Iterator[OutputPacket] | None, clock: DecodeClock | None, audio: Iterator[AudioPacket] | None
    ) -> Iterator[tuple[OutputPacket | None, AudioPacket | None]]:
        """Write both tracks interleaved by time; yield each packet once it is written."""
        self._add_subtitles_and_cover()
        video_tick_s, audio_tick_s = float(self._video_tick), float(self._audio_tick)
        video_packet = next(video, None) if video else None
        audio_packet = next(audio, None) if audio else None
        video_end_s = 0.0
        while video_packet is not None or audio_packet is not None:
            video_first = audio_packet is None or (
                video_packet is not None and video_packet.pts * video_tick_s <= audio_packet.pts * audio_tick_s
            )
            if video_first and video_packet is not None and clock is not None and video is not None:
                self._mux(video_packet, clock.next(video_packet.pts))
                video_end_s = max(video_end_s, (video_packet.pts + video_packet.duration) * video_tick_s)
                yield video_packet, None
                video_packet = next(video, None)
            elif audio_packet is not None and audio is not None:
                if self._open_end and video is not None and video_packet is None:
                    left = round((video_end_s - audio_packet.pts * audio_tick_s) / audio_tick_s)
                    if left <= 0:
                        break
                    audio_packet = audio_packet._replace(duration=min(audio_packet.duration, left))
                self._mux(audio_packet, audio_packet.pts)
                yield None, audio_packet
                audio_packet = next(audio, None)
        self._write_texts(None)

    def _add_subtitles_and_cover(self) -> None:
        """Add subtitle tracks and the cover after the others, so that video is the first track."""
        if self._metadata.texts:
            from .subtitle_track import SubtitleTracks  # noqa: PLC0415

            self._texts = SubtitleTracks(self._file, self._container.muxer, self._metadata.texts)
        cover = self._metadata.cover
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

    def _mux(self, timed: OutputPacket | AudioPacket, dts: int) -> None:
        stream, tick = (
            (self._video, self._video_tick) if isinstance(timed, OutputPacket) else (self._audio, self._audio_tick)
        )
        assert stream is not None
        packet = timed.packet
        packet.stream = stream
        packet.pts, packet.dts, packet.duration, packet.time_base = timed.pts, dts, timed.duration, tick
        if self._texts is not None:
            self._write_texts(float(timed.pts * tick))
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
