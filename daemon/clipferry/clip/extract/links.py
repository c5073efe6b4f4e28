"""Clean links as people paste them: with blanks, quotes or invisible characters around them, or without a scheme. Pure."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = {"<": ">", '"': '"', "'": "'", "“": "”", "\u2018": "\u2019", "«": "»", "„": "“", "(": ")", "[": "]", "`": "`"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE | re.ASCII)
_WEB_SCHEME = re.compile(r"(https?)://", re.IGNORECASE | re.ASCII)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST_FIRST = re.compile(
    rf"(?:www\.{_LABEL}|{_LABEL}(?:\.{_LABEL})*\.(?:xn--[\w-]+|[^\W\d_]{{2,63}})(?::\d{{1,5}})?/)", re.IGNORECASE
)
"""``www.`` and more, or a name with a dot and a slash behind it: ``film.mov`` is a file."""


def tidy_link(text: str) -> str:
    """``text`` as an address where it plainly is one; otherwise only without what surrounds it.

    Blanks, byte order marks, zero-width characters and a pair of quotes or brackets around the link are taken away, the scheme is
    put in lower case, and a host without a scheme (``youtu.be/ID``, ``www.example.org/x``) gets ``https://``. What is inside the
    link stays as it is: whether it may be opened is judged afterwards (``addresses.host_and_port``).
    """
    link = _bare(text)
    for _ in range(2):
        if len(link) > 2 and _QUOTES.get(link[0]) == link[-1]:
            link = _bare(link[1:-1])
    if (web := _WEB_SCHEME.match(link)) is not None:
        return web[1].lower() + link[web.end(1) :]
    if _SCHEME.match(link) is None and _HOST_FIRST.match(link) is not None:
        return f"https://{link}"
    return link


def _bare(text: str) -> str:
    """Without blanks, control and invisible characters at either end."""
    start, end = 0, len(text)
    while start < end and _invisible(text[start]):
        start += 1
    while end > start and _invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def _invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cf", "Zs", "Zl", "Zp")
