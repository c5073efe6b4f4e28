"""Read the timestamps at the front of a transport stream segment."""

from __future__ import annotations

from typing import cast

from ...container import mpegts, time_zero
from ...download.spliced_file import Bytes
from ...errors import BadMedia

HEAD = 16 * 1024
"""Bytes at the front of a segment that hold its first timestamps, in most."""
STEP = mpegts.PACKET * 348
"""Bytes that are read at a time: whole packets."""
TURN_S = 2**33 / mpegts.CLOCK
"""The clock counts 33 bits."""


def head(remote: Bytes, size: int = STEP) -> bytes:
    """Return the first packets of a segment."""
    remote.want(0, size, urgent=True)
    data = b""
    while len(data) < size and (more := remote.read(len(data), size - len(data))):
        data += more
    return data[: len(data) // mpegts.PACKET * mpegts.PACKET]


def first_time_s(remote: Bytes) -> float:
    """Return when the first frame of a segment is shown (or its audio is presented, where there is none), on its own clock."""
    picture_s, sound_s = _first_times_s(remote)
    return sound_s if picture_s is None else picture_s


def begins_s(remote: Bytes) -> float:
    """Return when the earliest track of a segment begins, on its own clock."""
    picture_s, sound_s = _first_times_s(remote)
    if picture_s is not None:
        sound_s = picture_s + unwrapped(sound_s - picture_s)
    return cast("float", time_zero.earliest(picture_s, sound_s))


def _first_times_s(remote: Bytes) -> tuple[float | None, float]:
    """Return when the first frame and the first audio sample of a segment are shown; the second is the first's where there is none in front of
    the segment."""
    for size in (HEAD, 16 * HEAD):
        found = {kind: time / mpegts.CLOCK for kind, time in mpegts.first_times(head(remote, size)).items()}
        if found:
            picture_s = found.get(mpegts.VIDEO)
            return picture_s, found[mpegts.AUDIO] if mpegts.AUDIO in found or picture_s is None else picture_s
    raise BadMedia(detail="a segment without timestamps")


def unwrapped(seconds: float) -> float:
    """Return a difference of two times on a clock of 33 bits."""
    return (seconds + TURN_S / 2) % TURN_S - TURN_S / 2
