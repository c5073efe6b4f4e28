"""One clip from one or two sources into one file: chooses how, and where that turns out not to be sound, another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from av.video.stream import VideoStream

from ..codec.errors import CannotSplice
from ..container.codec_support import Container, container_for
from ..errors import BadMedia, Cancelled, CutFailed, InvalidOutput, InvalidRange
from ..memory import give_back
from ..model import Chapter, CutMode, MediaSource, OutputKind, Window
from ..timecode import outside_video
from .audio.audio_file import cut_audio
from .audio.audio_track import add_audio_track, open_concurrently, reopen_from
from .demuxer import Reader
from .encoding.encoder import EdgeEncoder
from .file_metadata import SourceMetadata
from .muxer import ExpectedSize, Muxer
from .packets import AudioPacket, OutputPacket
from .record.report import CutReport, SourceRecord, VideoReport
from .record.source_log import SourceLog
from .record.written import AudioTally, VideoTally
from .strategy import Strategy, choose_strategy
from .strategy_errors import HiddenFrames, IndexTooLarge, QualityTooLow, StartsTooLate
from .timeline import DecodeClock, ReorderExceeded
from .video.video_cut import VideoCut

if TYPE_CHECKING:
    from ..subtitles.cues import TextTrack

_ATTEMPTS = 12
_FARTHEST_S = 150.0
"""Groups of pictures are seconds long; what is not decodable from so far before the start is not decodable."""
_WORTH_SAYING_S = 0.05
_AT_THE_END_S = 0.5
"""A mark so near the video's end means the end."""
_LONG_S = 10.0
"""A clip shorter than this lies inside one group of pictures often enough not to speak of it."""


class _Attempt(NamedTuple):
    """One way of making the clip."""

    lead_s: float = 0.0
    """How much before the start the source is opened."""
    encode_all: str | None = None
    """Why every frame has to be encoded; ``None``: copy what can be copied."""
    careful: bool = False
    """Edges are encoded without haste."""
    reorder: int | None = None
    whole: bool = False
    move_index: bool = False


class _Job(NamedTuple):
    video: MediaSource
    audio: MediaSource | None
    start_s: float
    end_s: float | None
    target: Path
    container: Container
    mode: CutMode
    quality: int | None
    on_progress: Callable[[float], None]
    cancelled: Callable[[], bool]
    labels: SourceMetadata
    open_end: bool

    def window(self, lead_s: float) -> Window:
        return Window(max(0.0, self.start_s - lead_s), self.end_s)

    def length_s(self) -> float | None:
        if self.end_s is not None:
            return self.end_s - self.start_s
        total = self.video.duration_s()
        return None if total is None else max(total - self.start_s, 0.0)


