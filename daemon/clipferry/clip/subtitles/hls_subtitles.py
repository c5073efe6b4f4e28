"""Subtitles that are an HLS playlist of WebVTT: the segments that a clip touches, on the clock of the video that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import BadMedia
from .cues import Cue, TimestampMap, read_segments

if TYPE_CHECKING:
    from ..container.hls.media_playlist import Segment

CLOCK = 90_000
_TURN_S = 2**33 / CLOCK
_MAX_SEGMENTS = 5_000
_MAX_BYTES = 8 * 1024 * 1024
_AROUND_S = 30.0
"""Read beyond the clip on both sides: durations in playlists are rounded, and a cue may have begun a segment earlier."""

Fetch = Callable[[str, tuple[int, int] | None], tuple[bytes, str]]
"""The bytes behind an address (or a part of them), and the address that they came from in the end."""


def read_playlist(url: str, fetch: Fetch, start_s: float, end_s: float | None, zero_s: float | None) -> list[Cue]:
    """Return the cues near ``[start_s, end_s)``, in presentation seconds.

    Args:
        zero_s: where presentation time 0 lies on the clock of the video's segments; ``None``: the video is no HLS, and cues
            are where they say.

    Raises:
        BadMedia: no playlist of WebVTT, or too much of it; what ``fetch`` raises.
    """
    from ..container.hls import media_playlist  # noqa: PLC0415 - hardly a clip needs it

    playlist = media_playlist.parse(*fetch(url, None))
    wanted: list[tuple[Segment, float]] = []
    at = 0.0
    for segment in playlist.segments:
        if at + segment.duration_s > start_s - _AROUND_S and (end_s is None or at < end_s + _AROUND_S):
            wanted.append((segment, at))
        at += segment.duration_s
    if any(segment.key is not None or segment.init is not None for segment, _ in wanted):
        raise BadMedia("subtitle_encrypted")
    if len(wanted) > _MAX_SEGMENTS:
        raise BadMedia("subtitle_pieces")
    clock = _Clock(zero_s)
    parts, left = [], _MAX_BYTES
    for segment, begins_s in wanted:
        data, _ = fetch(segment.url, segment.byte_range)
        left -= len(data)
        if left < 0:
            raise BadMedia("subtitle_size")
        parts.append((data, clock.shift_at(begins_s)))
    return read_segments(parts)


class _Clock:
    """How far cues are moved (RFC 8216, section 3.5). Without a map they count from the beginning of the presentation."""

    def __init__(self, zero_s: float | None) -> None:
        self._zero_s = zero_s

    def shift_at(self, begins_s: float) -> Callable[[TimestampMap | None], float]:
        def shift(told: TimestampMap | None) -> float:
            if told is None or self._zero_s is None:
                return 0.0
            away_s = told.mpegts / CLOCK - self._zero_s
            # The clock counts 33 bits: the turn that is meant is the one nearest to where the segment lies.
            turns = round((begins_s - away_s) / _TURN_S) if abs(begins_s - away_s) > _TURN_S / 2 else 0
            return away_s + turns * _TURN_S - told.local_s

        return shift
