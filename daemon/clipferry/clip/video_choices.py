"""Convert a resolved video to the choices shown to a person. Pure; ``protocol.VideoInfo`` has the same fields, with limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .codec.codec_strings import family
from .errors import BlockedAddress, ClipError, InvalidUrl
from .format_selection import bytes_per_second, choose, lines
from .http.address_guard import host_and_port, judge_host
from .model import Chapter, Format, Live, Output, OutputKind, Video

_EDGE_FACTOR = {"h264": 3.6, "hevc": 3.0, "vp9": 1.7, "av1": 3.1}
"""How many times as many bytes per second the re-encoded head of a clip takes as its source, by the source's codec. Measured on
a film of 1.4 Mb/s at 720p and half of it at 360p (``tests/e2e/test_estimates.py``): h264 3.4 to 4.1, vp9 1.6 to 2.0, av1 2.9 to 4.0."""

_MOST_QUALITIES = 100


@dataclass(frozen=True, slots=True)
class Quality:
    """One choice of video: the best format at that height."""

    height: int
    fps: float | None
    codecs: tuple[str, ...]
    bytes_per_second: float | None = None
    """Of video and audio together; ``None``: the site does not state it."""
    edge_bytes_per_second: float | None = None
    """The same of the frames before the first keyframe, which are encoded again."""


@dataclass(frozen=True, slots=True)
class SubtitleChoice:
    language: str
    name: str | None
    automatic: bool


@dataclass(frozen=True, slots=True)
class VideoChoices:
    """What the panel shows of a video, without any media address."""

    key: str
    site: str
    title: str
    uploader: str | None
    webpage_url: str
    duration_s: float | None
    live: Live
    thumbnail_url: str | None
    chapters: tuple[Chapter, ...]
    qualities: tuple[Quality, ...]
    audio_bytes_per_second: float | None
    has_audio: bool
    has_video: bool
    subtitles: tuple[SubtitleChoice, ...]
    suggested_start_s: float | None
    suggested_end_s: float | None


def video_choices(video: Video) -> VideoChoices:
    """Return what the panel shows of ``video``."""
    return VideoChoices(
        key=video.key,
        site=video.site,
        title=video.title,
        uploader=video.uploader,
        webpage_url=video.webpage_url,
        duration_s=video.duration_s,
        live=video.live,
        thumbnail_url=_shown(video.thumbnail_url),
        chapters=video.chapters,
        qualities=tuple(_quality(height, video) for height in _heights(video.formats)[:_MOST_QUALITIES]),
        audio_bytes_per_second=_sound_rate(video),
        has_audio=any(entry.audio_codec is not None for entry in video.formats),
        has_video=any(entry.video_codec is not None for entry in video.formats),
        subtitles=tuple(SubtitleChoice(one.language, one.name, one.automatic) for one in video.subtitles),
        suggested_start_s=video.suggested_start_s,
        suggested_end_s=video.suggested_end_s,
    )


def _shown(url: str | None) -> str | None:
    """Return ``url`` if a browser may load it by itself: the site chose it, so it must not be in the person's own network. A name that
    resolves to a private address does not help the site: by HTTPS nothing is requested before the certificate is checked."""
    try:
        host, _ = host_and_port(url or "")
        judge_host(host)
    except (InvalidUrl, BlockedAddress):
        return None
    return url if url and url.startswith("https:") else None


def _sound_rate(video: Video) -> float | None:
    """Return the bytes per second of the audio format that an M4A is made of."""
    try:
        _, sound = choose(video, Output(OutputKind.M4A))
    except ClipError:
        return None
    return bytes_per_second(sound, video) if sound is not None and sound.video_codec is None else None


def _heights(formats: Iterable[Format]) -> list[int]:
    return sorted({size for entry in formats if entry.video_codec is not None and (size := lines(entry))}, reverse=True)


def _quality(height: int, video: Video) -> Quality:
    here = [entry for entry in video.formats if entry.video_codec is not None and lines(entry) == height]
    codecs = dict.fromkeys(name for entry in here if (name := family(entry.video_codec)) is not None)
    quality = Quality(height, here[0].fps, tuple(codecs))
    try:
        picture, sound = choose(video, Output(OutputKind.MP4, max_height=height))
    except ClipError:
        return quality
    if picture is None:
        return quality
    quality = replace(quality, fps=picture.fps)
    rate = bytes_per_second(picture, video)
    if rate is None:
        return quality
    with_sound = (bytes_per_second(sound, video) or 0.0) if sound is not None else 0.0
    edge = rate * _EDGE_FACTOR.get(family(picture.video_codec) or "", _EDGE_FACTOR["h264"])
    return replace(quality, bytes_per_second=rate + with_sound, edge_bytes_per_second=edge + with_sound)
