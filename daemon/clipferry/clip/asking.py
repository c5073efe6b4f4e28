"""Asking a site about one video, by yt-dlp as a library in this process."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .ca_files import check_ca_file
from .errors import ClipError, DrmProtected, ExtractorFailed, InvalidUrl, UnsupportedSite
from .extractor import options, warm_up
from .network import Network

if TYPE_CHECKING:
    from .model import Video

_MAX_ITEMS = 100
_REDIRECTS = 5


def ask(url: str, item: int | None, network: Network, cookie_file: Path | None, meanwhile: Callable[[], None]) -> Video:
    """What the site offers for ``url``. Arguments and errors: see ``resolve.resolve``."""
    kind = warm_up()
    from yt_dlp.utils import YoutubeDLError  # noqa: PLC0415

    if network.ca_file:
        check_ca_file(network.ca_file)  # OpenSSL passes over a file that it cannot read
        os.environ["SSL_CERT_FILE"] = network.ca_file  # the one way to tell yt-dlp; this process is ours
    ydl = kind(network, options(item, network, cookie_file), meanwhile)
    try:
        if cookie_file is not None:
            _keep_site_cookies(ydl.cookiejar, url)
        info = _one_video(ydl, url, item)
        from .translate import to_video  # noqa: PLC0415 - it was time to load it while the site answered

        return to_video(info, url, lambda media: ydl.cookiejar.get_cookie_header(media) or None)
    except ClipError as exc:
        raise exc from None
    except YoutubeDLError as exc:
        if (ours := _ours_behind(exc)) is not None:
            raise ours from None
        from .refusals import refusal  # noqa: PLC0415

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
