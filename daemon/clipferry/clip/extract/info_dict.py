"""yt-dlp's info dictionary (its ``extractor/common.py`` documents the fields) → our ``Video``. Pure.

What comes in was written by a site: every field may be missing or of another type, and such a format or chapter is left
out rather than trusted.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeVar
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from ..container.media_files import AUDIO_FILES, CONTAINERS, UNKNOWN
from ..errors import DrmProtected, NoFormats, StillProcessing
from ..http.address_guard import MAX_URL_CHARS
from ..model import Chapter, Delivery, Format, Fragment, Live, Subtitle, Video
from ..text_limits import bounded_id, shorter
from .titles import title_of
from .video_links import known_video, times_in_url, video_address, with_place, without_tracking

Info = Mapping[str, object]
CookieHeader = Callable[[str], str | None]
"""The ``Cookie`` header for a URL."""

_SUBTITLE_ORDER = ("vtt", "srt", "json3", "ttml", "hls")
"""``hls``: a playlist of WebVTT."""
_LIVE = {"is_live": Live.NOW, "was_live": Live.WAS, "post_live": Live.WAS, "is_upcoming": Live.UPCOMING}
_MAX_SUBTITLES = 400
_MAX_CHAPTERS = 1000
_MAX_FORMATS = 2000
_MAX_FRAGMENTS = 100_000
_MAKERS = ("uploader", "uploader_id", "channel", "channel_id", "creator")

T = TypeVar("T", str, list[object], dict[object, object])


def to_video(
    info: Info,
    url: str,
    cookie_header: CookieHeader = lambda _: None,
    *,
    source_url: str | None = None,
    place: int | None = None,
) -> Video:
    """Convert a processed info dictionary to a ``Video``. All times are the source's.

    Args:
        info: the processed info of one video, formats worst first (yt-dlp's order).
        url: what the person gave.
        cookie_header: gives the cookies that go to a media URL's own host.
        source_url: the page whose formats these are, where the link's page only refers to it (yt-dlp's ``url_transparent``).
        place: 1-based place of the video in its post, where that holds several.

    Raises:
        DrmProtected | NoFormats | StillProcessing: there is nothing that we can take.
    """
    # Of a link that is the media itself, of a type that the server does not name, yt-dlp gives no formats: it is the format.
    told = _get(info, "formats", list) or ([info] if info.get("direct") is True else [])
    raw = [entry for entry in told if isinstance(entry, dict)][-_MAX_FORMATS:]  # best last
    formats = tuple(found for entry in reversed(raw) if (found := to_format(entry, raw, cookie_header)) is not None)
    if not formats:
        if info.get("live_status") == "post_live":
            raise StillProcessing
        raise DrmProtected() if any(entry.get("has_drm") for entry in raw) else NoFormats()
    duration = _number(info, "duration")
    site = shorter(_get(info, "extractor_key", str) or _get(info, "extractor", str) or "generic", 100).lower()
    video_id = bounded_id(_get(info, "id", str) or "video")
    page = _short_url(_http(_get(info, "webpage_url", str))) or url
    known = f"youtube:{video_id}" if site == "youtube" else _known(site, page, source_url)
    start, end = times_in_url(url)
    if start is None and end is None:
        start, end = _section(info, ("section_start", "section_end"))
        if (
            start is None and end is None and known is None
        ):  # an extractor that knows how its site writes a time into a link
            start, end = _section(info, ("start_time", "end_time"))
    if known is not None and source_url is not None:  # a part of that video, shown under an id of its own
        page, (site, _, video_id) = source_url, known.partition(":")
    return Video(
        site=site,
        id=video_id,
        title=shorter(
            title_of(
                _get(info, "title", str) or "",
                caption=(_get(info, "description", str) or "")[:5000],
                makers=[name for key in _MAKERS if (name := _get(info, key, str)) is not None],
                video_id=video_id,
                page=page,
            )
        ),
        webpage_url=without_tracking(page),
        formats=formats,
        duration_s=duration if duration and duration > 0 else None,
        uploader=shorter(_get(info, "uploader", str) or _get(info, "channel", str) or "") or None,
        thumbnail_url=_short_url(_http(_get(info, "thumbnail", str))),
        upload_date=shorter(_get(info, "upload_date", str) or "", 20) or None,
        description=(_get(info, "description", str) or "")[:5000] or None,
        live=_LIVE.get(_get(info, "live_status", str) or "", Live.NOW if info.get("is_live") is True else Live.NO),
        chapters=tuple(islice(_chapters(info), _MAX_CHAPTERS)),
        subtitles=tuple(_subtitles(info))[:_MAX_SUBTITLES],
        expires_at=min((at for entry in formats if (at := expiry(entry.url)) is not None), default=None),
        suggested_start_s=start,
        suggested_end_s=end,
        identity=bounded_id(
            with_place(known or video_address(url), place if place is not None and place > 1 else None)
        ),
    )


def to_format(
    entry: Info, all_entries: Iterable[Info] = (), cookie_header: CookieHeader = lambda _: None
) -> Format | None:
    """One format; ``None`` for what we do not take (storyboards, DRM, streaming protocols that carry no files)."""
    url, format_id = _http(_get(entry, "url", str)), _get(entry, "format_id", str)
    extension = _get(entry, "ext", str) or ""
    delivery = _delivery(entry)
    container = "mpegts" if delivery is Delivery.HLS else CONTAINERS.get(extension)
    if container is None and delivery is Delivery.FILE and entry.get("direct") is True:
        container = UNKNOWN
    if url is None or format_id is None or delivery is None or container is None or entry.get("has_drm") is True:
        return None
    video, audio = _codec(entry, "vcodec"), _codec(entry, "acodec")
    if extension in AUDIO_FILES and video == "unknown":
        video = None
    if video is None and audio is None:
        return None
    fragments = tuple(_fragments(entry))
    if delivery is Delivery.FRAGMENTS and not fragments:
        return None
    preferences = [
        value
        for other in all_entries
        if other.get("language") and (value := _number(other, "language_preference")) is not None
    ]
    preference = _number(entry, "language_preference")
    rate = _number(entry, "tbr") or sum(_number(entry, key) or 0 for key in ("vbr", "abr")) or None
    return Format(
        id=bounded_id(format_id),
        url=urldefrag(url).url,
        delivery=delivery,
        container=container,
        video_codec=video,
        audio_codec=audio,
        width=_whole(entry, "width"),
        height=_whole(entry, "height"),
        fps=_number(entry, "fps"),
        bit_rate=round(rate * 1000) if rate else None,
        size_bytes=_whole(entry, "filesize"),
        language=shorter(_get(entry, "language", str) or "", 100) or None,
        default_language=preference is None or not preferences or preference >= max(preferences),
        dynamic_range=shorter(_get(entry, "dynamic_range", str) or "", 40) or None if video else None,
        http_headers={
            name: value
            for name, value in (_get(entry, "http_headers", dict) or {}).items()
            if isinstance(name, str) and isinstance(value, str) and not re.search(r"[\r\n\0]", name + value)
        },
        cookies=cookie_header(url),
        available_at=_number(entry, "available_at"),
        fragments=fragments,
    )


def expiry(url: str) -> float | None:
    """Unix time until which a signed media URL works: ``expire=`` (also as a path, in manifests), Instagram's hex ``oe=``."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    for name in ("expire", "expires"):
        if re.fullmatch(r"\d{9,11}", value := query.get(name, [""])[0], re.ASCII):
            return float(value)
    if re.fullmatch(r"[0-9A-Fa-f]{8}", value := query.get("oe", [""])[0]) and "oh" in query:
        return float(int(value, 16))
    if in_path := re.search(r"/expire/(\d{9,11})(?:/|$)", parts.path, re.ASCII):
        return float(in_path[1])
    return None


