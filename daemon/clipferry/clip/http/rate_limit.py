"""Limits on transfers across all sources of this process: the speed limit of the settings, and hosts' ``Retry-After``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Quota:
    """Token bucket of one second, shared by all its users."""

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
    """Return the bucket shared by all with the same limit."""
    return _quotas.setdefault(rate_bps, Quota(rate_bps)) if rate_bps else None


def share(rate_bps: int, quota: Quota) -> None:
    """Use ``quota`` for that limit from now on: one that several processes share."""
    _quotas[rate_bps] = quota


def close_gate(host: str, wait_s: float) -> None:
    """Nothing is sent to ``host`` for this long."""
    _gates[host] = time.monotonic() + wait_s


def gate_wait_s(host: str) -> float:
    """Return how long until ``host`` may be requested again."""
    return max(0.0, _gates.get(host, 0.0) - time.monotonic())
