"""A resolved video as the choices that a person is shown. Pure; plain data in the shape of ``protocol.VideoInfo``."""

from __future__ import annotations

from collections.abc import Iterable

from .addresses import host_and_port, judge_host
from .codecs import family
from .errors import BlockedAddress, InvalidUrl
from .model import Format, Video
from .plan import bytes_per_second, lines

_MOST_QUALITIES = 100


def video_info(video: Video) -> dict[str, object]:
    """What the panel needs to know of ``video``: no media address is in it."""
    sound = [entry for entry in video.formats if entry.audio_codec is not None]
    alone = [entry for entry in sound if entry.video_codec is None]
    sound_rate = max((bytes_per_second(entry, video) or 0.0 for entry in alone), default=0.0) or None
    return {
        "key": video.key,
        "site": video.site,
        "title": video.title,
        "uploader": video.uploader,
        "webpage_url": video.webpage_url,
        "duration_s": video.duration_s,
        "live": str(video.live),
        "thumbnail_url": _shown(video.thumbnail_url),
        "chapters": [{"title": c.title, "start_s": c.start_s, "end_s": c.end_s} for c in video.chapters],
        "qualities": [_quality(height, video, sound_rate) for height in _heights(video.formats)[:_MOST_QUALITIES]],
        "audio_bytes_per_second": sound_rate,
        "has_audio": bool(sound),
        "has_video": any(entry.video_codec is not None for entry in video.formats),
        "subtitles": [{"language": s.language, "name": s.name, "automatic": s.automatic} for s in video.subtitles],
        "suggested_start_s": video.suggested_start_s,
        "suggested_end_s": video.suggested_end_s,
    }


def _shown(url: str | None) -> str | None:
    """A picture that a browser will load by itself, from an address that a site has chosen: never one of the person's own network.
    A name that means a private address does not help the site either: by HTTPS nothing is asked before the certificate is seen."""
    try:
        host, _ = host_and_port(url or "")
        judge_host(host)
    except (InvalidUrl, BlockedAddress):
        return None
    return url if url and url.startswith("https:") else None


def _heights(formats: Iterable[Format]) -> list[int]:
    return sorted({size for entry in formats if entry.video_codec is not None and (size := lines(entry))}, reverse=True)


def _quality(height: int, video: Video, sound_rate: float | None) -> dict[str, object]:
    here = [entry for entry in video.formats if entry.video_codec is not None and lines(entry) == height]
    best = here[0]
    rate = bytes_per_second(best, video)
    if rate is not None and best.audio_codec is None:
        rate += sound_rate or 0.0
    codecs = dict.fromkeys(name for entry in here if (name := family(entry.video_codec)) is not None)
    return {"height": height, "fps": best.fps, "codecs": list(codecs), "bytes_per_second": rate}
