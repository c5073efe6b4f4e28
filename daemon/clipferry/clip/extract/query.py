"""Query a site about one video, with yt-dlp as a library in this process."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ClipError, DrmProtected, ExtractorFailed, InvalidUrl, PageReload, RateLimited, UnsupportedSite
from ..http.ca_files import check_ca_file
from ..model import Step
from .fallback import Approach, approaches, is_meagre, is_useless
from .sites import YOUTUBE, holds_session, site_of
from .video_links import item_in_url
from .ytdlp_adapter import options, player_clients, reload_with_trims, reload_without_trims, warm_up

if TYPE_CHECKING:
    from ..model import Video
    from .site_query import Query
    from .ytdlp_adapter.guarded import GuardedYoutubeDL

log = logging.getLogger(__name__)

_MAX_ITEMS = 100
_REDIRECTS = 5
_TRIM_ERRORS = (ImportError, NameError, TypeError, AttributeError)
"""What a missing or changed name of yt-dlp raises."""


def ask(query: Query) -> Video:
    """Query the site by the first approach of ``fallback`` that gets something of use: an ``Extract``.

    Errors: see ``resolve.resolve``. That of the usual approach is raised.
    """
    site = site_of(query.url)
    failure: ClipError | None = None
    meagre: Video | None = None
    for approach in approaches(query, youtube=site == YOUTUBE):
        if approach.step is Step.UNMODIFIED and not _may_help_without_trims(approach, failure, meagre):
            continue
        query.on_step(approach.step)
        try:
            video = _ask(query, approach)
        except ClipError as error:
            log.info("%s: %s with %s", site, error.code, approach.step or "the usual approach")
            if approach.step is Step.UNMODIFIED:
                reload_with_trims()
            if failure is None or approach.step is None:
                failure = error
            if isinstance(error, RateLimited) or not (approach.step or is_useless(error) or _is_of_a_trim(error)):
                raise
        else:
            if not is_meagre(video):
                return video
            meagre = meagre or video
    if meagre is None:
        assert failure is not None  # there is always an approach
        raise failure
    query.on_step(None)
    return meagre


# Inside ---------------------------------------------------------------------------------------------------------------


def _may_help_without_trims(approach: Approach, failure: ClipError | None, meagre: Video | None) -> bool:
    """Return whether yt-dlp is now unmodified, and that may change the answer: not where YouTube's own words were the answer."""
    if not approach.preferred and (failure is None or meagre is not None or isinstance(failure, PageReload)):
        return False
    return reload_without_trims(failure)


def _ask(query: Query, approach: Approach) -> Video:
    youtube_dl = warm_up()
    network = query.network
    if network.ca_file:
        check_ca_file(network.ca_file)  # OpenSSL passes over a file that it cannot read
        os.environ["SSL_CERT_FILE"] = network.ca_file  # the one setting that yt-dlp reads; this process is ours
    clients = player_clients.others(query.avoid) if approach.other_clients else ()
    session = query.cookie_file if approach.session else None
    ydl = youtube_dl(network, options(query.item, network, session, clients), query.before_request)
    try:
        return _extract(ydl, query.url, query.item)
    except ClipError as exc:
        exc.site = site_of(ydl.page or query.url)
        raise
    finally:
        ydl.close()


def _is_of_a_trim(error: ClipError) -> bool:
    """Return whether ``error`` comes from a name that yt-dlp lacks or changed."""
    return any(isinstance(one, _TRIM_ERRORS) for one in _causes(error.__cause__))


def _extract(ydl: GuardedYoutubeDL, url: str, item: int | None) -> Video:
    from yt_dlp.utils import YoutubeDLError  # noqa: PLC0415

    try:
        _keep_sessions(ydl.cookiejar)
        found = _one_video(ydl, url, item)
        from .info_dict import to_video  # noqa: PLC0415 - it was time to load it while the site answered

        return to_video(
            found.info,
            url,
            lambda media: ydl.cookiejar.get_cookie_header(media) or None,
            source_url=found.source_url,
            place=found.place,
        )
    except ClipError as exc:
        raise exc from None
    except YoutubeDLError as exc:
        if (ours := next((one for one in _causes(exc, context=True) if isinstance(one, ClipError)), None)) is not None:
            raise ours from None
        from .ytdlp_errors import refusal  # noqa: PLC0415

        raise refusal(
            str(exc),
            throttled=ydl.throttled,
            retry_after_s=ydl.retry_after_s,
            impersonation_missing=ydl.impersonation_missing,
        ) from exc
    except (  # an extractor met a page it cannot read, or is broken: SyntaxError is XML's too, ArithmeticError a length of 1e999
        *_TRIM_ERRORS,
        AssertionError,
        LookupError,
        ValueError,
        ArithmeticError,
        RecursionError,
        SyntaxError,
    ) as exc:
        raise ExtractorFailed(detail=f"{type(exc).__name__} in the extractor: {exc}") from exc


