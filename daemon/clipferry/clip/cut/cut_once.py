"""One attempt at a clip: open the sources, choose a strategy, write both tracks in one pass, report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from typing import cast

from av.video.stream import VideoStream

from ..errors import BadMedia
from ..model import Window
from ..run_context import RunContext
from ..timecode import outside_video
from .attempts import Attempt, CutRequest
from .audio.audio_track import add_audio_track, open_concurrently, reopen_from
from .demuxer import Reader
from .encoding.encoder import EdgeEncoder
from .muxer import ExpectedSize, Muxer
from .notes import clip_note
from .packets import AudioPacket, OutputPacket
from .record.report import CutReport, SourceRecord
from .record.source_log import SourceLog
from .record.written import AudioTally, VideoTally
from .strategy import Strategy, choose_strategy
from .timeline import DecodeClock
from .video.context import VideoCutOptions
from .video.video_cut import VideoCut

_REOPEN_AUDIO_S = 0.05
"""A copy that begins so much before the start needs audio from there on as well."""
_REOPEN_TAIL_S = 1.0


def cut_once(request: CutRequest, attempt: Attempt, run: RunContext) -> CutReport:
    """Cut with one set of parameters.

    Raises:
        StrategyFailed: they do not work; see :mod:`.strategy_errors`.
        ClipError: as :func:`.cutter.cut`.
    """
    with ExitStack() as stack:
        opening = open_concurrently(request, stack, run.cancelled)
        reader = stack.enter_context(
            Reader(
                request.source,
                request.window(attempt.lead_s),
                video=True,
                audio=request.audio is None,
                cancelled=run.cancelled,
                log=SourceLog(request.start_s, request.end_s),
            )
        )
        stream = cast("VideoStream", reader.video)
        strategy = choose_strategy(reader, request.container, attempt, request.quality)
        whole = attempt.whole and strategy.encode_with is None
        video = _open_video_cut(request, reader, strategy, whole=whole)
        zero_s = reader.seconds(stream, video.layout.zero)
        muxer = stack.enter_context(_open_muxer(request, attempt, strategy, zero_s))
        _add_video_track(muxer, strategy, stream)
        packets = video.packets()
        # The first packet shows whether the window begins early enough; nothing is written before that.
        first = next(packets, None)
        if first is None:
            raise BadMedia(detail="no picture in the clip")
        audio_reader = opening.result() if opening is not None else reader if reader.audio is not None else None
        if strategy.from_keyframe and audio_reader is not None and request.start_s - zero_s > _REOPEN_AUDIO_S:
            source = request.audio_source
            audio_reader = stack.enter_context(reopen_from(source, audio_reader, zero_s, request.end_s))
        audio, audio_tally = add_audio_track(
            audio_reader, muxer, request.container, zero_s=zero_s, end_s=request.end_s, whole=whole
        )
        tick = cast("Fraction", stream.time_base)
        tally = VideoTally(
            strategy.codec, stream.codec_context.width, stream.codec_context.height, tick, strategy.framing
        )
        clock = DecodeClock(_reorder(attempt, strategy, video), video.layout.step, first.pts)
        written = muxer.write(chain([first], packets), clock, audio)
        _count(request, run, written, tally, audio_tally)
        if not request.open_end:
            reader.read_past_end()
            if audio_reader is not None and audio_reader is not reader:
                audio_reader.read_past_end()
        video_report = tally.report(tuple(video.frame_sampler.frame_samples))._replace(min_psnr_db=strategy.min_psnr_db)
        report = CutReport(
            path=strategy.path(video_report.copied_frames, video_report.frames),
            start_s=zero_s,
            end_s=zero_s + video_report.end_s,
            origin_s=reader.origin_s,
            video=video_report,
            audio=audio_tally.report() if audio_tally is not None else None,
            texts=muxer.texts(),
            note=clip_note(request, attempt.mode, strategy, video, video_report, zero_s=zero_s),
            source=_source_record(request, reader, audio_reader, whole=whole, from_keyframe=strategy.from_keyframe),
        )
    run.written(1.0)
    return report


def _open_video_cut(request: CutRequest, reader: Reader, strategy: Strategy, *, whole: bool) -> VideoCut:
    """Return the cut of the video track with its first frame found."""

    def reopen(at_s: float) -> Reader:
        window = Window(max(0.0, at_s - _REOPEN_TAIL_S), request.end_s)
        return Reader(request.source, window, video=True, audio=False, cancelled=reader.cancelled)

    video = VideoCut(
        reader,
        strategy.rules,
        start_s=request.start_s,
        end_s=request.end_s,
        reopen=reopen,
        options=VideoCutOptions(strategy.from_keyframe, whole, strategy.min_psnr_db, read_ahead=not request.open_end),
    )
    video.begin()
    length_s = request.source.duration_s()
    if video.past_end and request.start_s >= (length_s or 0.0):
        raise outside_video(length_s)
    return video


def _open_muxer(request: CutRequest, attempt: Attempt, strategy: Strategy, zero_s: float) -> Muxer:
    metadata = request.metadata.within(zero_s, request.end_s, request.container)
    length_s = request.length_s() if attempt.reserve_index else None
    expected = ExpectedSize(length_s, float(strategy.rate) * 1.3 + 5, request.open_end)
    return Muxer(request.target, request.container, expected, metadata)


def _add_video_track(muxer: Muxer, strategy: Strategy, stream: VideoStream) -> None:
    if strategy.encode_with is None:
        muxer.add_copied_video(stream, strategy.rules.extradata, strategy.pix_fmt, strategy.tag)
        return
    tick = cast("Fraction", stream.time_base)
    context = muxer.add_encoded_video(strategy.encode_with.encoder, strategy.rate, tick)
    strategy.encode_all.use(EdgeEncoder(strategy.encode_with, context, muxer.copy_rotation))


def _reorder(attempt: Attempt, strategy: Strategy, video: VideoCut) -> int:
    if attempt.reorder is not None:
        return attempt.reorder
    return video.clock_reorder if strategy.encode_with is None else strategy.encode_with.reorder


def _count(
    request: CutRequest,
    run: RunContext,
    written: Iterator[tuple[OutputPacket | None, AudioPacket | None]],
    video: VideoTally,
    audio: AudioTally | None,
) -> None:
    """Count the packets as they are written, and report progress."""
    length_s = request.length_s()
    furthest = 0
    for video_packet, audio_packet in written:
        run.check()
        if video_packet is not None:
            video.add(video_packet)
            if length_s and video_packet.pts > furthest:
                furthest = video_packet.pts
                run.written(min(float(furthest * video.tick) / length_s, 1.0))
        if audio_packet is not None and audio is not None:
            audio.add(audio_packet)


def _source_record(
    request: CutRequest, reader: Reader, audio_reader: Reader | None, *, whole: bool, from_keyframe: bool
) -> SourceRecord:
    assert reader.log is not None

    def reopen(window: Window, log: SourceLog) -> Reader:
        return Reader(request.source, window, video=True, audio=False, cancelled=reader.cancelled, log=log)

    def reopen_audio(window: Window, log: SourceLog) -> Reader:
        return Reader(request.audio_source, window, video=False, audio=True, cancelled=reader.cancelled, log=log)

    return SourceRecord(
        request.start_s,
        request.end_s,
        reader.log,
        audio_reader.log if audio_reader is not None else None,
        reopen,
        reopen_audio,
        whole=whole,
        from_keyframe=from_keyframe,
        open_end=request.open_end,
    )