def cut(
    video: MediaSource | None,
    audio: MediaSource | None,
    *,
    start_s: float,
    end_s: float | None,
    target: Path,
    kind: OutputKind,
    mode: CutMode = CutMode.EXACT,
    quality: int | None = None,
    metadata: Mapping[str, str] | None = None,
    chapters: Sequence[Chapter] = (),
    texts: Callable[[], Sequence[TextTrack]] = tuple,
    cover: Callable[[], bytes | None] = lambda: None,
    open_end: bool = False,
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> CutReport:
    """Cut ``[start_s, end_s)`` (presentation seconds; ``end_s`` ``None``: to the end) into ``target``.

    The first picture is the one on screen at the start: the last with ``pts <= start_s + 0.5 ms``. The last picture is the
    last with ``pts < end_s - 0.5 ms``. ``start_s`` 0 without an end copies the whole video as it is.

    Args:
        video: the pictures; ``None``: only sound is wanted.
        audio: the sound; ``None``: the sound in ``video``'s file, if there is any.
        kind: MP4, WebM or MKV; M4A or Opus without ``video``. What the container cannot hold is encoded into what it can.
        mode: see :class:`~clipferry.clip.model.CutMode`.
        quality: constant rate factor on x264's scale for frames that are encoded on request.
        metadata: tags of the file, by libav's names (``title``, ``artist``, ``comment``, ``date``, …).
        chapters: of the video, on its clock; those that the clip touches go into the file, on the clip's.
        texts: subtitles, likewise; asked for when the sources are open, so that they may be fetched meanwhile.
        cover: a JPEG or PNG that goes into Matroska files, asked for likewise.
        open_end: the sources may end before ``end_s``, at any moment, and the file has to be whole at once then; the sound ends
            with the pictures.
        on_progress: called with the finished fraction, 0 to 1, by presentation time.
        cancelled: asked at least at every read; true ends the cut with ``Cancelled`` within a second.

    Raises:
        InvalidRange: the end is not after the start.
        RangeOutsideVideo: the start is behind the last picture.
        InvalidOutput: ``kind`` is not one that can be cut into.
        BadMedia: the source's bytes are not what they should be.
        CutFailed: it could not be done.
        ClipError: what the sources raise.
    """
    if end_s is not None and end_s <= start_s:
        raise InvalidRange
    container = container_for(kind)
    labels = SourceMetadata(metadata or {}, chapters, texts, cover)
    if video is None:
        if audio is None:
            raise CutFailed(detail="neither video nor audio")
        return cut_audio(
            audio,
            container,
            start_s=start_s,
            end_s=end_s,
            target=target,
            labels=labels.within(start_s, end_s, container),
            open_end=open_end,
            on_progress=on_progress,
            cancelled=cancelled,
        )
    if container.video == frozenset():
        raise InvalidOutput(f"A .{kind.value} file holds no pictures.")
    job = _Job(video, audio, start_s, end_s, target, container, mode, quality, on_progress, cancelled, labels, open_end)
    whole = start_s <= 0 and end_s is None and mode is not CutMode.REENCODE
    return _until_it_works(job, _Attempt(whole=whole))


def _until_it_works(job: _Job, attempt: _Attempt) -> CutReport:
    for number in range(_ATTEMPTS):
        if number:
            give_back()  # the encoder before this one, whose memory the next would not find again
        try:
            return _attempt(job, attempt)
        except StartsTooLate:
            if job.start_s - attempt.lead_s <= 0 or attempt.lead_s > _FARTHEST_S:
                break
            attempt = attempt._replace(lead_s=max(2.0, attempt.lead_s * 3))
        except CannotSplice as reason:
            if attempt.encode_all is not None:
                raise CutFailed(detail=str(reason)) from reason
            attempt = attempt._replace(encode_all=str(reason), reorder=None)
        except ReorderExceeded as more:
            attempt = attempt._replace(reorder=max(more.needed, (attempt.reorder or 0) + 1))
        except HiddenFrames:
            job, attempt = job._replace(mode=CutMode.EXACT), attempt._replace(whole=False)
        except QualityTooLow:
            attempt = attempt._replace(careful=True)
        except IndexTooLarge:
            attempt = attempt._replace(move_index=True)
    raise CutFailed(detail=f"gave up after {attempt}")


def _attempt(job: _Job, attempt: _Attempt) -> CutReport:
    with ExitStack() as stack:
        opening = open_concurrently(job.audio, job.start_s, job.end_s, stack, job.cancelled, ahead=not job.open_end)
        reader = stack.enter_context(
            Reader(
                job.video,
                job.window(attempt.lead_s),
                video=True,
                audio=job.audio is None,
                cancelled=job.cancelled,
                log=SourceLog(job.start_s, job.end_s),
            )
        )
        stream = cast("VideoStream", reader.video)
        strategy = choose_strategy(
            reader,
            stream,
            job.container,
            mode=job.mode,
            quality=job.quality,
            whole=attempt.whole,
            encode_all=attempt.encode_all,
            careful=attempt.careful,
        )
        whole = attempt.whole and strategy.encode_with is None
        pictures = _pictures(job, reader, strategy, whole=whole)
        tick = cast("Fraction", stream.time_base)
        zero_s = reader.seconds(stream, pictures.layout.zero)
        labels = job.labels.within(zero_s, job.end_s, job.container)
        length_s = None if attempt.move_index else job.length_s()
        expected = ExpectedSize(length_s, float(strategy.rate) * 1.3 + 5, job.open_end)
        output = stack.enter_context(Muxer(job.target, job.container, expected, labels))
        if strategy.encode_with is None:
            output.add_copied_video(stream, strategy.rules.extradata, strategy.pix_fmt, strategy.tag)
        else:
            context = output.add_encoded_video(strategy.encode_with.encoder, strategy.rate, tick)
            strategy.encode_all.use(EdgeEncoder(strategy.encode_with, context, output.copy_rotation))
        pieces = pictures.pieces()
        # The first piece shows whether what was opened begins early enough; nothing is written before that.
        first = next(pieces, None)
        if first is None:
            raise BadMedia(detail="no picture in the clip")
        sound_reader = opening.result() if opening is not None else reader if reader.audio is not None else None
        if strategy.from_keyframe and sound_reader is not None and job.start_s - zero_s > _WORTH_SAYING_S:
            source = job.audio or job.video
            sound_reader = stack.enter_context(reopen_from(source, sound_reader, zero_s, job.end_s))
        sounds, sound_tally = add_audio_track(
            sound_reader, output, job.container, zero_s=zero_s, end_s=job.end_s, whole=whole
        )
        reorder = pictures.clock_reorder if strategy.encode_with is None else strategy.encode_with.reorder
        if attempt.reorder is not None:
            reorder = attempt.reorder
        tally = VideoTally(
            strategy.codec, stream.codec_context.width, stream.codec_context.height, tick, strategy.framing
        )
        clock = DecodeClock(reorder, pictures.layout.step, first.pts)
        written = output.write(chain([first], pieces), clock, sounds)
        _follow(job, written, tally, sound_tally, float(tick))
        if not job.open_end:
            reader.read_past_end()
            if sound_reader is not None and sound_reader is not reader:
                sound_reader.read_past_end()
        made = tally.report(tuple(pictures.frame_sampler.frame_samples))._replace(min_psnr_db=strategy.min_psnr_db)
        report = CutReport(
            path=strategy.path(made.copied_frames, made.frames),
            start_s=zero_s,
            end_s=zero_s + made.end_s,
            origin_s=reader.origin_s,
            video=made,
            audio=sound_tally.report() if sound_tally is not None else None,
            texts=output.texts(),
            note=_combed(strategy, pictures) or strategy.note or _note(job, zero_s, made, pictures.lost),
            source=_source_record(job, reader, sound_reader, whole=whole, from_keyframe=strategy.from_keyframe),
        )
    job.on_progress(1.0)
    return report


def _source_record(
    job: _Job, reader: Reader, sound_reader: Reader | None, *, whole: bool, from_keyframe: bool
) -> SourceRecord:
    assert reader.log is not None

    def reopen(window: Window, log: SourceLog) -> Reader:
        return Reader(job.video, window, video=True, audio=False, cancelled=job.cancelled, log=log)

    def reopen_audio(window: Window, log: SourceLog) -> Reader:
        return Reader(job.audio or job.video, window, video=False, audio=True, cancelled=job.cancelled, log=log)

    return SourceRecord(
        job.start_s,
        job.end_s,
        reader.log,
        sound_reader.log if sound_reader is not None else None,
        reopen,
        reopen_audio,
        whole=whole,
        from_keyframe=from_keyframe,
        open_end=job.open_end,
    )


def _pictures(job: _Job, reader: Reader, strategy: Strategy, *, whole: bool) -> VideoCut:
    """The cut of the pictures, its beginning found."""
    pictures = VideoCut(
        reader,
        strategy.rules,
        start_s=job.start_s,
        end_s=job.end_s,
        reopen=lambda at: Reader(
            job.video, Window(max(0.0, at - 1), job.end_s), video=True, audio=False, cancelled=job.cancelled
        ),
        from_keyframe=strategy.from_keyframe,
        whole=whole,
        min_psnr_db=strategy.min_psnr_db,
        ahead=not job.open_end,
    )
    pictures.begin()
    length_s = job.video.duration_s()
    if pictures.past_end and job.start_s >= (length_s or 0.0):
        raise outside_video(length_s)
    return pictures


def _follow(
    job: _Job,
    written: Iterator[tuple[OutputPacket | None, AudioPacket | None]],
    pictures: VideoTally,
    sound: AudioTally | None,
    tick_s: float,
) -> None:
    """Count what is written, and say how far it is."""
    length_s = job.length_s()
    furthest = 0
    for piece, sound_piece in written:
        if job.cancelled():
            raise Cancelled
        if piece is not None:
            pictures.add(piece)
            if length_s and piece.pts > furthest:
                furthest = piece.pts
                job.on_progress(min(piece.pts * tick_s / length_s, 1.0))
        if sound_piece is not None and sound is not None:
            sound.add(sound_piece)


def _combed(strategy: Strategy, pictures: VideoCut) -> str | None:
    if not pictures.interlaced or strategy.codec == "h264":
        return None
    said = f"The video is interlaced, which {strategy.codec.upper()} is not: what moves fast may look combed."
    return f"{strategy.note} {said}" if strategy.note else said


def _fast_note(job: _Job, zero_s: float, made: VideoReport) -> str | None:
    early_s = job.start_s - zero_s
    short_s = 0.0 if job.end_s is None or job.open_end else job.end_s - (zero_s + made.end_s)
    total_s = job.video.duration_s()
    if total_s is not None and job.end_s is not None and job.end_s > total_s - _AT_THE_END_S:
        short_s = 0.0
    said = []
    if early_s >= _WORTH_SAYING_S:
        said.append(f"begins at a keyframe: {early_s:.1f} s before your start")
    if short_s >= _WORTH_SAYING_S:
        said.append(f"leaves out the last {short_s:.1f} s, whose pictures need one behind your end")
    return f"Fast mode {', and '.join(said)}." if said else None


def _note(job: _Job, zero_s: float, made: VideoReport, lost: int) -> str | None:
    if lost:
        return f"The video is damaged there: {lost} of its pictures are missing."
    if job.mode is CutMode.FAST:
        return _fast_note(job, zero_s, made)
    if job.mode is CutMode.EXACT and not made.copied_frames and made.end_s > _LONG_S:
        return (
            "The video has no keyframe inside the clip that copying could begin at, so every frame was encoded again."
        )
    return None
