"""What holds transfers back, across all sources of this process: the person's speed limit, and hosts that asked us to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Quota:
    """Bytes per second shared by all who draw on it: a bucket of one second."""

    def __init__(self, rate_bps: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = float(rate_bps)
        self._clock = clock
        self._free_at = clock()
        self._lock = threading.Lock()

    def wait_s(self, count: int) -> float:
        """Book ``count`` bytes; how long to wait before the next ones."""
        with self._lock:
            now = self._clock()
            self._free_at = max(self._free_at, now - 1.0) + count / self._rate
            return max(0.0, self._free_at - now)


_quotas: dict[int, Quota] = {}
_gates: dict[str, float] = {}


def quota_for(rate_bps: int | None) -> Quota | None:
    """The one that everything with the same limit shares."""
    return _quotas.setdefault(rate_bps, Quota(rate_bps)) if rate_bps else None


def share(rate_bps: int, quota: Quota) -> None:
    """From now on ``quota`` is the one for that limit: a limit that several processes keep together."""
    _quotas[rate_bps] = quota


def close_gate(host: str, wait_s: float) -> None:
    """Nothing is sent to ``host`` for so long."""
    _gates[host] = time.monotonic() + wait_s


def gate_wait_s(host: str) -> float:
    """How long until ``host`` may be asked again."""
    return max(0.0, _gates.get(host, 0.0) - time.monotonic())
