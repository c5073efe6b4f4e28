"""How far a clip is, told as one fraction that never falls, from bytes that arrive and pictures that are written."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from .model import Progress, ProgressHook, Stage

_SHARES = {
    Stage.RESOLVING: (0.0, 0.05),
    Stage.FETCHING: (0.05, 0.90),
    Stage.CUTTING: (0.05, 0.90),
    Stage.PROVING: (0.90, 0.97),
    Stage.PUBLISHING: (0.97, 1.0),
}
"""Which part of the whole each stage is; fetching and cutting go on at the same time and share theirs."""
_WINDOW_S = 3.0
_PAUSE_S = 0.05
"""Between two reports of one stage: more often is of no use to anybody."""


class ProgressMeter:
    """Counts for one job; any thread may report."""

    def __init__(self, hook: ProgressHook, *, now: Callable[[], float] = time.monotonic) -> None:
        self._hook = hook
        self._now = now
        self._lock = threading.Lock()
        self._stage = Stage.RESOLVING
        self._highest = 0.0
        self._total: int | None = None
        self._done = 0
        self._written = 0.0
        self._looked_at = 0.0
        self._told_at = -1.0
        self._recent: deque[tuple[float, int]] = deque()
        self._began = now()
        self._recorded: tuple[float, int] | None = None

    @property
    def done_bytes(self) -> int:
        return self._done

    def stage(self, stage: Stage) -> None:
        """The job goes on to ``stage``."""
        with self._lock:
            self._stage = stage
            self._tell(at_once=True)

    def expect(self, total_bytes: int | None) -> None:
        """How many bytes will be fetched, as far as that can be told."""
        with self._lock:
            self._total = total_bytes or None

    def bytes(self, count: int) -> None:
        """``count`` more bytes have come from the network."""
        with self._lock:
            self._done += count
            self._recent.append((self._now(), count))
            self._tell()

    def recorded(self, seconds: float, size_bytes: int) -> None:
        """So much of a running broadcast is there; how much will come, nobody knows."""
        with self._lock:
            self._recorded = (seconds, size_bytes)
            self._tell()

    def proved(self, fraction: float) -> None:
        """So much of the finished file has been looked at."""
        with self._lock:
            self._looked_at = fraction
            self._tell()

    def written(self, fraction: float) -> None:
        """So much of the clip's time is in the file."""
        with self._lock:
            if self._stage is Stage.FETCHING and self._total is not None and self._done >= 0.98 * self._total:
                self._stage = Stage.CUTTING
            self._written = max(self._written, min(fraction, 1.0))
            self._tell()

    def _tell(self, *, at_once: bool = False) -> None:
        now = self._now()
        if not at_once and now - self._told_at < _PAUSE_S:
            return
        self._told_at = now
        low, high = _SHARES[self._stage]
        if self._stage in (Stage.FETCHING, Stage.CUTTING):
            fetched = min(self._done / self._total, 1.0) if self._total else self._written
            part = 0.6 * fetched + 0.4 * self._written
        else:
            part = self._looked_at if self._stage is Stage.PROVING else 0.0
        self._highest = max(self._highest, low + (high - low) * part)
        speed = self._speed(now)
        self._hook(
            Progress(
                self._stage,
                round(self._highest, 4),
                self._done,
                max(self._total, self._done) if self._total else None,
                speed,
                self._left(now, speed),
                *(self._recorded or ()),
            )
        )

    def _speed(self, now: float) -> float | None:
        while self._recent and self._recent[0][0] < now - _WINDOW_S:
            self._recent.popleft()
        span = now - self._recent[0][0] if self._recent else 0.0
        return sum(count for _, count in self._recent) / span if span > 0.2 else None

    def _left(self, now: float, speed: float | None) -> float | None:
        """Seconds to go: by the network while that is the slower one, else by the pace so far."""
        if self._stage not in (Stage.FETCHING, Stage.CUTTING) or self._highest <= 0.08 or self._recorded is not None:
            return None
        by_pace = (now - self._began) * (1 - self._highest) / self._highest
        if speed and self._total and self._total > self._done:
            return max((self._total - self._done) / speed, by_pace if self._stage is Stage.CUTTING else 0.0)
        return by_pace
