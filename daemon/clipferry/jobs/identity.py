"""Who a job is: ids that sort by age, and what makes two requests the same clip. Pure."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..protocol import OutputParams

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case (github.com/ulid/spec)
_RANDOM_BITS = 80
_NOISE = re.compile(r"utm_\w+|fbclid|gclid|igsh|igshid|si|feature|pp|t|start|time_continue|ab_channel", re.ASCII)
_KINDS = frozenset(("ac", "asn", "co", "com", "edu", "gob", "gov", "gv", "ne", "net", "nom", "or", "org", "sch"))
_YOUTUBE_PATH = re.compile(r"/(?:shorts|embed|live|v)/([\w-]{11})/?", re.ASCII)
_YOUTUBE_HOSTS = frozenset(("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"))


class Ids:
    """Makes job ids: ULIDs that only grow, also where the wall clock is set back between two of them.

    Args:
        after: the newest id there is; every id made here sorts behind it.
    """

    def __init__(self, now: Callable[[], float], after: str | None = None) -> None:
        self._now = now
        self._last = 0 if after is None else _decode(after)

    def next(self) -> str:
        fresh = (int(self._now() * 1000) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        # A clock that went back, or two in one millisecond: go on from the last one, with a step nobody guesses.
        self._last = fresh if fresh > self._last else self._last + 1 + secrets.randbits(32)
        return _encode(self._last)


def _encode(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def _decode(text: str) -> int:
    value = 0
    for letter in text:
        value = value * 32 + _ALPHABET.index(letter)
    return value


def normal_url(url: str) -> str:
    """``url`` without what does not change the video: case of the host, fragment, campaign tags, a start time.

    YouTube's several addresses of one video become one, since that is known without asking.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").lower()
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _NOISE.fullmatch(k)]
    video_id = None
    if host == "youtu.be":
        video_id = parts.path.strip("/")
    elif host in _YOUTUBE_HOSTS:
        match = _YOUTUBE_PATH.fullmatch(parts.path)
        video_id = match[1] if match else dict(query).get("v") if parts.path == "/watch" else None
    if video_id:
        return f"youtube:{video_id}"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme.lower()}://{host}{port}{parts.path.rstrip('/')}?{urlencode(sorted(query))}".rstrip("?")


def clip_identity(
    video: str, item: int | None, start_s: float | None, end_s: float | None, output: OutputParams
) -> str:
    """The one text that equal requests share. ``video``: a video's key, or ``normal_url`` while the key is not known.

    Times count to the millisecond. A clip from 0 is a clip from the beginning.
    """
    start_ms = round((start_s or 0) * 1000)
    end_ms = None if end_s is None else round(end_s * 1000)
    return json.dumps([video, item or 1, start_ms, end_ms, output.model_dump(mode="json")], separators=(",", ":"))


def site_of(url: str) -> str:
    """The name under which limits per site are counted: the host without ``www.`` and the like."""
    host = (urlsplit(url).hostname or "").lower()
    if host.replace(".", "").isdigit():
        return host
    labels = host.split(".")
    # `bbc.co.uk` and `itv.co.uk` are two sites: beneath most countries the second label is a kind of organisation.
    several = len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _KINDS
    return ".".join(labels[-3 if several else -2 :])
