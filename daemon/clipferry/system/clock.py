"""The clock as an argument: the real one, and the protocol that fakes in tests implement."""

from __future__ import annotations

import sys
import time
from typing import Protocol


class Clock(Protocol):
    """Three time sources, all in seconds.

    Deadlines are kept in ``monotonic`` time, so that a person (or NTP) who sets the clock neither fires nor loses one.
    ``now`` is only for what is shown and stored.
    """

    def now(self) -> float:
        """Unix time."""
        ...

    def monotonic(self) -> float:
        """Monotonic; stands still while the machine sleeps."""
        ...

    def awake_and_asleep(self) -> float:
        """Like ``monotonic``, but sleep counts: where it runs ahead of ``monotonic``, the machine has slept."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def awake_and_asleep(self) -> float:
        # CLOCK_BOOTTIME counts suspend (clock_gettime(2)); elsewhere CLOCK_MONOTONIC is the nearest thing there is.
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()
