"""The finished clip is opened and measured: what a player would find in it, against what the cut says it wrote.

All packets are walked: their times are the file's index, and their fingerprint says that they are the very ones that were
written, in that order. Frames are decoded where something can have gone wrong: at the beginning, after each seam between
encoded and copied packets, and at a short end; by one decoder, as in a player, so that it meets the change of headers at a
seam. What comes out has to look like what the source decoded to when the clip was cut.

What is not decoded: the middle of a long run, because it is bit for bit what the source has, or what one encoder made, and
begins with a keyframe that was seen to decode.
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
from ..model import OutputKind, Verification
from .audio import AudioTrackCheck, check_no_audio
from .check import check
from .source_end import check_read_to_end
from .subtitles import SubtitleTrackCheck
from .video import VideoTrackCheck

_PROGRESS_EVERY_PACKETS = 4096
_WITHOUT_PROBING = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"}
"""The headers tell all: libav need not decode a frame to open the file."""


def verify_clip(
    path: Path, report: CutReport, *, kind: OutputKind, on_progress: Callable[[float], None] = lambda _: None
) -> Verification:
    """Measure the finished file against what ``report`` says was written.

    Args:
        on_progress: called now and then with the share of the file that has been looked at.

    Returns:
        What was measured, on the source's presentation timeline.

    Raises:
        VerificationFailed: the file is not what the cut says; ``detail`` says where.
    """
    try:
        with (
            path.open("rb") as file,
            av.open(file, "r", options=_WITHOUT_PROBING) as media,
            ThreadPoolExecutor(1, "clip-proof") as thread,
        ):
            return _verify_tracks(media, report, kind, on_progress, thread)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VerificationFailed(detail=f"{path.name}: {error}") from error


def _verify_tracks(
    media: InputContainer, report: CutReport, kind: OutputKind, on_progress: Callable[[float], None], thread: Executor
) -> Verification:
    moving = (s for s in media.streams.video if not s.disposition & Disposition.attached_pic)
    video = next(moving, None) if report.video is not None else None
    audio = cast("AudioStream | None", media.streams.best("audio")) if report.audio is not None else None
    check(video is not None or report.video is None, "the picture track is missing")
    check(audio is not None or report.audio is None, "the sound track is missing")
    pictures = VideoTrackCheck(video, report.video, report.source, thread) if video and report.video else None
    sound = AudioTrackCheck(audio) if audio is not None else None
    texts = [SubtitleTrackCheck(stream) for stream in media.streams.subtitles]
    counted = {one.index: one for one in (pictures, sound, *texts) if one is not None}
    expected = (report.video.frames if report.video else 0) + (report.audio.packets if report.audio else 0)
    for count, packet in enumerate(media.demux([media.streams[index] for index in counted])):
        if packet.size and packet.pts is not None:
            counted[packet.stream_index].add(packet)
        if count % _PROGRESS_EVERY_PACKETS == 0:
            on_progress(min(count / max(expected, 1), 1.0))
    start_s = pictures.finish(media) if pictures is not None else 0.0
    if report.source is not None:
        check_read_to_end(report.source)
    offset_s = None
    if sound is not None and report.audio is not None:
        lead_s = sound.check(report.audio, start_s)
        if report.source is not None:
            zero_s, file_zero_s = pictures.zero_s if pictures is not None else (report.source.start_s, 0.0)
            sound.check_source(
                media,
                report.audio,
                report.source,
                zero_s=zero_s,
                file_zero_s=file_zero_s,
                pictures_end_s=report.video.end_s if report.video else None,
            )
        offset_s = lead_s if pictures is not None else None
    if report.source is not None and report.audio is None:
        check_no_audio(report.source, pictures.zero_s[0] if pictures is not None else report.source.start_s)
    check(len(texts) == len(report.texts), f"{len(texts)} tracks of subtitles, not {len(report.texts)}")
    for text, told in zip(texts, report.texts, strict=True):
        text.check(told, start_s)
    return Verification(
        start_s=report.start_s,
        end_s=report.end_s,
        frames=report.video.frames if report.video else 0,
        copied_frames=report.video.copied_frames if report.video else 0,
        av_offset_s=offset_s,
        path=report.path.value,
        note=report.note or (pictures.note if pictures is not None else None),
        streams=tuple(
            codec_name(s.codec_context.name)
            for s in media.streams
            if s.codec_context is not None and not s.disposition & Disposition.attached_pic
        ),
        width=video.codec_context.width if video is not None else None,
        height=video.codec_context.height if video is not None else None,
    )
