"""A link → what can be had of the video behind it, by yt-dlp as a library.

yt-dlp is imported here and nowhere else, at the first use (it costs a quarter of a second and 30 MB), with options of our
own choice only: no configuration file, no plugins, no command of the system, no file written. Its downloaders are not used.
"""

from __future__ import annotations

import functools
import importlib
import io
import itertools
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .cache import ResolveCache, video_from_json, video_to_json
from .errors import ClipError, DrmProtected, InvalidUrl, OutdatedExtractor, SiteError, UnsupportedSite
from .model import Format, Video
from .network import Network
from .refusals import refusal
from .translate import to_video
from .videoinfo import video_info

if TYPE_CHECKING:
    from yt_dlp import YoutubeDL

__all__ = [
    "ResolveCache",
    "again",
    "resolve",
    "same_format",
    "video_from_json",
    "video_info",
    "video_to_json",
    "warm_up",
]

log = logging.getLogger(__name__)

FLOOR = (2026, 7, 4)
"""The oldest yt-dlp that we run: the last security release at the time of writing (its Changelog.md)."""
OPTIONS = frozenset(
    {
        "cachedir", "compat_opts", "cookiefile", "extractor_retries", "http_headers", "js_runtimes", "logger", "noplaylist",
        "noprogress", "playlist_items", "quiet", "skip_download", "socket_timeout",
    }
)  # fmt: skip
"""Every option that may reach yt-dlp. Nothing that runs a program, writes a file, or comes from a page is among them."""

_QUICK = (
    (("youtube.com", "youtu.be"), "yt_dlp.extractor.youtube", "YoutubeIE"),
    (("instagram.com",), "yt_dlp.extractor.instagram", "InstagramIE"),
)
_TIMEOUT_S = 15.0
_MAX_ITEMS = 100
_REDIRECTS = 5


def resolve(
    url: str,
    *,
    item: int | None = None,
    network: Network,
    cache: ResolveCache | None = None,
    cookie_file: Path | None = None,
) -> Video:
    """What the site offers for ``url``.

    Args:
        item: 1-based place in a post of several; ``None``: what the link names (``img_index``), else the first video.
        cache: asked first and told afterwards, but never with cookies: such an answer is one person's.
        cookie_file: in Netscape's format; only what belongs to the site of ``url`` is used, and it is never written.

    Raises:
        RequestError: the link itself. SiteError: what the site said. NetworkError: the way there.
    """
    network.check(url)
    if cookie_file is not None:
        cache = None
    if cache is not None and (kept := cache.get(url, item)) is not None:
        return kept
    video = _extract(url, item, network, cookie_file)
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


@functools.cache
def warm_up() -> type[YoutubeDL]:
    """Import yt-dlp, safely set up; gives our kind of ``YoutubeDL``.

    Raises:
        OutdatedExtractor: the installed yt-dlp has known security holes.
    """
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    import yt_dlp  # noqa: PLC0415 (costs a quarter of a second: only where it is needed)
    from yt_dlp import globals as yt_globals  # noqa: PLC0415
    from yt_dlp.networking.exceptions import HTTPError  # noqa: PLC0415

    version = tuple(int(part) for part in re.findall(r"\d+", yt_dlp.version.__version__)[:3])
    if version < FLOOR:
        raise OutdatedExtractor(detail=yt_dlp.version.__version__)
    yt_globals.plugin_dirs.value = []

    class Extraction(yt_dlp.YoutubeDL):  # type: ignore[misc]  # yt-dlp carries no types
        """Goes out by our network rules and remembers whether it was told to slow down."""

        def __init__(self, network: Network, options: Mapping[str, Any]) -> None:
            if unknown := options.keys() - OPTIONS:
                raise AssertionError(f"not ours to set: {sorted(unknown)}")
            self._way = network
            self.throttled = False
            self.retry_after_s: float | None = None
            super().__init__(dict(options), auto_init=False)
            self._complete = False

        def know(self, url: str) -> None:
            """Register the extractors for ``url``: for the sites that most clips come from one, otherwise all 1,700."""
            one = None if self._complete else _quick_extractor(url)
            if one is not None:
                self.add_info_extractor(one)
            else:
                self.know_all()

        def know_all(self) -> None:
            if not self._complete:
                self._complete = True
                self.add_default_info_extractors()

        @functools.cached_property
        def proxies(self) -> dict[str, str]:
            ways = {"http": self._way.http_proxy, "https": self._way.https_proxy, "no": self._way.no_proxy}
            return {scheme: value for scheme, value in ways.items() if value} or {"all": "__noproxy__"}

        def urlopen(self, req: Any) -> Any:
            self._way.check(req if isinstance(req, str) else req.url, resolve=False)
            try:
                return super().urlopen(req)
            except HTTPError as exc:
                if exc.status == 429:
                    self.throttled = True
                    wait = exc.response.get_header("Retry-After") or ""
                    self.retry_after_s = float(wait) if wait.isdecimal() else self.retry_after_s
                raise

    return Extraction


