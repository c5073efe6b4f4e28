"""Parse and format times as people write them: seconds, ``M:SS``, ``H:MM:SS`` or ``1h2m3s``, with an optional fraction. Pure."""

from __future__ import annotations

import re
import unicodedata

from .errors import InvalidTime, RangeOutsideVideo

_CLOCK = re.compile(r"(?:(?:(?P<h>\d{1,4}):)?(?P<m>\d{1,3}):)?(?P<s>\d{1,7}(?:[.,]\d{1,9})?)", re.ASCII)
_UNITS = re.compile(
    r"(?:(?P<h>\d{1,4}) ?(?:h|hrs?|hours?) ?)?(?:(?P<m>\d{1,5}) ?(?:m|mins?|minutes?) ?)?"
    r"(?:(?P<s>\d{1,7}(?:[.,]\d{1,9})?) ?(?:s|secs?|seconds?)?)?",
    re.ASCII,
)
"""The form of share links: ``1h2m3s``, ``1m30``, ``90s``, ``2 min``."""
_MAX_S = 1_000_000.0
_SHOWN_CHARS = 40


def parse(text: str | float) -> float:
    """Read seconds from a number, ``SS(.mmm)``, ``M:SS(.mmm)``, ``H:MM:SS(.mmm)`` or ``1h2m3(.mmm)s``.

    Blanks and invisible characters around it are ignored; full-width digits and colons are read as the plain ones.

    Returns:
        Seconds from the beginning of the video, at least 0.

    Raises:
        InvalidTime: not a time, negative, not finite, or with minutes or seconds beyond 59 behind a colon.
    """
    if isinstance(text, bool):
        raise InvalidTime
    if isinstance(text, int | float):
        if not 0 <= text <= _MAX_S:
            raise InvalidTime("outside")
        return float(text)
    shown = "".join(c for c in text[:_SHOWN_CHARS] if c.isprintable()).strip()
    plain = _plain(text)
    if plain.startswith("-"):
        raise InvalidTime("negative", text=shown)
    match = _CLOCK.fullmatch(plain) or _UNITS.fullmatch(plain)
    if match is None or not plain:
        raise InvalidTime("unreadable", text=shown)
    h, m, s = match["h"], match["m"], float((match["s"] or "0").replace(",", "."))
    if ":" in plain and ((m is not None and s >= 60) or (h is not None and int(m) >= 60)):
        raise InvalidTime("beyond_59", text=shown)
    seconds = int(h or 0) * 3600 + int(m or 0) * 60 + s
    if seconds > _MAX_S:
        raise InvalidTime("outside_text", text=shown)
    return seconds


def _plain(text: str) -> str:
    """Normalise ``text``: ASCII digits, colons and minus (NFKC), lower case, no invisible characters, single blanks."""
    folded = unicodedata.normalize("NFKC", text[: 4 * _SHOWN_CHARS]).replace("\u2212", "-").lower()
    return " ".join("".join(c for c in folded if unicodedata.category(c) != "Cf").split())


def format_time(seconds: float, *, millis: bool = True) -> str:
    """``83.5`` → ``1:23.500``; with ``millis=False`` the fraction is left out when it is zero and cut otherwise."""
    total_ms = round(seconds * 1000)
    total, ms = divmod(total_ms, 1000)
    minutes, s = divmod(total, 60)
    h, m = divmod(minutes, 60)
    text = f"{h}:{m:02}:{s:02}" if h else f"{m}:{s:02}"
    return f"{text}.{ms:03}" if millis else text


def outside_video(duration_s: float | None) -> RangeOutsideVideo:
    """Return the error for marks past the end of a video, with its length if that is known."""
    if duration_s is None:
        return RangeOutsideVideo()
    length = format_time(duration_s, millis=duration_s % 1 != 0)
    return RangeOutsideVideo("length", length=length)
