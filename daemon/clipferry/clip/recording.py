"""State of the recording of a running broadcast: how much there is, and where it ends after a stop or at a limit.

Every source of the recording (video and audio may be separate) calls ``may_take`` for each segment. Once the recording is
stopped, all of them end at one time: the latest up to which all have whole segments.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..system.byte_size import byte_size
from .model import Ended
from .timecode import format_time

MAX_S = 6 * 3600.0
MAX_BYTES = 20_000_000_000
"""Defaults: a forgotten recording must not fill the disk."""
_EDGE_S = 0.0005
_LAST_S = 4.0
"""How long a source that is behind the other may still wait for its last segments."""


@dataclass(frozen=True, slots=True)
class RecordingLimits:
    """Where a recording ends by itself: seconds of the broadcast, bytes of its segments."""

    max_s: float = MAX_S
    max_bytes: int = MAX_BYTES


@dataclass(slots=True, eq=False)
class Track:
    """One source. Times are the playlist's own, in seconds."""

    whole_until_s: Callable[[], float]
    """Up to which time all segments after the last one taken are available."""
    follows: bool
    """Separate audio: its last segment may reach past the end, and is cut there."""
    taken_s: float = 0.0


@dataclass(slots=True, eq=False)
class Recording:
    """The recording of one clip of a running broadcast; thread-safe."""

    limits: RecordingLimits = RecordingLimits()
    running: bool = False
    """A broadcast to record was found."""
    on_progress: Callable[[float, int], None] = lambda _seconds, _bytes: None
    on_alive: Callable[[], None] = lambda: None
    """Called now and then while waiting for the next segment, so that the wait is not taken for a hang."""
    size_bytes: int = 0
    """Of the segments that were taken."""
    _stop: Ended | None = None
    _over: Ended | None = None
    _start_s: float = 0.0
    _most_s: float = 0.0
    _tracks: list[Track] = field(default_factory=list)
    _end_s: float | None = None
    _wait_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, start_s: float, end_s: float | None) -> float:
        """Begin at ``start_s``; return the latest end: the requested one or that of the limit."""
        asked_s = math.inf if end_s is None else end_s - start_s
        self._start_s, self._most_s = start_s, min(asked_s, self.limits.max_s)
        self.running = True
        return start_s + self._most_s

    def stop(self, why: Ended) -> None:
        """Take no more segments. The first reason counts. Without a lock, since a signal handler may call it."""
        if self._stop is None:
            self._stop = why

    def tell(self) -> None:
        """Report the progress."""
        self.on_progress(self.seconds, self.size_bytes)

    def over(self, why: Ended) -> None:
        """Record that the broadcast has no more segments."""
        self._over = self._over or why

    @property
    def stopped(self) -> bool:
        return self._stop is not None

    @property
    def ended(self) -> Ended | None:
        return self._stop or self._over

    @property
    def seconds(self) -> float:
        """How much has been recorded of all tracks."""
        taken_s = min((track.taken_s for track in self._tracks), default=0.0)
        return min(max(0.0, taken_s - self._start_s), self._most_s)

    # For the sources -------------------------------------------------------------------------------------------------

    def join(self, track: Track) -> None:
        with self._lock:
            self._tracks.append(track)

    def end_s(self) -> float | None:
        """Return where a stopped recording ends; ``None``: it is running."""
        with self._lock:
            return self._settled() if self._stop is not None else None

    def may_take(self, track: Track, start_s: float, end_s: float, size_bytes: int) -> bool:
        """Return whether the segment ``[start_s, end_s)`` belongs to the recording, and count it if so."""
        with self._lock:
            new = end_s > track.taken_s  # otherwise it was taken before
            if new and self.size_bytes and self.size_bytes + size_bytes > self.limits.max_bytes:
                self.stop(Ended.SIZE)
            if self._stop is not None and not self._belongs(track, start_s, end_s):
                return False
            if new:
                track.taken_s = end_s
                self.size_bytes += size_bytes
        self.tell()
        return True

    def worth_waiting(self, track: Track, start_s: float, end_s: float) -> bool:
        """Return whether to wait for a segment that is not available yet: while the recording runs, and briefly after a stop if the
        other track has more."""
        if self._stop is None:
            return True
        with self._lock:
            return self._belongs(track, start_s, end_s) and time.monotonic() < self._wait_until

    def _belongs(self, track: Track, start_s: float, end_s: float) -> bool:
        limit_s = self._settled()
        return start_s < limit_s - _EDGE_S if track.follows else end_s <= limit_s + _EDGE_S

    def _settled(self) -> float:
        if self._end_s is None:
            taken_s = max((track.taken_s for track in self._tracks), default=0.0)
            whole_s = min((track.whole_until_s() for track in self._tracks), default=0.0)
            # Beyond a limit of size nothing is taken even if it is available.
            self._end_s = taken_s if self._stop is Ended.SIZE else max(taken_s, whole_s)
            self._wait_until = time.monotonic() + _LAST_S
        return self._end_s


def note(ended: Ended | None, limits: RecordingLimits) -> str | None:
    """Return the sentence for the person if the recording ended by itself."""
    match ended:
        case Ended.LENGTH:
            length = format_time(limits.max_s, millis=limits.max_s % 1 != 0)
            return f"The recording ended at its limit of {length}. The settings say how long one may be."
        case Ended.SIZE:
            return f"The recording ended at its limit of {byte_size(limits.max_bytes)}. The settings say how large one may be."
        case Ended.DISK:
            return "The recording ended because the disk is nearly full."
        case Ended.SILENT:
            return "The recording ended because the broadcast had come to a standstill."
        case Ended.LOST:
            return "The recording ended here because the site no longer offers what came next."
        case _:
            return None
