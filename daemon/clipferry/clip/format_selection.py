"""What is asked for and what the site offers → which streams are taken, and from when to when. Pure.

The choice of a picture, in this order:

1. The original language, where sound comes with the picture; as for sound alone.
2. No higher than asked for; without a wish the highest there is.
3. The codec that was asked for. Without a wish the one that plays in most places: in MP4 H.264, and AV1 or VP9 only at heights
   that have no H.264 (YouTube: above 1080p), because who asks for *best* wants the picture; in WebM VP9.
4. Standard before high dynamic range, which most screens and programs show washed out.
5. A file that is read by byte range before segments, and picture and sound apart before both in one: fewer bytes.
6. The site's own order, best first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .codec.codec_strings import CONTAINER_CODECS, family
from .errors import InvalidOutput, InvalidRange, InvalidTime
from .missing_tracks import no_picture, no_sound
from .model import Chapter, ClipRequest, Delivery, Format, Live, Output, OutputKind, Subtitle, Video
from .timecode import outside_video

MAX_ANIMATION_S = 60.0
ANIMATION_HEIGHT = 480
"""Without a wish: a GIF grows with every pixel and is looked at in a chat."""

SHORT_S = 1.0
"""Sites round the length down, and playlists and headers tell less than is there."""
_PAST_END_S = 1.0
"""Sites round the length; an end this little beyond it means the end."""
_AT_END_S = 0.01
"""An end so little before it, too: who marks the end has it from a clock that rounds."""
_SHORTEST_S = 0.001
_PICTURES = {
    OutputKind.MP4: ("h264", "av1", "vp9", "hevc"),
    OutputKind.WEBM: ("vp9", "av1"),
    OutputKind.MKV: ("h264", "vp9", "av1", "hevc"),
    OutputKind.GIF: ("h264", "vp9", "av1", "hevc"),
    OutputKind.WEBP: ("h264", "vp9", "av1", "hevc"),
}
_SOUNDS = {
    OutputKind.MP4: ("aac", "opus"),
    OutputKind.WEBM: ("opus", "vorbis"),
    OutputKind.MKV: ("aac", "opus"),
    OutputKind.M4A: ("aac",),
    OutputKind.OPUS: ("opus",),
}
_DELIVERIES = (Delivery.FILE, Delivery.FRAGMENTS, Delivery.HLS)


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What will be done. ``audio`` is ``None`` where the sound comes with the picture, or there is none."""

    video: Format | None
    audio: Format | None
    start_s: float
    end_s: float | None
    """``None``: to the end of the video, wherever the stream says that is."""
    output: Output
    whole: bool
    subtitles: tuple[Subtitle, ...] = ()

    @property
    def height(self) -> int | None:
        return lines(self.video) if self.video is not None else None


def make_plan(request: ClipRequest, video: Video) -> ClipPlan:
    """Choose streams and check the range.

    Raises:
        InvalidTime | InvalidRange | RangeOutsideVideo: the marks. InvalidOutput | NoFormats: the kind of file.
    """
    output = request.output
    start_s, end_s = check_range(request.start_s, request.end_s, video.duration_s, video.live, short_s=SHORT_S)
    if output.kind.animation and _length(start_s, end_s, video.duration_s) > MAX_ANIMATION_S:
        raise InvalidOutput(
            f"A {output.kind.upper()} can be at most {MAX_ANIMATION_S:.0f} seconds long.",
            hint="Choose a shorter piece, or MP4.",
        )
    picture, sound = choose(video, output)
    return ClipPlan(
        video=picture,
        audio=sound,
        start_s=start_s,
        end_s=end_s,
        output=output,
        whole=request.whole,
        subtitles=tuple(pick_subtitles(video, output.subtitles)),
    )


