"""Verification of a finished clip: what a player finds in it, against what the cut reported and what the source holds.

All packets are demuxed: their times are the file's index, and their fingerprint shows that they are the ones that were written, in
that order. Frames are decoded where faults are possible: at the beginning, after each splice point, and at a short end; by one
decoder, as in a player, so that it meets the change of parameter sets at a splice point. The decoded frames have to match what the
source decoded to when the clip was cut.

The middle of a long run is not decoded: it is bit for bit the source's, or the output of one encoder, and begins with a keyframe
that was decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from ..container.codec_support import codec_name
from ..cut.record.report import CutReport
from ..errors import VerificationFailed
from ..model import Verification
from .audio import AudioTrackCheck, check_no_audio
from .check import check
from .source_end import check_read_to_end
from .subtitles import SubtitleTrackCheck
from .video import VideoTrackCheck

_PROGRESS_EVERY_PACKETS = 4096
_WITHOUT_PROBING = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"}
"""The headers are complete: libav need not decode a frame to open the file."""


def verify_clip(path: Path, report: CutReport, on_progress: Callable[[float], None] = lambda _: None) -> Verification:
    """Verify the finished file against ``report``.

    Args:
        on_progress: called now and then with the fraction of the file that was demuxed.

    Returns:
        What was measured, on the source's presentation timeline.

    Raises:
        VerificationFailed: the file is not what was reported; ``detail`` has the place.
    """
    try:
        with (
            path.open("rb") as file,
            av.open(file, "r", options=_WITHOUT_PROBING) as media,
            ThreadPoolExecutor(1, "clip-verify") as thread,
        ):
            return _verify_tracks(media, report, on_progress, thread)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VerificationFailed(detail=f"{path.name}: {error}") from error


def _verify_tracks(
    media: InputContainer, report: CutReport, on_progress: Callable[[float], None], thread: Executor
) -> Verification:
    moving = (s for s in media.streams.video if not s.disposition & Disposition.attached_pic)
    video = next(moving, None) if report.video is not None else None
    audio = cast("AudioStream | None", media.streams.best("audio")) if report.audio is not None else None
    check(video is not None or report.video is None, "the picture track is missing")
    check(audio is not None or report.audio is None, "the sound track is missing")
    video_check = VideoTrackCheck(video, report.video, report.source, thread) if video and report.video else None
    audio_check = AudioTrackCheck(audio) if audio is not None else None
    subtitle_checks = [SubtitleTrackCheck(stream) for stream in media.streams.subtitles]
    checks = {one.index: one for one in (video_check, audio_check, *subtitle_checks) if one is not None}
    expected = (report.video.frames if report.video else 0) + (report.audio.packets if report.audio else 0)
    for count, packet in enumerate(media.demux([media.streams[index] for index in checks])):
        if packet.size and packet.pts is not None:
            checks[packet.stream_index].add(packet)
        if count % _PROGRESS_EVERY_PACKETS == 0:
            on_progress(min(count / max(expected, 1), 1.0))
    start_s = video_check.finish(media) if video_check is not None else 0.0
    if report.source is not None:
        check_read_to_end(report.source)
    offset_s = None
    if audio_check is not None and report.audio is not None:
        lead_s = audio_check.check(report.audio, start_s)
        if report.source is not None:
            zero_s, file_zero_s = video_check.zero_s if video_check is not None else (report.source.start_s, 0.0)
            audio_check.check_source(
                media,
                report.audio,
                report.source,
                zero_s=zero_s,
                file_zero_s=file_zero_s,
                video_end_s=report.video.end_s if report.video else None,
            )
        offset_s = lead_s if video_check is not None else None
    if report.source is not None and report.audio is None:
        check_no_audio(report.source, video_check.zero_s[0] if video_check is not None else report.source.start_s)
    check(
        len(subtitle_checks) == len(report.texts),
        f"{len(subtitle_checks)} tracks of subtitles, not {len(report.texts)}",
    )
    for subtitle_check, written in zip(subtitle_checks, report.texts, strict=True):
        subtitle_check.check(written, start_s)
    return Verification(
        start_s=report.start_s,
        end_s=report.end_s,
        frames=report.video.frames if report.video else 0,
        copied_frames=report.video.copied_frames if report.video else 0,
        av_offset_s=offset_s,
        path=report.path.value,
        note=report.note or (video_check.note if video_check is not None else None),
        streams=tuple(
            codec_name(s.codec_context.name)
            for s in media.streams
            if s.codec_context is not None and not s.disposition & Disposition.attached_pic
        ),
        width=video.codec_context.width if video is not None else None,
        height=video.codec_context.height if video is not None else None,
    )
