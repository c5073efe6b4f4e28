"""Select the formats and the range of a clip from a request and a resolved video. Pure.

A video format is selected by, in this order:

1. The original language, where the format carries audio too; the same holds for audio formats.
2. The requested height at most; by default the greatest.
3. The requested codec. By default the one that plays in most places: in MP4 H.264, and AV1 or VP9 only at heights that have no
   H.264 (YouTube: above 1080p), because *best* means resolution; in WebM VP9.
4. Standard before high dynamic range, which most screens and programs show washed out.
5. A file read by byte range before segments, and separate tracks before a muxed pair: fewer bytes.
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
"""By default: a GIF grows with every pixel and is shown small, in a chat."""

SHORT_S = 1.0
"""Sites round the length down, and playlists and headers give less than there is."""
_PAST_END_S = 1.0
"""Sites round the length; an end this little beyond it means the end."""
_AT_END_S = 0.01
"""So does an end this little before it: the player's clock, which it was taken from, rounds."""
_SHORTEST_S = 0.001
_VIDEO_CODECS = {
    OutputKind.MP4: ("h264", "av1", "vp9", "hevc"),
    OutputKind.WEBM: ("vp9", "av1"),
    OutputKind.MKV: ("h264", "vp9", "av1", "hevc"),
    OutputKind.GIF: ("h264", "vp9", "av1", "hevc"),
    OutputKind.WEBP: ("h264", "vp9", "av1", "hevc"),
}
_AUDIO_CODECS = {
    OutputKind.MP4: ("aac", "opus"),
    OutputKind.WEBM: ("opus", "vorbis"),
    OutputKind.MKV: ("aac", "opus"),
    OutputKind.M4A: ("aac",),
    OutputKind.OPUS: ("opus",),
}
_DELIVERIES = (Delivery.FILE, Delivery.FRAGMENTS, Delivery.HLS)


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """Formats, range and output of a clip. ``audio`` is ``None`` if the video format carries the audio, or there is none."""

    video: Format | None
    audio: Format | None
    start_s: float
    end_s: float | None
    """``None``: to the end of the video, which the stream determines."""
    output: Output
    whole: bool
    subtitles: tuple[Subtitle, ...] = ()

    @property
    def height(self) -> int | None:
        return lines(self.video) if self.video is not None else None


def make_plan(request: ClipRequest, video: Video) -> ClipPlan:
    """Select formats and check the range.

    Raises:
        InvalidTime | InvalidRange | RangeOutsideVideo: the marks. InvalidOutput | NoFormats: the kind of file.
    """
    output = request.output
    start_s, end_s = check_range(request.start_s, request.end_s, video.duration_s, video.live, short_s=SHORT_S)
    if output.kind.animation and _length(start_s, end_s, video.duration_s) > MAX_ANIMATION_S:
        raise InvalidOutput("too_long", kind=output.kind.upper(), max_s=round(MAX_ANIMATION_S))
    video_format, audio_format = choose(video, output)
    return ClipPlan(
        video=video_format,
        audio=audio_format,
        start_s=start_s,
        end_s=end_s,
        output=output,
        whole=request.whole,
        subtitles=tuple(pick_subtitles(video, output.subtitles)),
    )


