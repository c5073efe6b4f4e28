"""Parse a link: which video it identifies, which range of it, and which parameters only track. Pure.

What is dropped from a link differs from site to site: ``t`` is a time on YouTube and may be the number of a film elsewhere. Rules
are applied only to the hosts that they are known for; every other link identifies its video as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit, urlunsplit

from ..errors import InvalidTime
from ..timecode import parse as parse_time
from .sites import host_of, page_site

_TRACKING = frozenset((
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id", "fbclid", "gclid", "gclsrc", "dclid", "gbraid",
    "wbraid", "msclkid", "twclid", "ttclid", "yclid", "mc_cid", "mc_eid", "_hsenc", "_hsmi",
))  # fmt: skip
"""Written into links by advertisers and mailing programs, for scripts in the page: no server chooses a video by them."""
_SHARING = {
    "youtube.com": frozenset(("si", "pp", "feature", "ab_channel", "app", "embeds_referring_euri", "source_ve_path")),
    "instagram.com": frozenset(("igsh", "igshid", "ig_rid", "hl")),
    "x.com": frozenset(("s", "ref_src", "ref_url")),
    "tiktok.com": frozenset(("_r", "_t", "is_from_webapp", "sender_device", "share_app_id", "share_link_id", "web_id")),
    "facebook.com": frozenset(("mibextid", "rdid", "share_url", "__tn__", "__cft__[0]")),
    "soundcloud.com": frozenset(("si", "in")),
    "twitch.tv": frozenset(("sr",)),
    "reddit.com": frozenset(("share_id", "rdt")),
    "bilibili.com": frozenset(
        ("share_source", "share_medium", "share_session_id", "spm_id_from", "vd_source", "bbid", "unique_k")
    ),
}
"""Who shared a link, and where it was found: by site."""
_START = {
    "youtube.com": ("t", "start", "time_continue"), "twitch.tv": ("t",), "dailymotion.com": ("start",), "bilibili.com": ("t",),
    "facebook.com": ("t",),
}  # fmt: skip
"""The parameters that name a start, by site. Elsewhere only the fragment does (W3C Media Fragments URI, section 4.2.1)."""
_END = {"youtube.com": ("end",)}
_VIDEO_ID = r"([\w-]{11})"
_YOUTUBE_PATH = re.compile(rf"/(?:shorts|embed|live|v|e)/(?!videoseries|live_stream){_VIDEO_ID}/?", re.ASCII)
_YOUTUBE_ID = re.compile(_VIDEO_ID, re.ASCII)
_YOUTUBE_HOSTS = re.compile(r"(?:(?:www|m|music)\.)?youtube\.com|(?:www\.)?youtube-nocookie\.com")
_INSTAGRAM_PATH = re.compile(r"(?:/[\w.]+)?/(?:p|tv|reels?)/([\w-]+)/?", re.ASCII)
_PORTS = {"http": 80, "https": 443}

Range = tuple[float | None, float | None]
"""Start and end in seconds of the video's own time; ``None`` where a link names none."""


def video_address(url: str, item: int | None = None) -> str:
    """Return the text that all links to one video share, and no link to another one has.

    ``youtube:ID`` and ``instagram:CODE`` where the link spells them, whatever else it carries; otherwise the link itself, of which
    only the case of scheme and host, the scheme's own port and tracking parameters do not count.

    Args:
        item: 1-based place in a post with several videos; ``None``: what the link names, else whichever comes first.
    """
    place = item if item is not None else item_in_url(url)
    return with_place(known_video(url) or _whole(url), place)


def with_place(address: str, place: int | None) -> str:
    """``address`` of a post's video number ``place``. A blank cannot be part of a link, so this is no other link's address."""
    return address if place is None else f"{address} {place}"


def known_video(url: str) -> str | None:
    """``youtube:ID`` or ``instagram:CODE`` of a link that spells it; ``None``: the site has to be queried."""
    host = host_of(url)
    if host in ("youtu.be", "www.youtu.be"):
        match = _YOUTUBE_ID.fullmatch(urlsplit(url).path.strip("/"))
        return f"youtube:{match[1]}" if match else None
    if _YOUTUBE_HOSTS.fullmatch(host):
        parts = urlsplit(url)
        match = _YOUTUBE_PATH.fullmatch(parts.path)
        if match is None and parts.path.rstrip("/") == "/watch":
            match = _YOUTUBE_ID.fullmatch(parse_qs(parts.query).get("v", [""])[0])
        return f"youtube:{match[1]}" if match else None
    if page_site(host) == "instagram.com" and (match := _INSTAGRAM_PATH.fullmatch(urlsplit(url).path)):
        return f"instagram:{match[1]}"
    return None


def item_in_url(url: str) -> int | None:
    """Return the place in a post that Instagram's ``img_index`` names."""
    if page_site(host_of(url)) != "instagram.com":
        return None
    named = parse_qs(urlsplit(url).query).get("img_index", [""])[0]
    return int(named) if re.fullmatch(r"[1-9]\d?", named, re.ASCII) else None


def times_in_url(url: str) -> Range:
    """Return start and end that a link names: ``t=83``, ``t=1m23s``, ``start=`` and ``end=`` where they mean a time on that site, and
    ``#t=83,90`` everywhere."""
    site = page_site(host_of(url))
    if site == "youtube.com" and urlsplit(url).path.startswith("/clip/"):
        return None, None  # its range is the page's own
    parts = urlsplit(url)
    query, fragment = parse_qs(parts.query), parse_qs(parts.fragment)
    start_text = _first(query, _START.get(site or "", ())) or _first(fragment, ("t",))
    end_text = _first(query, _END.get(site or "", ()))
    if "," in start_text and not end_text:
        start_text, _, end_text = start_text.removeprefix("npt:").partition(",")
    start, end = _time(start_text.removeprefix("npt:")), _time(end_text)
    return start, end if end is not None and end > (start or 0.0) else None


def shown_by_page(url: str, suggested: Range) -> Range:
    """Return the part of ``suggested``, a video's own range, that holds for every link to its page: what ``url`` itself names does not."""
    return suggested if times_in_url(url) == (None, None) else (None, None)


def without_tracking(url: str) -> str:
    """``url`` without the parameters that identify who shared it or where it was found; everything else is kept."""
    return _without(url, lambda name: name in _TRACKING or name in _SHARING.get(page_site(host_of(url)) or "", ()))


# Inside ---------------------------------------------------------------------------------------------------------------


def _whole(url: str) -> str:
    parts = urlsplit(without_tracking(url.strip()))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = f":{parts.port}" if parts.port not in (None, _PORTS.get(parts.scheme)) else ""
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=f"{host}{port}", path=parts.path or "/"))


def _without(url: str, dropped: Callable[[str], bool]) -> str:
    """Parameters taken out of the query as text: what stays keeps its spelling and order."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    kept = [pair for pair in parts.query.split("&") if not dropped(pair.partition("=")[0])]
    return url if len(kept) == parts.query.count("&") + 1 else urlunsplit(parts._replace(query="&".join(kept)))


def _first(values: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((values[name][0] for name in names if name in values), "")


def _time(text: str) -> float | None:
    try:
        return parse_time(text)
    except InvalidTime:
        return None
