"""The current address of a file, and the headers for it: headers and cookies are sent to their own host only. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_ANYWHERE = frozenset({"user-agent", "accept", "accept-language"})
"""Headers that reveal nothing about the person and are sent to other hosts too."""
_OURS = frozenset({"range", "host", "accept-encoding", "connection", "content-length", "transfer-encoding", "if-range"})


@dataclass(frozen=True, slots=True)
class Link:
    """The current address of a file. ``headers`` and ``cookies`` go to the host of ``scope`` (``url`` by default) and no other."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: str | None = None
    scope: str | None = None


def headers_for(link: Link, *, at_home: bool) -> dict[str, str]:
    """Return what is sent to a host: all headers that yt-dlp gave for it, or only those that reveal nothing about the person."""
    sent = {
        name: value
        for name, value in link.headers.items()
        if name.lower() not in _OURS
        and (at_home or name.lower() in _ANYWHERE)
        and name.lower() != "cookie"
        and not any(c in "\r\n\0" for c in name + value)
    }
    for name, value in link.headers.items():
        if name.lower() == "referer" and not at_home:  # as browsers do: strict-origin-when-cross-origin
            parts = urlsplit(value)
            sent[name] = f"{parts.scheme}://{parts.netloc}/"
    if at_home and link.cookies and not any(c in "\r\n\0" for c in link.cookies):
        sent["Cookie"] = link.cookies
    return {**sent, "Accept-Encoding": "identity"}
