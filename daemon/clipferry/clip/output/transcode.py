"""Make the outputs that a cut alone does not: MP3 and FLAC from the clip's samples, GIF and WebP from its frames. Each result is
measured like every other, after the last change to it; what an animation is made of is verified as a clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import av

from ..container.webp import frame_times_ms
from ..cut import AudioReport, CutRequest, cut, decode_audio
from ..errors import VerificationFailed
from ..format_selection import ANIMATION_HEIGHT, ClipPlan
from ..model import MediaSource, OutputKind, Stage, Verification
from ..run_context import RunContext
from ..verify import verify_clip
from ..verify.audio_compare import check_samples
from .ffmpeg import FfmpegInvocation, encode_animation, encode_sound, find_ffmpeg

_DECODING = 0.5
"""Share of the work that is done when the samples, or the cut frames, are there."""
_MP3_FRAME = 1152
_SOUND_ENDS_EARLY_S = 0.25
"""An audio track may be this much shorter than its video."""


@dataclass(frozen=True, slots=True)
class TranscodeContext:
    """Where and with what a file is made."""

    folder: Path
    ffmpeg: Path | None
    """The program of the settings; ``None``: one is searched for."""
    run: RunContext

    def first_part(self) -> RunContext:
        """Return the context of what comes before the program."""
        return self.run.part(0.0, _DECODING)

    def invocation(self, length_s: float) -> FfmpegInvocation:
        """Return the invocation of the program, which does the rest."""
        return FfmpegInvocation(
            find_ffmpeg(self.ffmpeg), length_s, self.run.part(_DECODING, 1.0).written, self.run.cancelled
        )


Label = Callable[[Path], None]
"""Puts tags and a cover into a finished file."""


def sound_file(
    plan: ClipPlan, source: MediaSource, context: TranscodeContext, label: Label
) -> tuple[Path, Verification]:
    """MP3 or FLAC of exactly the clip's samples.

    Raises:
        ClipError: ``FfmpegMissing`` before anything is fetched; whatever the sources and the encoder raise.
    """
    find_ffmpeg(context.ffmpeg)
    kind = plan.output.kind
    samples, target = context.folder / "clip.wav", context.folder / f"clip.{kind}"
    decoded = decode_audio(source, plan.start_s, plan.end_s, samples, context.first_part())
    context.run.meter.stage(Stage.CUTTING)  # nothing is fetched any more, whatever had been estimated
    encode_sound(samples, target, kind, context.invocation(decoded.end_s))
    samples.unlink()
    label(target)
    context.run.meter.stage(Stage.PROVING)
    return target, _verify_audio(target, kind, plan, decoded, _expected_s(plan, source, decoded))


def animation(
    plan: ClipPlan, source: MediaSource, context: TranscodeContext, _label: Label
) -> tuple[Path, Verification]:
    """Make a GIF or WebP of exactly the clip's frames, at most as many a second as the format plays well; it holds no tags."""
    find_ffmpeg(context.ffmpeg)
    kind = plan.output.kind
    pictures, target = context.folder / "clip.mkv", context.folder / f"clip.{kind}"
    request = CutRequest(source, None, plan.start_s, plan.end_s, pictures, OutputKind.MKV)
    report = cut(request, context.first_part())
    context.run.meter.stage(Stage.CUTTING)
    verify_clip(pictures, report)
    encode_animation(
        pictures,
        target,
        kind,
        context.invocation(report.end_s - report.start_s),
        fps=source.format.fps,
        height=plan.output.max_height or ANIMATION_HEIGHT,
    )
    pictures.unlink()
    context.run.meter.stage(Stage.PROVING)
    return target, _verify_animation(target, kind, report.start_s, report.end_s)


# Inside ---------------------------------------------------------------------------------------------------------------


def _expected_s(plan: ClipPlan, source: MediaSource, decoded: AudioReport) -> float:
    """Return how long the audio has to be: as requested, unless the video ends before, or its audio: in a file with video that may
    be anywhere, and only the file shows which."""
    total = source.duration_s()
    if source.format.video_codec is not None or plan.end_s is None or total is None:
        return decoded.end_s
    if plan.end_s > total - _SOUND_ENDS_EARLY_S:
        return decoded.end_s
    return plan.end_s - plan.start_s


def _verify_audio(path: Path, kind: OutputKind, plan: ClipPlan, decoded: AudioReport, length_s: float) -> Verification:
    """Decode it all (some hundred times faster than it plays), count the samples, and compare its ends with the source's."""
    assert decoded.source is not None and decoded.source.log.audio is not None
    try:
        with av.open(str(path), "r", format=str(kind)) as media:
            samples = check_samples(media.decode(audio=0), decoded.source.log.audio, decoded.source.start_s)
            codec, rate = media.streams.audio[0].codec_context.name, media.streams.audio[0].codec_context.sample_rate
    except (av.FFmpegError, IndexError) as exc:
        raise VerificationFailed(detail=f"{path.name}: {exc}") from exc
    spare = _MP3_FRAME if kind is OutputKind.MP3 else 0
    wanted = round(length_s * rate)
    if abs(samples - wanted) > spare:
        raise VerificationFailed(detail=f"{samples} samples instead of {wanted}")
    return Verification(
        plan.start_s, plan.start_s + samples / rate, 0, 0, None, "audio", streams=(codec.removesuffix("float"),)
    )


def _verify_animation(path: Path, kind: OutputKind, start_s: float, end_s: float) -> Verification:
    """Count its frames and add up how long each is shown."""
    try:
        if kind is OutputKind.GIF:
            with av.open(str(path), "r", format="gif") as media:
                stream = media.streams.video[0]
                width, height = stream.codec_context.width, stream.codec_context.height
                shown = [
                    float((packet.duration or 0) * packet.time_base) for packet in media.demux(stream) if packet.size
                ]
        else:
            width, height, times = frame_times_ms(path.read_bytes())
            shown = [time / 1000 for time in times]
    except (av.FFmpegError, IndexError, ValueError) as exc:
        raise VerificationFailed(detail=f"{path.name}: {exc}") from exc
    if len(shown) == 1:
        shown = [end_s - start_s]  # a still has no time, or what the format's writer thinks of
    if not shown or abs(sum(shown) - (end_s - start_s)) > _longest(shown):
        raise VerificationFailed(
            detail=f"{len(shown)} pictures over {sum(shown):.3f} s instead of {end_s - start_s:.3f} s"
        )
    return Verification(
        start_s,
        start_s + sum(shown),
        len(shown),
        0,
        None,
        "animation",
        streams=(str(kind),),
        width=width,
        height=height,
    )


def _longest(shown: Iterable[float]) -> float:
    """Return how much the sum may differ: one frame, and the rounding of the format's clock."""
    return max(shown) + 0.06
