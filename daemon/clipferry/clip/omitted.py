"""List in sentences for the person what was requested and the file lacks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .codec.codec_strings import family
from .extract.fallback import is_meagre
from .format_selection import ClipPlan, lines, pick_subtitles
from .model import CutMode, Live, Output, Verification, Video

_CODEC_NAMES = {"h264": "H.264", "hevc": "H.265", "vp9": "VP9", "av1": "AV1", "vp8": "VP8"}


def omitted(plan: ClipPlan, video: Video, proof: Verification) -> list[str]:
    """Return a sentence for each property of ``plan.output`` that the finished file lacks."""
    return [*_subtitles(plan.output, video), *_formats(plan, video), *_picture(plan, proof)]


def with_note(proof: Verification, sentences: Iterable[str]) -> Verification:
    """Return ``proof`` with ``sentences`` appended to its note."""
    said = [proof.note, *sentences]
    return replace(proof, note=" ".join(text for text in said if text) or None)


def _subtitles(output: Output, video: Video) -> Iterator[str]:
    if not output.subtitles:
        return
    if output.kind.audio_only or output.kind.animation:
        yield f"A {output.kind.upper()} file holds no subtitles."
        return
    if video.live is Live.NOW:
        yield "Of a running broadcast there are no subtitles."
        return
    missing = [wanted for wanted in output.subtitles if not list(pick_subtitles(video, (wanted,)))]
    if missing:
        asked = ", ".join(f"“{language}”" for language in missing)
        there = ", ".join(sorted({track.language for track in video.subtitles})[:8])
        yield f"The video has no subtitles in {asked}" + (f"; there are: {there}." if there else ".")


def _formats(plan: ClipPlan, video: Video) -> Iterator[str]:
    if plan.video is not None and is_meagre(video):
        yield "YouTube gives out nothing better than 360p of this video at the moment."


def _picture(plan: ClipPlan, proof: Verification) -> Iterator[str]:
    output, picture = plan.output, plan.video
    if picture is None:
        if output.codec is not None or output.max_height is not None:
            yield "A file of sound alone has no picture to choose a codec or a height for."
        return
    made = family(proof.streams[0]) if proof.streams else None
    if output.codec is not None and made != output.codec:
        is_ = _CODEC_NAMES.get(made or "", "as the site has it" if not output.kind.animation else output.kind.upper())
        yield f"{_CODEC_NAMES[output.codec]} is not to be had in this quality and kind of file: the picture is {is_}."
    height = min((side for side in (proof.width, proof.height) if side), default=0) or lines(picture)
    if output.max_height is not None and height > output.max_height:
        yield f"The smallest picture that there is has {height} lines."
    if output.quality is not None and output.mode is not CutMode.REENCODE:
        yield "The quality was not used: it is for clips that are encoded anew."