# Inside ---------------------------------------------------------------------------------------------------------------


def _extract(url: str, item: int | None, network: Network, cookie_file: Path | None) -> Video:
    kind = warm_up()
    from yt_dlp.utils import YoutubeDLError  # noqa: PLC0415

    if network.ca_file:
        os.environ["SSL_CERT_FILE"] = network.ca_file  # the one way to tell yt-dlp; this process is ours
    ydl = kind(network, _options(item, network, cookie_file))
    try:
        if cookie_file is not None:
            _keep_site_cookies(ydl.cookiejar, url)
        info = _one_video(ydl, url, item)
        return to_video(info, url, lambda media: ydl.cookiejar.get_cookie_header(media) or None)
    except ClipError as exc:
        raise exc from None
    except YoutubeDLError as exc:
        told = refusal(str(exc), throttled=ydl.throttled, retry_after_s=ydl.retry_after_s)
        raise told from exc
    except (  # an extractor met a page it cannot read: SyntaxError is XML's, ArithmeticError a length of 1e999
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        SyntaxError,
    ) as exc:
        raise SiteError(detail=f"{type(exc).__name__} in the extractor: {exc}") from exc
    finally:
        ydl.close()


def _options(item: int | None, network: Network, cookie_file: Path | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "cachedir": False,
        "compat_opts": {"no-certifi"} if network.ca_file else set(),
        "extractor_retries": 1,  # retries are the scheduler's
        "js_runtimes": {"deno": {}, "node": {}},
        "logger": _Log(),
        "noplaylist": True,
        "noprogress": True,
        "playlist_items": str(item or 1),
        "quiet": True,
        "skip_download": True,
        "socket_timeout": _TIMEOUT_S,
    }
    if cookie_file is not None:
        options["cookiefile"] = io.StringIO(
            cookie_file.read_text("utf-8")
        )  # a copy: yt-dlp writes back what it is given
    return options


def _one_video(ydl: Any, url: str, item: int | None) -> Mapping[str, Any]:
    """The processed info of one video: follows links between pages, and picks one of a post of several."""
    ydl.know(url)
    info = ydl.extract_info(url, download=False, process=False)
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
            return ydl.process_ie_result(info, download=False)  # type: ignore[no-any-return]
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
                return info  # type: ignore[no-any-return]
    raise InvalidUrl("That address leads in a circle.")


def _quick_extractor(url: str) -> Any:
    """The one extractor for a video page of YouTube or Instagram, without loading the list of them all (70 ms)."""
    host = urlsplit(url).hostname or ""
    for domains, module, name in _QUICK:
        if any(host == domain or host.endswith(f".{domain}") for domain in domains):
            try:
                found = getattr(importlib.import_module(module), name)
            except (ImportError, AttributeError):
                return None  # yt-dlp has moved it: the long way knows where
            return found if found.suitable(url) else None
    return None


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


class _Log:
    """yt-dlp's talk goes to our log, not to the terminal."""

    def debug(self, text: str) -> None:
        log.debug("%s", text)

    def warning(self, text: str) -> None:
        log.info("%s", text)

    def error(self, text: str) -> None:
        log.info("%s", text)