def with_link_range(request: ClipRequest, video: Video) -> ClipRequest:
    """Return ``request`` with the range of its link, if the request has no marks and does not request the whole video.

    A range that begins past the end is ignored, as players do, and so is any range of a running broadcast.
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
    """Check the marks against the length, if that is known, and return them in seconds.

    An end up to a second past the length is kept: the cut stops at the last frame anyway, and the length may be rounded down.
    ``short_s``: by how much the length may be too short, within which a start is accepted and checked against the frames.
    """
    for mark in (start_s, end_s):
        if mark is not None and (not math.isfinite(mark) or mark < 0):
            raise InvalidTime
    start = start_s or 0.0
    if end_s is not None and end_s - start < _SHORTEST_S:
        raise InvalidRange
    if live is Live.NOW:
        return start, end_s  # without an end it is recorded until it ends or is stopped
    if duration_s is not None and (
        start >= duration_s + short_s or (end_s is not None and end_s > duration_s + _PAST_END_S)
    ):
        raise outside_video(duration_s)
    return start, end_s


def until_end(plan: ClipPlan, lengths_s: Iterable[float | None]) -> ClipPlan:
    """Return ``plan`` without an end if that is at, just before or past one of the known ``lengths_s`` of the video. All of them may be
    too short, so the stream determines its end."""
    known = [length_s for length_s in lengths_s if length_s is not None]
    if plan.end_s is None or not known or plan.end_s < min(known) - _AT_END_S:
        return plan
    return replace(plan, end_s=None)


def choose(video: Video, output: Output) -> tuple[Format | None, Format | None]:
    """Select the video and the audio format for this kind of file. The second is ``None`` if the first carries the audio, or there is none."""
    if output.kind.audio_only:
        return None, _select_audio_only(video.formats, output.kind)
    video_formats = [entry for entry in video.formats if entry.video_codec is not None]
    if not video_formats:
        raise no_picture()
    if output.kind.animation:
        return _select_video(video_formats, output, output.max_height or ANIMATION_HEIGHT), None
    audio_only = [entry for entry in video.formats if entry.video_codec is None]
    muxed = [entry for entry in video_formats if entry.audio_codec is not None]
    video_format = _select_video(muxed if muxed and not audio_only else video_formats, output, output.max_height)
    if video_format.audio_codec is not None or not audio_only:
        return video_format, None
    return video_format, _select_audio(audio_only, output.kind, _AUDIO_CODECS[output.kind])


def lines(entry: Format) -> int:
    """Return what sites call *720p*: the shorter side, which for a portrait video is its width."""
    sides = [side for side in (entry.width, entry.height) if side]
    return min(sides, default=0)


def bytes_per_second(entry: Format, video: Video) -> float | None:
    """Return the average, from the size if the site gives it (its bit rate is rounded)."""
    if entry.size_bytes and video.duration_s:
        return entry.size_bytes / video.duration_s
    return entry.bit_rate / 8 if entry.bit_rate else None


def pick_subtitles(video: Video, languages: Iterable[str]) -> Iterable[Subtitle]:
    """Yield the subtitle track for each language: the manual one, else the automatic one; ``en`` also finds ``en-GB``."""
    taken: set[tuple[str, bool]] = set()
    for wanted in languages:
        candidates = [
            track
            for track in video.subtitles
            if track.language.lower() == wanted.lower() or track.language.lower().startswith(f"{wanted.lower()}-")
        ]
        candidates.sort(key=lambda track: (track.automatic, track.language.lower() != wanted.lower()))
        if candidates and (key := (candidates[0].language, candidates[0].automatic)) not in taken:
            taken.add(key)
            yield candidates[0]


def chapters_within(chapters: Iterable[Chapter], start_s: float, end_s: float) -> tuple[Chapter, ...]:
    """Return the chapters that overlap the clip, in its own time."""
    return tuple(
        Chapter(chapter.title, max(chapter.start_s, start_s) - start_s, min(chapter.end_s, end_s) - start_s)
        for chapter in chapters
        if chapter.start_s < end_s and chapter.end_s > start_s
    )


# Inside ---------------------------------------------------------------------------------------------------------------


def _length(start_s: float, end_s: float | None, duration_s: float | None) -> float:
    end = end_s if end_s is not None else duration_s
    return max(0.0, end - start_s) if end is not None else math.inf


def _select_video(video_formats: Sequence[Format], output: Output, max_height: int | None) -> Format:
    carried, _ = CONTAINER_CODECS.get(output.kind, CONTAINER_CODECS[OutputKind.MKV])
    candidates: Sequence[Format]
    candidates = [entry for entry in video_formats if (family(entry.video_codec) or "unknown") in carried | {"unknown"}]
    if not output.kind.animation:  # its audio has to fit as well
        candidates = _original_language(
            [entry for entry in candidates if entry.audio_codec is None or _fits(entry, output.kind)]
        )
    if not candidates:
        raise InvalidOutput("no_video_fits", kind=output.kind.upper())
    if output.codec is not None:
        candidates = [entry for entry in candidates if family(entry.video_codec) == output.codec] or candidates
    heights = {lines(entry) for entry in candidates}
    low_enough = {height for height in heights if max_height is None or height <= max_height}
    height = max(low_enough) if low_enough else min(heights)
    order = _VIDEO_CODECS[output.kind]
    return min(
        (entry for entry in candidates if lines(entry) == height),
        key=lambda entry: (
            _rank(family(entry.video_codec), order),
            entry.dynamic_range not in (None, "SDR"),
            _DELIVERIES.index(entry.delivery),
            entry.audio_codec is not None,
        ),
    )


def _select_audio(audio_formats: Sequence[Format], kind: OutputKind, order: Sequence[str]) -> Format:
    candidates = [entry for entry in audio_formats if _fits(entry, kind)]
    if not candidates:
        raise InvalidOutput("no_audio_fits", kind=kind.upper())
    return min(_original_language(candidates), key=lambda entry: _audio_rank(entry, order))


def _audio_rank(entry: Format, order: Sequence[str]) -> tuple[int, ...]:
    return _rank(family(entry.audio_codec), order), _DELIVERIES.index(entry.delivery)


def _fits(entry: Format, kind: OutputKind) -> bool:
    """Return whether a file of ``kind`` can carry the audio of ``entry``."""
    _, carried = CONTAINER_CODECS.get(kind, CONTAINER_CODECS[OutputKind.MKV])
    return (family(entry.audio_codec) or "unknown") in carried | {"unknown"}


def _original_language(entries: Sequence[Format]) -> Sequence[Format]:
    """Return those of ``entries`` in the video's original language, or without audio; all of them if there are none."""
    return [entry for entry in entries if entry.audio_codec is None or entry.default_language] or entries


def _select_audio_only(formats: Sequence[Format], kind: OutputKind) -> Format:
    audio_only = [entry for entry in formats if entry.audio_codec is not None and entry.video_codec is None]
    if audio_only:
        return _select_audio(audio_only, OutputKind.MKV, _AUDIO_CODECS.get(kind, ()))
    muxed = [entry for entry in formats if entry.audio_codec is not None]
    if not muxed:
        raise no_sound()
    # The video is fetched for nothing: the smallest one.
    order = _AUDIO_CODECS.get(kind, ())
    return min(
        _original_language([entry for entry in muxed if _fits(entry, OutputKind.MKV)] or muxed),
        key=lambda entry: (*_audio_rank(entry, order), entry.bit_rate or 0, lines(entry)),
    )


def _rank(name: str | None, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)
