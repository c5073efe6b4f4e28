"""Choose a video's title: the site's, unless it is a placeholder. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote, urlsplit

_FILE_NAMES = re.compile(
    r"(?:index|master|playlist|manifest|chunklist|prog_?index|videoplayback|untitled)(?:[-_ ]?\w{1,3})?(?:\.\w{2,4})?",
    re.I,
)
"""Names that streaming programs give to every video's files."""
_BY = re.compile(r"(?:video|post|photo|reel|story|clip)s? (?:by|from) (.+)", re.I | re.S)
_NUMBERED = re.compile(r"(?:(?:tiktok|facebook|instagram|twitter|x) )?(?:video|reel|post) #?\w*\d{5,}\w*", re.I)
_MAX_CHARS = 80
_LINK = re.compile(r"https?://\S+")
_TAGS_BEHIND = re.compile(r"(?:\s*[#@][\w.]+)+\s*$")


def title_of(title: str, *, caption: str | None, makers: Collection[str], video_id: str, page: str) -> str:
    """``title``, or where that is a placeholder the first words of the caption, else words of the page's address.

    Args:
        makers: every name that the site has for who made it: ``Video by NAME`` is a placeholder for these alone.
    """
    plain = title.strip()
    named = _BY.fullmatch(plain)
    by_maker = named is not None and named[1].strip().lstrip("@").casefold() in {name.casefold() for name in makers}
    if plain and not by_maker and not _NUMBERED.fullmatch(plain) and not _FILE_NAMES.fullmatch(plain):
        return title
    if words := _first_words(caption or ""):
        return words
    return f"{named[1]} {video_id}" if by_maker and named is not None else _words_of(page) or title or video_id


def _first_words(caption: str) -> str:
    """Return the first line that has words, without links and the tags behind them, cut at a blank."""
    for line in caption.splitlines():
        text = " ".join(_LINK.sub(" ", line).split())
        text = _TAGS_BEHIND.sub("", text) or text
        if any(char.isalnum() for char in text):
            if len(text) <= _MAX_CHARS:
                return text
            return (text[:_MAX_CHARS].rpartition(" ")[0] or text[:_MAX_CHARS]).rstrip(" ,;:-–—") + "…"  # noqa: RUF001
    return ""


def _words_of(page: str) -> str:
    """Return the last part of the path that is a name, else the host."""
    parts = urlsplit(page)
    for part in reversed(parts.path.split("/")):
        name = unquote(part).strip()
        if any(char.isalpha() for char in name) and not _FILE_NAMES.fullmatch(name):
            return re.sub(r"\.(?:m3u8|mpd|mp4|html?|php|aspx?)$", "", name, flags=re.I)
    return (parts.hostname or "").removeprefix("www.")
