"""Which site answers for a host name."""

from __future__ import annotations

SITES: dict[str, tuple[str, ...]] = {
    "youtube": ("youtube.com", "youtu.be", "youtube-nocookie.com", "youtubei.googleapis.com"),
    "googlevideo": ("googlevideo.com",),
    "ytimg": ("ytimg.com", "ggpht.com"),
    "instagram": ("instagram.com",),
    "instagram-cdn": ("cdninstagram.com", "fbcdn.net"),
    "generic": ("video.example", "packages.test"),
    "hostile": ("hostile.example",),
}


def site_of(host: str) -> str | None:
    """The site's name, or ``None``: not in this internet."""
    host = host.lower().rstrip(".")
    for site, domains in SITES.items():
        if any(host == domain or host.endswith("." + domain) for domain in domains):
            return site
    return None


HTTP2 = frozenset({"instagram"})
"""Sites that speak HTTP/2 to who offers it."""


def speaks_http2(host: str) -> bool:
    return site_of(host) in HTTP2
