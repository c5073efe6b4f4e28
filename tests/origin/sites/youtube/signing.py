"""googlevideo URLs: what they carry, how they are signed, and when they are refused."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

SECRET = b"the local internet"
SIGNED = ("expire", "ei", "ip", "id", "itag", "source", "mime", "clen", "dur", "lmt", "c", "lang")
NEEDS_POT = frozenset({"ANDROID", "ANDROID_VR", "IOS", "TVHTML5_SIMPLY", "WEB", "MWEB"})
NEEDS_N = frozenset({"WEB_EMBEDDED_PLAYER", "TVHTML5"})


@dataclass(slots=True)
class Clock:
    """``now`` in Unix seconds; ``issue`` counts up when a test makes all earlier URLs expire."""

    lifetime_s: float = 6 * 3600
    issue: int = 1


def signature(query: Mapping[str, str]) -> str:
    text = "&".join(f"{name}={query.get(name, '')}" for name in SIGNED)
    return "AJf" + hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()


def challenge(query: Mapping[str, str]) -> str:
    """The ``n`` that is given out for this URL."""
    return hmac.new(SECRET, f"n {query.get('ei')} {query.get('itag')}".encode(), hashlib.sha256).hexdigest()[:16]


def solve_n(value: str) -> str:
    """What base.js makes of ``n``."""
    return value[::-1]


def scramble(value: str) -> str:
    """The signature as a cipher gives it; base.js undoes it."""
    return value[::-1]


def url(host: str, query: dict[str, str]) -> str:
    return f"https://{host}/videoplayback?{urlencode(query)}"


def refusal(query: Mapping[str, str], now: float, clock: Clock) -> str | None:
    """Why this URL gets 403, or ``None``."""
    if not hmac.compare_digest(query.get("sig", ""), signature(query)):
        return "signature"
    if float(query.get("expire") or 0) < now or int(query.get("ei", "0").rpartition("-")[2] or 0) < clock.issue:
        return "expired"
    client = query.get("c", "")
    if client in NEEDS_POT and not query.get("pot"):
        return "pot"
    if client in NEEDS_N and query.get("n") != solve_n(challenge(query)):
        return "n"
    return None