# Inside ---------------------------------------------------------------------------------------------------------------


def _known(site: str, page: str, source_url: str | None) -> str | None:
    """Return the video by its site's own id. Only an extractor of that site identifies its videos: ids of others are
    not unique (generic's are file names, those of one program run by many hosts count from 1 on each)."""
    if source_url is not None and (known := known_video(source_url)) is not None:
        return known
    known = known_video(page)
    return known if known is not None and site.startswith(known.partition(":")[0]) else None


def _section(info: Info, names: tuple[str, str]) -> tuple[float | None, float | None]:
    """Return the part of the video that the page is about, in seconds; nothing where that is all of it."""
    start, end = (_number(info, name) for name in names)
    start = start if start is not None and start >= 0 else None
    end = end if end is not None and end > (start or 0.0) else None
    return (start, end) if start or end is not None else (None, None)


def _delivery(entry: Info) -> Delivery | None:
    protocol = _get(entry, "protocol", str) or "https"
    if protocol in ("http", "https"):
        return Delivery.FRAGMENTS if _listed(entry.get("fragments")) is not None else Delivery.FILE
    if protocol in ("m3u8", "m3u8_native"):
        return Delivery.HLS
    return Delivery.FRAGMENTS if protocol == "http_dash_segments" else None


def _codec(entry: Info, key: str) -> str | None:
    codec = _get(entry, key, str)
    return None if codec == "none" else shorter(codec or "unknown", 100)


