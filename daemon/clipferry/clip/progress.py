"""Measure the progress of a clip as one fraction that never decreases, from bytes fetched and clip time written."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from .model import Progress, ProgressHook, Stage, Step

_SHARES = {
    Stage.RESOLVING: (0.0, 0.05),
    Stage.FETCHING: (0.05, 0.90),
    Stage.CUTTING: (0.05, 0.90),
    Stage.PROVING: (0.90, 0.97),
    Stage.PUBLISHING: (0.97, 1.0),
}
"""The range of the whole that each stage covers; fetching and cutting run at the same time and share theirs."""
_WINDOW_S = 3.0
_INTERVAL_S = 0.05
"""The least time between two reports of one stage."""


class ProgressMeter:
    """Progress of one clip; thread-safe."""

    def __init__(self, hook: ProgressHook = lambda _: None, *, now: Callable[[], float] = time.monotonic) -> None:
        self._hook = hook
        self._now = now
        self._lock = threading.Lock()
        self._stage = Stage.RESOLVING
        self._highest = 0.0
        self._total: int | None = None
        self._done = 0
        self._written = 0.0
        self._verified = 0.0
        self._reported_at = -1.0
        self._recent: deque[tuple[float, int]] = deque()
        self._began = now()
        self._recorded: tuple[float, int] | None = None
        self._step: Step | None = None

    @property
    def done_bytes(self) -> int:
        return self._done

    def stage(self, stage: Stage) -> None:
        """Enter ``stage``."""
        with self._lock:
            self._stage, self._step = stage, None
            self._report(at_once=True)

    def step(self, step: Step | None) -> None:
        """Set how the site is queried now; ``None``: as usual."""
        with self._lock:
            if step is not self._step:
                self._step = step
                self._report(at_once=True)

    def expect(self, total_bytes: int | None) -> None:
        """Set how many bytes will be fetched; ``None``: unknown."""
        with self._lock:
            self._total = total_bytes or None

    def bytes(self, count: int) -> None:
        """Add ``count`` bytes that came from the network."""
        with self._lock:
            self._done += count
            self._recent.append((self._now(), count))
            self._report()

    def recorded(self, seconds: float, size_bytes: int) -> None:
        """Set how much of a running broadcast has been recorded; its total is unknown."""
        with self._lock:
            self._recorded = (seconds, size_bytes)
            self._report()

    def proved(self, fraction: float) -> None:
        """Set which fraction of the finished file has been verified."""
        with self._lock:
            self._verified = fraction
            self._report()

    def written(self, fraction: float) -> None:
        """Set which fraction of the clip's time has been written to the file."""
        with self._lock:
            if self._stage is Stage.FETCHING and self._total is not None and self._done >= 0.98 * self._total:
                self._stage = Stage.CUTTING
            self._written = max(self._written, min(fraction, 1.0))
            self._report()

    def _report(self, *, at_once: bool = False) -> None:
        now = self._now()
        if not at_once and now - self._reported_at < _INTERVAL_S:
            return
        self._reported_at = now
        low, high = _SHARES[self._stage]
        if self._stage in (Stage.FETCHING, Stage.CUTTING):
            fetched = min(self._done / self._total, 1.0) if self._total else self._written
            part = 0.6 * fetched + 0.4 * self._written
        else:
            part = self._verified if self._stage is Stage.PROVING else 0.0
        self._highest = max(self._highest, low + (high - low) * part)
        speed = self._speed(now)
        recorded_s, recorded_bytes = self._recorded or (None, None)
        self._hook(
            Progress(
                self._stage,
                round(self._highest, 4),
                self._done,
                max(self._total, self._done) if self._total else None,
                speed,
                self._eta_s(now, speed),
                recorded_s=recorded_s,
                recorded_bytes=recorded_bytes,
                step=self._step,
            )
        )

    def _speed(self, now: float) -> float | None:
        while self._recent and self._recent[0][0] < now - _WINDOW_S:
            self._recent.popleft()
        span = now - self._recent[0][0] if self._recent else 0.0
        return sum(count for _, count in self._recent) / span if span > 0.2 else None

    def _eta_s(self, now: float, speed: float | None) -> float | None:
        """Return the seconds left: by the network while that is slower, else by the average speed so far."""
        if self._stage not in (Stage.FETCHING, Stage.CUTTING) or self._highest <= 0.08 or self._recorded is not None:
            return None
        by_average = (now - self._began) * (1 - self._highest) / self._highest
        if speed and self._total and self._total > self._done:
            return max((self._total - self._done) / speed, by_average if self._stage is Stage.CUTTING else 0.0)
        return by_average
