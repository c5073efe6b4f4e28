"""Times as people write them: seconds, ``M:SS`` or ``H:MM:SS``, with an optional fraction. Pure."""

from __future__ import annotations

import re

from .errors import InvalidTime

_CLOCK = re.compile(r"(?:(?:(?P<h>\d{1,4}):)?(?P<m>\d{1,3}):)?(?P<s>\d{1,7}(?:[.,]\d{1,9})?)", re.ASCII)
_MAX_S = 1_000_000.0


def parse(text: str | float) -> float:
    """Seconds from a number or from ``SS(.mmm)``, ``M:SS(.mmm)``, ``H:MM:SS(.mmm)``.

    Returns:
        Seconds from the beginning of the video, at least 0.

    Raises:
        InvalidTime: not a time, negative, not finite, or with minutes or seconds beyond 59 behind a colon.
    """
    if isinstance(text, bool):
        raise InvalidTime
    if isinstance(text, int | float):
        seconds = float(text)
    else:
        match = _CLOCK.fullmatch(text.strip())
        if match is None:
            raise InvalidTime(f"“{text[:40]}” is not a time.")
        h, m, s = match["h"], match["m"], float(match["s"].replace(",", "."))
        if (m is not None and s >= 60) or (h is not None and int(m) >= 60):
            raise InvalidTime(f"“{text[:40]}” is not a time: minutes and seconds go up to 59.")
        seconds = int(h or 0) * 3600 + int(m or 0) * 60 + s
    if not 0 <= seconds <= _MAX_S:
        raise InvalidTime(f"{text} is not a time inside a video.")
    return seconds


def format_time(seconds: float, *, millis: bool = True) -> str:
    """``83.5`` → ``1:23.500``; with ``millis=False`` the fraction is left out when it is zero and cut otherwise."""
    total_ms = round(seconds * 1000)
    total, ms = divmod(total_ms, 1000)
    minutes, s = divmod(total, 60)
    h, m = divmod(minutes, 60)
    text = f"{h}:{m:02}:{s:02}" if h else f"{m}:{s:02}"
    return f"{text}.{ms:03}" if millis else text
