"""Blocks of a WebM cluster (RFC 9559, section 10): whose and when they are, and how one is found in the middle of a cluster. There
nothing in front of it states where it begins, so it is known by those that follow. Pure."""

from __future__ import annotations

from itertools import pairwise

from ...errors import BadMedia
from . import ebml

HEAD = 11
"""Bytes of a block in front of what it holds: track, time, flags."""
_CHAIN = 6
"""Blocks in a row that have to fit: each begins where the one before ends, is the track's, and is later. Chance would have to
guess four bytes right every time."""
_MAX_BLOCK_BYTES = 1 << 16
_MAX_STEP = 2000
_MAX_FIRST_STEP = 4
"""Times the longest of the steps behind it. A true block that is dropped so, before a pause, costs no more than itself."""
_RESERVED_FLAGS = 0x70
"""Zero in every block (section 10.2)."""


def head(data: bytes) -> tuple[int, int]:
    """Return track and relative time of the block (section 10.1) that ``data`` begins with; ``HEAD`` bytes are enough.

    Raises:
        BadMedia: too short to be one.
    """
    track, length = ebml.vint(data, 0, marker=False)
    if len(data) < length + 2:
        raise BadMedia(detail="block too short")
    return track, int.from_bytes(data[length : length + 2], "big", signed=True)


def first_block(data: bytes, track: int) -> tuple[int, int] | None:
    """Return where in ``data`` the first block of ``track`` begins, and its time relative to its cluster's; ``None``: it cannot be determined."""
    at = data.find(b"\xa3")
    while at >= 0:
        if (time := _chain(data, at, track)) is not None:
            return at, time
        at = data.find(b"\xa3", at + 1)
    return None


def _chain(data: bytes, at: int, track: int) -> int | None:
    """Return the time of the block at ``at``, if that is one, by those behind it."""
    times: list[int] = []
    for _ in range(_CHAIN):
        try:
            found = ebml.element(data, at)
            number, length = ebml.vint(data, found.payload, marker=False)
        except BadMedia:
            return None
        start = found.payload + length
        if found.id != ebml.SIMPLE_BLOCK or number != track or start + 3 > len(data) or not found.size:
            return None
        if data[start + 2] & _RESERVED_FLAGS:
            return None
        time = int.from_bytes(data[start : start + 2], "big", signed=True)
        if found.size > _MAX_BLOCK_BYTES or (times and not 0 < time - times[-1] <= _MAX_STEP):
            return None
        times.append(time)
        at = found.payload + found.size
    steps = [later - earlier for earlier, later in pairwise(times)]
    # Content that happens to end like a block leads into a true chain: only its time can give it away.
    return times[0] if steps[0] <= _MAX_FIRST_STEP * max(steps[1:]) else None
