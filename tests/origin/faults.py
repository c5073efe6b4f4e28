"""What can go wrong on purpose: which requests are hit, and how."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from .log import Entry, matches
from .span import Span


class Kind(enum.StrEnum):
    RESET = "reset"
    """The connection is reset (RST) after ``after_bytes`` of the body."""
    TRUNCATE = "truncate"
    """The connection is closed in order after ``after_bytes`` of the body, before its promised end."""
    STALL = "stall"
    """Nothing more comes after ``after_bytes``; the connection stays open."""
    HOLD = "hold"
    """As ``STALL``, until the test releases it; then the answer goes on."""
    DRIP = "drip"
    """From ``after_bytes`` on, ``rate_bps`` bytes a second."""
    STATUS = "status"
    """Answer with ``status`` (403, 404, 410, 429, 503 …) and ``headers``, e.g. ``Retry-After``."""
    HTML = "html"
    """200 and a page in place of what was asked for."""
    NO_RANGE = "no_range"
    """The Range header is ignored: 200 and the whole, without Accept-Ranges."""
    UNTOLD_SIZE = "untold_size"
    """206 whose Content-Range does not tell how large the whole is (RFC 9110, section 14.4), nor does 416."""
    WRONG_RANGE = "wrong_range"
    """206 whose Content-Range and bytes are others (``shift`` bytes later) than those asked for."""
    CHANGED = "changed"
    """206 of a resource that claims another size and another ETag: the file was replaced."""
    CORRUPT = "corrupt"
    """The right length, but zeros from ``after_bytes`` on."""
    REDIRECT = "redirect"
    """302 to ``location``: another host, loopback, a private address, ``file:``."""
    ENDLESS = "endless"
    """A body without length that never ends."""
    HUGE_LENGTH = "huge_length"
    """Content-Length of 2**62; the body ends when the resource does."""
    GZIP_BOMB = "gzip_bomb"
    """Content-Encoding: gzip; a few hundred kB that unpack to gigabytes."""
    SLOW_START = "slow_start"
    """``delay_s`` seconds before the first byte of the answer."""
    REFUSE = "refuse"
    """The connection is reset before any answer."""


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong. Of several that strike the same request the one switched on first is seen.

    Hits requests whose host and path?query match the shell patterns, from the ``nth`` on, ``times`` times (0: always).

    ``at_byte``: only requests whose answer contains that byte of the resource, and the body breaks exactly there;
    without it the body breaks after ``after_bytes`` bytes of the answer.
    """

    kind: Kind
    host: str = "*"
    path: str = "*"
    nth: int = 1
    times: int = 1
    after_bytes: int = 0
    at_byte: int | None = None
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    location: str = ""
    rate_bps: int = 1000
    delay_s: float = 0.0
    shift: int = 1
    seen: int = 0
    """How many matching requests came so far."""
    hits: int = 0
    """How often it struck."""

    def strikes(self, entry: Entry, span: Span) -> bool:
        """Count this request, whose answer would be ``span``; true if it is one that goes wrong."""
        if not matches(entry, self.host, self.path) or (self.at_byte is not None and not span.holds(self.at_byte)):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times and self.hits >= self.times):
            return False
        self.hits += 1
        return True


BODY_KINDS = frozenset({Kind.RESET, Kind.TRUNCATE, Kind.STALL, Kind.HOLD, Kind.DRIP, Kind.CORRUPT})