def with_link_range(request: ClipRequest, video: Video) -> ClipRequest:
    """``request`` with the range that its link names, where it gives no marks and does not ask for all of the video.

    A range that begins behind the end is ignored, as players do. So is any of a running broadcast, whose times have not ended.
    """
    start_s, end_s = video.suggested_start_s, video.suggested_end_s
    if not request.whole or request.ignore_link_range or video.live is Live.NOW:
        return request
    if video.duration_s is not None:
        if (start_s or 0.0) >= video.duration_s:
            return request
        end_s = None if end_s is None or end_s >= video.duration_s else end_s
    return replace(request, start_s=start_s or None, end_s=end_s)


def check_range(
    start_s: float | None,
    end_s: float | None,
    duration_s: float | None,
    live: Live = Live.NO,
    *,
    short_s: float = 0.0,
) -> tuple[float, float | None]:
    """The marks in seconds, checked against the length as far as that is known.

    An end up to a second past the end is kept as it is: the cut stops at the last picture anyway, while the length may be
    rounded down. ``short_s``: by how much it may be too short for a start, which only the pictures can then tell to be outside.
    """
    for mark in (start_s, end_s):
        if mark is not None and (not math.isfinite(mark) or mark < 0):
            raise InvalidTime
    start = start_s or 0.0
    if end_s is not None and end_s - start < _SHORTEST_S:
        raise InvalidRange
    if live is Live.NOW:
        return start, end_s  # it grows; without an end it is recorded until it ends, or somebody ends it
    if duration_s is not None and (
        start >= duration_s + short_s or (end_s is not None and end_s > duration_s + _PAST_END_S)
    ):
        raise outside_video(duration_s)
    return start, end_s


def until_end(plan: ClipPlan, lengths_s: Iterable[float | None]) -> ClipPlan:
    """``plan``, open at the end where its end is at, just before or behind one of the ``lengths_s`` that are known of the video. All of
    them may be too short, so the stream says where its end is."""
    known = [length_s for length_s in lengths_s if length_s is not None]
    if plan.end_s is None or not known or plan.end_s < min(known) - _AT_END_S:
        return plan
    return replace(plan, end_s=None)


def choose(video: Video, output: Output) -> tuple[Format | None, Format | None]:
    """Picture and sound for this kind of file; the sound is ``None`` where it comes with the picture or is not there."""
    if output.kind.audio_only:
        return None, _sound_alone(video.formats, output.kind)
    pictures = [entry for entry in video.formats if entry.video_codec is not None]
    if not pictures:
        raise no_picture()
    if output.kind.animation:
        return _picture(pictures, output, output.max_height or ANIMATION_HEIGHT), None
    apart = [entry for entry in video.formats if entry.video_codec is None]
    both = [entry for entry in pictures if entry.audio_codec is not None]
    picture = _picture(both if both and not apart else pictures, output, output.max_height)
    if picture.audio_codec is not None or not apart:
        return picture, None
    return picture, _sound(apart, output.kind, _SOUNDS[output.kind])


def lines(entry: Format) -> int:
    """What sites call *720p*: the shorter side, which for a portrait video is its width."""
    sides = [side for side in (entry.width, entry.height) if side]
    return min(sides, default=0)


def bytes_per_second(entry: Format, video: Video) -> float | None:
    """The average, from the size where the site tells it (better than its rounded bit rate)."""
    if entry.size_bytes and video.duration_s:
        return entry.size_bytes / video.duration_s
    return entry.bit_rate / 8 if entry.bit_rate else None


def pick_subtitles(video: Video, languages: Iterable[str]) -> Iterable[Subtitle]:
    """For each language the track made by a person, else the automatic one; ``en`` also finds ``en-GB``."""
    taken: set[tuple[str, bool]] = set()
    for wanted in languages:
        fitting = [
            track
            for track in video.subtitles
            if track.language.lower() == wanted.lower() or track.language.lower().startswith(f"{wanted.lower()}-")
        ]
        fitting.sort(key=lambda track: (track.automatic, track.language.lower() != wanted.lower()))
        if fitting and (key := (fitting[0].language, fitting[0].automatic)) not in taken:
            taken.add(key)
            yield fitting[0]


