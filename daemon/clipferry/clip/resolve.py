"""A link → what can be had of the video behind it, by yt-dlp as a library."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .cache import ResolveCache, video_from_json, video_to_json
from .errors import ClipError, DrmProtected, ExtractorFailed, InvalidUrl, SiteError, UnsupportedSite
from .extractor import options, warm_up
from .model import Format, Video
from .network import Network
from .refusals import refusal
from .translate import to_video
from .videoinfo import video_info

__all__ = [
    "Extract",
    "ResolveCache",
    "again",
    "extract_here",
    "resolve",
    "same_format",
    "video_from_json",
    "video_info",
    "video_to_json",
    "warm_up",
]

Extract = Callable[[str, int | None, Network, Path | None, Callable[[], None]], Video]
"""Link, item, network, cookies, what may be done meanwhile: see ``resolve``."""

_MAX_ITEMS = 100
_REDIRECTS = 5


def resolve(
    url: str,
    *,
    item: int | None = None,
    network: Network,
    cache: ResolveCache | None = None,
    cookie_file: Path | None = None,
    meanwhile: Callable[[], None] = lambda: None,
    extract: Extract | None = None,
) -> Video:
    """What the site offers for ``url``.

    Args:
        item: 1-based place in a post of several; ``None``: what the link names (``img_index``), else the first video.
        cache: asked first and told afterwards, but never with cookies: such an answer is one person's.
        cookie_file: in Netscape's format; only what belongs to the site of ``url`` is used, and it is never written.
        meanwhile: called whenever the site is about to be asked: its answer takes time that can be used.
        extract: asks the site; ``None``: yt-dlp does, in this process.

    Raises:
        RequestError: the link itself. SiteError: what the site said. NetworkError: the way there.
    """
    network.check(url)
    if cookie_file is not None:
        cache = None
    if cache is not None and (kept := cache.get(url, item)) is not None:
        return kept
    video = (extract or extract_here)(url, item, network, cookie_file, meanwhile)
    if cache is not None:
        cache.put(url, item, video)
    return video


def again(
    video: Video,
    url: str,
    *,
    item: int | None = None,
    network: Network,
    cache: ResolveCache | None = None,
    cookie_file: Path | None = None,
) -> Video:
    """The same video with addresses that work now: the site is asked, whatever the cache holds.

    Raises:
        SiteError: another video is there now. And all that ``resolve`` raises.
    """
    if cache is not None:
        cache.drop(url, item)
    fresh = resolve(url, item=item, network=network, cache=cache, cookie_file=cookie_file)
    if fresh.key != video.key:
        raise SiteError("There is another video at that address now.", hint="Start the clip again.", detail=fresh.key)
    return fresh


def same_format(video: Video, wanted: Format) -> Format:
    """``wanted`` among the formats of a video that was resolved again.

    Raises:
        SiteError: the site offers it no more.
    """
    for found in video.formats:
        if (found.id, found.delivery) == (wanted.id, wanted.delivery):
            return found
    raise SiteError("The site no longer offers this quality.", hint="Try another quality.", detail=wanted.id)


def extract_here(
    url: str, item: int | None, network: Network, cookie_file: Path | None, meanwhile: Callable[[], None]
) -> Video:
    """Ask the site by yt-dlp, in this process. Arguments and errors: see ``resolve``."""
    kind = warm_up()
    from yt_dlp.utils import YoutubeDLError  # noqa: PLC0415

    if network.ca_file:
        os.environ["SSL_CERT_FILE"] = network.ca_file  # the one way to tell yt-dlp; this process is ours
    ydl = kind(network, options(item, network, cookie_file), meanwhile)
    try:
        if cookie_file is not None:
            _keep_site_cookies(ydl.cookiejar, url)
        info = _one_video(ydl, url, item)
        return to_video(info, url, lambda media: ydl.cookiejar.get_cookie_header(media) or None)
    except ClipError as exc:
        raise exc from None
    except YoutubeDLError as exc:
        if (ours := _ours_behind(exc)) is not None:
            raise ours from None
        told = refusal(str(exc), throttled=ydl.throttled, retry_after_s=ydl.retry_after_s)
        raise told from exc
    except (  # an extractor met a page it cannot read, or is broken: SyntaxError is XML's too, ArithmeticError a length of 1e999
        ImportError,
        NameError,
        AssertionError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        SyntaxError,
    ) as exc:
        raise ExtractorFailed(detail=f"{type(exc).__name__} in the extractor: {exc}") from exc
    finally:
        ydl.close()


# Inside ---------------------------------------------------------------------------------------------------------------


def _ours_behind(exc: BaseException | None) -> ClipError | None:
    """Our own refusal, where that is why yt-dlp failed."""
    while exc is not None and not isinstance(exc, ClipError):
        cause = getattr(exc, "cause", None)  # yt-dlp's own way of saying so
        exc = cause if isinstance(cause, BaseException) else exc.__cause__ or exc.__context__
    return exc


def _one_video(ydl: Any, url: str, item: int | None) -> Mapping[str, Any]:
    """The processed info of one video: follows links between pages, and picks one of a post of several."""
    info: Mapping[str, Any] | None = ydl.look(url)
    if item is None:
        named = parse_qs(urlsplit(url).query).get("img_index", [""])[0]
        item = int(named) if re.fullmatch(r"[1-9]\d?", named, re.ASCII) else None
    for _ in range(_REDIRECTS):
        kind = (info or {}).get("_type") or "video"
        if not info:
            raise UnsupportedSite
        if kind == "video":
            if _all_protected(info):
                raise DrmProtected  # processing would take those formats out and miss them afterwards
            processed: Mapping[str, Any] = ydl.process_ie_result(info, download=False)
            return processed
        ydl.know_all()
        if kind in ("playlist", "multi_video"):
            info = _pick(info, item)
            item = None
        elif kind == "url":
            ydl._way.check(str(info["url"]))
            info = ydl.extract_info(info["url"], download=False, process=False, ie_key=info.get("ie_key"))
        else:  # url_transparent: one page's facts over another's formats
            info = ydl.process_ie_result(info, download=False)
            if (info.get("_type") or "video") == "video":
                return info
    raise InvalidUrl("That address leads in a circle.")


def _all_protected(info: Mapping[str, Any]) -> bool:
    media = [one for one in info.get("formats") or () if (one.get("vcodec"), one.get("acodec")) != ("none", "none")]
    return bool(media) and all(one.get("has_drm") is True for one in media)


def _pick(playlist: Mapping[str, Any], item: int | None) -> Mapping[str, Any]:
    """The entry that is meant. A post's pictures count as places; a list of other pages is not one video."""
    entries = list(itertools.islice(playlist.get("entries") or (), _MAX_ITEMS))
    if item is not None:
        if item > len(entries):
            raise UnsupportedSite(
                f"There is no item {item} in this post.", hint="Open the post and choose a video in it."
            )
        entries = entries[item - 1 : item]
        if not _has_media(entries[0]):
            raise UnsupportedSite(f"Item {item} of this post is a picture.", hint="Choose one that plays.")
    else:
        elsewhere = [entry for entry in entries if (entry.get("_type") or "video").startswith("url")]
        if len(elsewhere) > 1:
            raise UnsupportedSite("That is a list of videos.", hint="Open one of them and copy its address.")
        entries = [entry for entry in entries if _has_media(entry)]
        if not entries:
            raise UnsupportedSite("There is no video in this post.")
    shared = ("extractor", "extractor_key", "webpage_url", "uploader", "title")
    return {key: playlist[key] for key in shared if playlist.get(key)} | {
        key: value for key, value in entries[0].items() if value is not None
    }


def _has_media(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("formats") or entry.get("url") or entry.get("entries"))


def _keep_site_cookies(jar: Any, url: str) -> None:
    """Whatever else the file holds, only cookies of the site that was asked for are kept."""
    host = urlsplit(url).hostname or ""
    for cookie in list(jar):
        domain = cookie.domain.lstrip(".").lower()
        if not (host == domain or host.endswith(f".{domain}") or domain.endswith(f".{_site_of(host)}")):
            jar.clear(cookie.domain, cookie.path, cookie.name)


def _site_of(host: str) -> str:
    """``www.youtube.com`` → ``youtube.com``; ``www.bbc.co.uk`` → ``bbc.co.uk``: the part that one owner has, nearly always."""
    labels = host.split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3 else 2
    return ".".join(labels[-keep:])
