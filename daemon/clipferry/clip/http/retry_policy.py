"""Retry policy and connection count. Values and pure rules; clock and randomness are arguments."""

from __future__ import annotations

import email.utils
from typing import NamedTuple

from ...system.backoff import backoff_s


class RetryPolicy(NamedTuple):
    """Limits for one source. Seconds."""

    connect_s: float = 15.0
    stall_s: float = 20.0
    """Without a byte for this long, the connection is dropped and taken up again at the same byte."""
    slow_bps: float = 8 * 1024
    """Below this rate over ``stall_s`` a connection is tried again, a few times: another one may be quicker."""
    slow_tries: int = 2
    tries: int = 6
    """Consecutive failures, without a byte in between, after which the request fails."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 15.0
    longest_retry_after_s: float = 30.0
    """A longer ``Retry-After`` is not waited for here: the caller gets an error, and may do something else."""
    renewals: int = 3
    """Fresh addresses requested in a row, without a byte in between."""

    def wait_s(self, failures: int, chance: float) -> float:
        """Return how long to wait after ``failures`` ≥ 1 in a row: see ``backoff_s``."""
        return backoff_s(failures, self.first_wait_s, self.longest_wait_s, chance=chance)


def retry_after_s(value: str | None, now: float) -> float | None:
    """Return the wait that a ``Retry-After`` header names (RFC 9110, section 10.2.3), at most a day; ``None``: nothing usable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), 86400))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(moment.timestamp() - now, 0.0), 86400.0)


class ConcurrencyController:
    """Choose the number of connections: begins with two, adds one while the total rate grows, steps back on trouble."""

    def __init__(self, most: int = 4) -> None:
        self.limit = min(2, most)
        self._most = most
        self._best = 0.0
        self._bytes = 0
        self._since: float | None = None

    def moved(self, count: int, now: float) -> None:
        """``count`` bytes came; judged once a second and a half."""
        if self._since is None:
            self._since = now
        self._bytes += count
        took = now - self._since
        if took < 1.5:
            return
        rate = self._bytes / took
        if rate > self._best * 1.15:
            self.limit = min(self._most, self.limit + 1)
        self._best = max(self._best, rate)
        self._bytes, self._since = 0, now

    def trouble(self) -> None:
        self.limit = max(1, self.limit - 1)
        self._best, self._bytes, self._since = 0.0, 0, None