def chapters_within(chapters: Iterable[Chapter], start_s: float, end_s: float) -> tuple[Chapter, ...]:
    """The chapters that the clip touches, on the clip's own clock."""
    return tuple(
        Chapter(chapter.title, max(chapter.start_s, start_s) - start_s, min(chapter.end_s, end_s) - start_s)
        for chapter in chapters
        if chapter.start_s < end_s and chapter.end_s > start_s
    )


# Inside ---------------------------------------------------------------------------------------------------------------


def _length(start_s: float, end_s: float | None, duration_s: float | None) -> float:
    end = end_s if end_s is not None else duration_s
    return max(0.0, end - start_s) if end is not None else math.inf


def _picture(pictures: Sequence[Format], output: Output, max_height: int | None) -> Format:
    carried, _ = CONTAINER_CODECS.get(output.kind, CONTAINER_CODECS[OutputKind.MKV])
    fitting: Sequence[Format]
    fitting = [entry for entry in pictures if (family(entry.video_codec) or "unknown") in carried | {"unknown"}]
    if not output.kind.animation:  # what carries both has to do as a sound as well
        fitting = _spoken([entry for entry in fitting if entry.audio_codec is None or _fits(entry, output.kind)])
    if not fitting:
        raise InvalidOutput(f"This video has no picture that fits into {output.kind.upper()}.")
    if output.codec is not None:
        fitting = [entry for entry in fitting if family(entry.video_codec) == output.codec] or fitting
    heights = {lines(entry) for entry in fitting}
    low_enough = {height for height in heights if max_height is None or height <= max_height}
    height = max(low_enough) if low_enough else min(heights)
    order = _PICTURES[output.kind]
    return min(
        (entry for entry in fitting if lines(entry) == height),
        key=lambda entry: (
            _place(family(entry.video_codec), order),
            entry.dynamic_range not in (None, "SDR"),
            _DELIVERIES.index(entry.delivery),
            entry.audio_codec is not None,
        ),
    )


def _sound(sounds: Sequence[Format], kind: OutputKind, order: Sequence[str]) -> Format:
    fitting = [entry for entry in sounds if _fits(entry, kind)]
    if not fitting:
        raise InvalidOutput(f"This video's sound does not fit into {kind.upper()}.", hint="Choose MP4 or MKV.")
    return min(_spoken(fitting), key=lambda entry: _sound_order(entry, order))


def _sound_order(entry: Format, order: Sequence[str]) -> tuple[int, ...]:
    return _place(family(entry.audio_codec), order), _DELIVERIES.index(entry.delivery)


def _fits(entry: Format, kind: OutputKind) -> bool:
    """Whether a file of ``kind`` can carry the sound of ``entry``."""
    _, carried = CONTAINER_CODECS.get(kind, CONTAINER_CODECS[OutputKind.MKV])
    return (family(entry.audio_codec) or "unknown") in carried | {"unknown"}


def _spoken(entries: Sequence[Format]) -> Sequence[Format]:
    """Those of ``entries`` that speak the video's original language, or nothing; all of them where none does."""
    return [entry for entry in entries if entry.audio_codec is None or entry.default_language] or entries


def _sound_alone(formats: Sequence[Format], kind: OutputKind) -> Format:
    apart = [entry for entry in formats if entry.audio_codec is not None and entry.video_codec is None]
    if apart:
        return _sound(apart, OutputKind.MKV, _SOUNDS.get(kind, ()))
    both = [entry for entry in formats if entry.audio_codec is not None]
    if not both:
        raise no_sound()
    # The pictures are fetched for nothing: as few of them as there are.
    order = _SOUNDS.get(kind, ())
    return min(
        _spoken([entry for entry in both if _fits(entry, OutputKind.MKV)] or both),
        key=lambda entry: (*_sound_order(entry, order), entry.bit_rate or 0, lines(entry)),
    )


def _place(name: str | None, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)