def _fragments(entry: Info) -> Iterable[Fragment]:
    raw = islice(_listed(entry.get("fragments")) or (), _MAX_FRAGMENTS)
    each_s = _number(entry, "target_duration")  # of a broadcast that has just ended, whose pieces are alike
    base = _get(entry, "fragment_base_url", str) or _get(entry, "manifest_url", str) or ""
    for piece in raw:
        if not isinstance(piece, dict):
            continue
        url, path = _http(_get(piece, "url", str)), _get(piece, "path", str)
        if url is None and path is not None and _http(base) is not None:
            with contextlib.suppress(ValueError):
                url = _http(urljoin(base, path))
        if url is not None:
            length_s = _number(piece, "duration")
            yield Fragment(url, each_s if length_s is None else length_s)


def _listed(value: object) -> Sequence[object] | None:
    """Return a list, also one of yt-dlp's that queries the site when it is read."""
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else None


def _chapters(info: Info) -> Iterable[Chapter]:
    length = _number(info, "duration")
    for entry in _get(info, "chapters", list) or []:
        if not isinstance(entry, dict):
            continue
        start, end = _number(entry, "start_time"), _number(entry, "end_time")
        end = length if end is None else end
        if start is not None and end is not None and 0 <= start < end:
            yield Chapter(shorter(_get(entry, "title", str) or "").strip(), start, end)


def _subtitles(info: Info) -> Iterable[Subtitle]:
    manual = _get(info, "subtitles", dict) or {}
    for source, automatic in ((manual, False), (_get(info, "automatic_captions", dict) or {}, True)):
        for language, tracks in source.items():
            if not isinstance(language, str) or not isinstance(tracks, list) or (automatic and language in manual):
                continue
            by_kind = {
                kind: track
                for track in tracks
                if isinstance(track, dict)
                and (kind := _subtitle_kind(track)) in _SUBTITLE_ORDER
                and _http(_get(track, "url", str))
            }
            kind = next((kind for kind in _SUBTITLE_ORDER if kind in by_kind), None)
            if kind is not None:
                track = by_kind[kind]
                name = shorter(_get(track, "name", str) or "") or None
                yield Subtitle(shorter(language, 100), str(track["url"]), kind, automatic, name)


def _subtitle_kind(track: Info) -> str | None:
    playlist = (_get(track, "protocol", str) or "").startswith("m3u8")
    return "hls" if playlist else _get(track, "ext", str)


def _get(info: Info, key: str, kind: type[T]) -> T | None:
    value = info.get(key)
    return value if isinstance(value, kind) and value else None


def _number(info: Info, key: str) -> float | None:
    value = info.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None  # neither NaN nor infinite


def _whole(info: Info, key: str) -> int | None:
    value = _number(info, key)
    return int(value) if value and value > 0 else None


def _short_url(url: str | None) -> str | None:
    return url if url is not None and len(url) <= MAX_URL_CHARS else None


def _http(url: str | None) -> str | None:
    if url is None or re.match(r"https?://[^/\s]", url, re.I) is None:
        return None
    try:
        urlsplit(url)
    except ValueError:
        return None
    return url
