"""Who a job is: ids that sort by age, and what makes two requests the same clip. Pure."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

from ...protocol.jobs import OutputParams

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case (github.com/ulid/spec)
_RANDOM_BITS = 80


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


def clip_identity(video: str, start_s: float | None, end_s: float | None, output: OutputParams) -> str:
    """The one text that equal requests share, and no others.

    Args:
        video: its key, or ``video_links.video_address`` while that is unknown; both include the item of a post.

    Times count to the millisecond. A clip from 0 is a clip from the beginning.
    """
    start_ms = round((start_s or 0) * 1000)
    end_ms = None if end_s is None else round(end_s * 1000)
    # The 1 was the item of a post once: what is kept from then is found again.
    return json.dumps([video, 1, start_ms, end_ms, output.model_dump(mode="json")], separators=(",", ":"))