def _causes(exc: BaseException | None, *, context: bool = False) -> Iterator[BaseException]:
    """Iterate over ``exc`` and its causes, by Python's attribute and by those of yt-dlp's exceptions.

    Args:
        context: also over what was being handled when each was raised.
    """
    pending: list[Any] = [exc]
    seen: set[int] = set()
    while pending:
        found = pending.pop(0)
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            yield found
            pending += [getattr(found, "cause", None), *getattr(found, "unexpected_errors", ()), found.__cause__]
            pending += [found.__context__] if context else []


@dataclass(frozen=True, slots=True)
class _Found:
    """One video, processed by yt-dlp. ``source_url`` and ``place``: see ``info_dict.to_video``."""

    info: Mapping[str, Any]
    source_url: str | None
    place: int | None


def _keep_sessions(jar: Any) -> None:
    """Keep only the cookies that sign in somewhere: the jar sends each to the host that it belongs to, be that the link's own or where
    the link leads. A cookie for a public suffix would go to every site beneath it, media hosts need none."""
    for cookie in list(jar):
        if not holds_session(cookie.domain):
            jar.clear(cookie.domain, cookie.path, cookie.name)


def _one_video(ydl: GuardedYoutubeDL, url: str, item: int | None) -> _Found:
    """Return the processed info of one video: follow links between pages, and choose one of a post of several."""
    ydl.page = url
    info: Mapping[str, Any] | None = ydl.extract_page(url)
    item = item if item is not None else item_in_url(url)
    source_url = place = None
    for _ in range(_REDIRECTS):
        kind = (info or {}).get("_type") or "video"
        if not info:
            raise UnsupportedSite
        if kind == "video":
            if _all_protected(info):
                raise DrmProtected  # processing would take those formats out and miss them afterwards
            return _Found(ydl.process_ie_result(info, download=False), source_url, place)
        ydl.register_all()
        if kind in ("playlist", "multi_video"):
            info, picked = _pick(info, item)
            item, place = None, place or picked
            continue
        ydl.network.check(str(info["url"]))
        ydl.page = str(info["url"])
        if kind == "url":
            info = ydl.extract_info(info["url"], download=False, process=False, ie_key=info.get("ie_key"))
        else:  # url_transparent: one page's metadata over another's formats
            source_url = str(info["url"])
            info = ydl.process_ie_result(info, download=False)
            if (info.get("_type") or "video") == "video":
                return _Found(info, source_url, place)
    raise InvalidUrl("circle")


def _all_protected(info: Mapping[str, Any]) -> bool:
    media = [one for one in info.get("formats") or () if (one.get("vcodec"), one.get("acodec")) != ("none", "none")]
    return bool(media) and all(one.get("has_drm") is True for one in media)


def _pick(playlist: Mapping[str, Any], item: int | None) -> tuple[Mapping[str, Any], int]:
    """Return the chosen entry and its 1-based place. A post's pictures count as places; a list of other pages is not one video."""
    entries = list(itertools.islice(playlist.get("entries") or (), _MAX_ITEMS))
    if item is not None:
        if item > len(entries):
            raise UnsupportedSite("no_item", item=item)
        place = item
        if not _has_media(entries[place - 1]):
            raise UnsupportedSite("item_is_image", item=item)
    else:
        elsewhere = [entry for entry in entries if (entry.get("_type") or "video").startswith("url")]
        if len(elsewhere) > 1:
            raise UnsupportedSite("playlist")
        found = next((number for number, entry in enumerate(entries, 1) if _has_media(entry)), None)
        if found is None:
            raise UnsupportedSite("no_video_in_post")
        place = found
    shared = ("extractor", "extractor_key", "webpage_url", "uploader", "title")
    picked = {key: value for key, value in entries[place - 1].items() if value is not None}
    return {key: playlist[key] for key in shared if playlist.get(key)} | picked, place


def _has_media(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("formats") or entry.get("url") or entry.get("entries"))
