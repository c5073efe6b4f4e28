"""Recording a running broadcast: how far it is, and where it ends when somebody, or a limit, says so.

Every source of the recording (picture and sound may come apart) asks for each segment whether it may be taken. Once the
recording is stopped, all of them end at one time: the latest up to which all have whole segments.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .model import Ended
from .timecode import format_time

MAX_S = 6 * 3600.0
MAX_BYTES = 20_000_000_000
"""Unless the person chose otherwise: a broadcast that is forgotten must not fill the disk."""
_EDGE_S = 0.0005
_LAST_S = 4.0
"""How long a source that is behind the other may still wait for what it lacks."""


@dataclass(frozen=True, slots=True)
class RecordingLimits:
    """Where a recording ends by itself: seconds of the broadcast, bytes of its segments."""

    max_s: float = MAX_S
    max_bytes: int = MAX_BYTES


@dataclass(slots=True, eq=False)
class Track:
    """One source. Times are the playlist's own, in seconds."""

    whole_until_s: Callable[[], float]
    """Up to where its segments are all here, from the last one taken on."""
    follows: bool
    """Sound beside pictures: its last segment may reach past the end, and is cut there."""
    taken_s: float = 0.0


@dataclass(slots=True, eq=False)
class Recording:
    """One clip of a broadcast that is running, from its beginning to whatever ends it. Any thread may ask and stop."""

    limits: RecordingLimits = RecordingLimits()
    running: bool = False
    """It has turned out that there is something to record."""
    on_progress: Callable[[float, int], None] = lambda _seconds, _bytes: None
    on_alive: Callable[[], None] = lambda: None
    """Told now and then while it waits for the broadcast to go on: that is no standstill."""
    size_bytes: int = 0
    """Of the segments that were taken."""
    _stop: Ended | None = None
    _over: Ended | None = None
    _start_s: float = 0.0
    _most_s: float = 0.0
    _tracks: list[Track] = field(default_factory=list)
    _end_s: float | None = None
    _patient_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, start_s: float, end_s: float | None) -> float:
        """There is a broadcast to record, from ``start_s`` on. Gives where it ends at the latest: where it was asked to, or where
        the limit is."""
        asked_s = math.inf if end_s is None else end_s - start_s
        self._start_s, self._most_s = start_s, min(asked_s, self.limits.max_s)
        self.running = True
        return start_s + self._most_s

    def stop(self, why: Ended) -> None:
        """Take no more. The first word counts; no lock, since a signal's handler may call it."""
        if self._stop is None:
            self._stop = why

    def tell(self) -> None:
        """How far it is."""
        self.on_progress(self.seconds, self.size_bytes)

    def over(self, why: Ended) -> None:
        """There is no more to take."""
        self._over = self._over or why

    @property
    def stopped(self) -> bool:
        return self._stop is not None

    @property
    def ended(self) -> Ended | None:
        return self._stop or self._over

    @property
    def seconds(self) -> float:
        """How much has been taken, of all tracks alike."""
        taken_s = min((track.taken_s for track in self._tracks), default=0.0)
        return min(max(0.0, taken_s - self._start_s), self._most_s)

    # For the sources -------------------------------------------------------------------------------------------------

    def join(self, track: Track) -> None:
        with self._lock:
            self._tracks.append(track)

    def end_s(self) -> float | None:
        """Where a recording that was stopped ends; ``None``: it goes on."""
        with self._lock:
            return self._settled() if self._stop is not None else None

    def may_take(self, track: Track, start_s: float, end_s: float, size_bytes: int) -> bool:
        """Whether the segment ``[start_s, end_s)`` belongs to the recording; it is counted then."""
        with self._lock:
            fresh = end_s > track.taken_s  # else a second look at what was taken before
            if fresh and self.size_bytes and self.size_bytes + size_bytes > self.limits.max_bytes:
                self.stop(Ended.SIZE)
            if self._stop is not None and not self._belongs(track, start_s, end_s):
                return False
            if fresh:
                track.taken_s = end_s
                self.size_bytes += size_bytes
        self.tell()
        return True

    def worth_waiting(self, track: Track, start_s: float, end_s: float) -> bool:
        """Whether a segment that is not here yet will be waited for: always while it runs, and for a moment at the end where
        the other track is farther."""
        if self._stop is None:
            return True
        with self._lock:
            return self._belongs(track, start_s, end_s) and time.monotonic() < self._patient_until

    def _belongs(self, track: Track, start_s: float, end_s: float) -> bool:
        limit_s = self._settled()
        return start_s < limit_s - _EDGE_S if track.follows else end_s <= limit_s + _EDGE_S

    def _settled(self) -> float:
        if self._end_s is None:
            taken_s = max((track.taken_s for track in self._tracks), default=0.0)
            whole_s = min((track.whole_until_s() for track in self._tracks), default=0.0)
            # What lies beyond a limit of size is not taken even where it is here.
            self._end_s = taken_s if self._stop is Ended.SIZE else max(taken_s, whole_s)
            self._patient_until = time.monotonic() + _LAST_S
        return self._end_s


def note(ended: Ended | None, limits: RecordingLimits) -> str | None:
    """What a person is told of a recording's end, where they did not ask for it."""
    match ended:
        case Ended.LENGTH:
            length = format_time(limits.max_s, millis=limits.max_s % 1 != 0)
            return f"The recording ended at its limit of {length}. The settings say how long one may be."
        case Ended.SIZE:
            return (
                f"The recording ended at its limit of {_size(limits.max_bytes)}. The settings say how large one may be."
            )
        case Ended.DISK:
            return "The recording ended because the disk is nearly full."
        case Ended.SILENT:
            return "The recording ended because the broadcast had come to a standstill."
        case Ended.LOST:
            return "The recording ended here because the site no longer offers what came next."
        case _:
            return None


def _size(count: int) -> str:
    return f"{count / 1e9:g} GB" if count >= 1e9 else f"{count / 1e6:g} MB"
