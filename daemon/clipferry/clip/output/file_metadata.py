"""Metadata of a clip: title, uploader, date, and where it came from."""

from __future__ import annotations

import math
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..extract.sites import host_of, page_site
from ..model import Video

_TIMED = ("youtube.com", "twitch.tv", "vimeo.com", "dailymotion.com")
"""Sites whose links name a second by ``t``."""


def source_link(video: Video, start_s: float | None) -> str:
    """Return the page's address, at the clip's start: ``…&t=62`` if the site supports it, else a media fragment ``#t=62``."""
    if not start_s:
        return video.webpage_url
    parts = urlsplit(video.webpage_url)
    second = str(math.floor(start_s))
    if page_site(host_of(video.webpage_url)) in _TIMED:
        query = [pair for pair in parse_qsl(parts.query) if pair[0] != "t"] + [("t", second)]
        return urlunsplit(parts._replace(query=urlencode(query), fragment=""))
    return urlunsplit(parts._replace(fragment=f"t={second}"))


def facts(video: Video, start_s: float | None) -> dict[str, str]:
    """Title, artist, date and comment, as far as they are known; the names are libav's."""
    found = {
        "title": video.title,
        "artist": video.uploader,
        "date": _date(video.upload_date),
        "comment": source_link(video, start_s),
    }
    return {name: " ".join(value.split()) for name, value in found.items() if value}


def _date(upload_date: str | None) -> str | None:
    text = upload_date or ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdecimal() else None
