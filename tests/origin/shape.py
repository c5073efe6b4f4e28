"""How the network behaves between faults: latency, a shared link, and YouTube's throttle."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Shape:
    """Rates are bytes per second; ``None``: as fast as the machine."""

    latency_s: float = 0.0
    """Before every answer."""
    link_bps: int | None = None
    """All connections together."""
    throttle: bool = True
    """Whether googlevideo slows long answers down at all."""
    throttle_over: int = 10 * 1024 * 1024
    """Answers longer than this are slowed …"""
    throttle_free: int = 1024 * 1024
    """… after this many bytes …"""
    throttle_bps: int = 100_000
    """… to this."""
    _link_free_at: float = field(default=0.0, repr=False)

    def slows(self, length: int) -> bool:
        """Whether an answer of ``length`` bytes from a throttling server is slowed."""
        return self.throttle and length > self.throttle_over

    async def pace_link(self, size: int) -> None:
        """Wait for the turn of ``size`` bytes on the shared link."""
        if not self.link_bps:
            return
        now = time.monotonic()
        self._link_free_at = max(self._link_free_at, now) + size / self.link_bps
        await asyncio.sleep(max(0.0, self._link_free_at - now - 0.02))
