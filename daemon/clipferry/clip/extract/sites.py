"""Map hosts to sites: the registrable domain (publicsuffix.org), and a table of sites that have several. Pure."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

YOUTUBE = "youtube.com"

_PAGES: Mapping[str, tuple[str, ...]] = {
    "youtube.com": ("youtu.be", "youtube-nocookie.com", "youtubekids.com"),
    "instagram.com": ("instagr.am",),
    "x.com": ("twitter.com",),
    "facebook.com": ("fb.com", "fb.watch"),
    "tiktok.com": (),
    "vimeo.com": (),
    "twitch.tv": (),
    "dailymotion.com": ("dai.ly",),
    "reddit.com": ("redd.it",),
    "bilibili.com": ("b23.tv",),
    "soundcloud.com": (),
}
"""Further domains that carry a site's own pages: one account, one set of limits."""
_MEDIA: Mapping[str, tuple[str, ...]] = {
    "youtube.com": ("googlevideo.com", "ytimg.com", "youtubei.googleapis.com"),
    "instagram.com": ("cdninstagram.com",),
    "x.com": ("twimg.com",),
    "facebook.com": ("fbcdn.net",),
    "tiktok.com": ("tiktokcdn.com", "tiktokv.com"),
    "vimeo.com": ("vimeocdn.com",),
    "twitch.tv": ("ttvnw.net", "jtvnw.net"),
    "dailymotion.com": ("dmcdn.net",),
    "reddit.com": ("redditmedia.com",),
    "bilibili.com": ("bilivideo.com", "bilivideo.cn", "biliapi.net"),
    "soundcloud.com": ("sndcdn.com",),
}
"""Domains that only deliver a site's media: the same limits, but no session."""
_SITE_OF_PAGE = {domain: site for site, more in _PAGES.items() for domain in (site, *more)}
_SITE_OF_DOMAIN = _SITE_OF_PAGE | {domain: site for site, more in _MEDIA.items() for domain in more}


def host_of(url: str) -> str:
    """Return the host of ``url`` in lower case without a final dot; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """Return the name of the site that ``url`` belongs to: limits, failures and sessions are counted by it."""
    return site_of_host(host_of(url))


def site_of_host(host: str) -> str:
    """``www.youtube.com``, ``youtu.be`` → ``youtube.com``; ``www.bbc.co.uk`` → ``bbc.co.uk``; an IP address is a site of its own."""
    return _listed(host, _SITE_OF_DOMAIN) or registrable_domain(host) or host


def page_site(host: str) -> str | None:
    """Return the site whose pages ``host`` serves, if it is one of those that are listed here; without the Public Suffix List."""
    return _listed(host, _SITE_OF_PAGE)


def shares_session(cookie_domain: str, host: str) -> bool:
    """Return whether a cookie for ``cookie_domain`` is part of the session that ``host`` belongs to.

    ``False`` for a public suffix (``com``, ``co.uk``, ``github.io``), which has no one owner, and for a site's media hosts.
    """
    domain = cookie_domain.strip(".").lower()
    if not domain:
        return False
    if (site := _listed(host, _SITE_OF_PAGE)) is not None:
        return _listed(domain, _SITE_OF_PAGE) == site
    owner = registrable_domain(domain)
    return (
        domain == host
        if owner is None and _is_address(host)
        else owner is not None and owner == registrable_domain(host)
    )


def holds_session(cookie_domain: str) -> bool:
    """Return whether a cookie for ``cookie_domain`` belongs to pages of one owner: neither to a public suffix nor to a site's media hosts."""
    domain = cookie_domain.strip(".").lower()
    if _listed(domain, _SITE_OF_DOMAIN) is not None:
        return _listed(domain, _SITE_OF_PAGE) is not None
    return bool(domain) and (_is_address(domain) or registrable_domain(domain) is not None)


def registrable_domain(host: str) -> str | None:
    """Return the part of ``host`` that one owner has registered; ``None`` for an IP address, a single label and a public suffix."""
    if _is_address(host):
        return None
    try:
        name = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return None
    found = _public_suffixes().privatesuffix(name)
    return found if isinstance(found, str) else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _listed(host: str, domains: Mapping[str, str]) -> str | None:
    while host:
        if host in domains:
            return domains[host]
        host = host.partition(".")[2]
    return None


@functools.cache
def _public_suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - 45 ms: only for hosts that are not listed here

    return PublicSuffixList()
