"""What jobs depend on around them: the way to the outside, the disk, the folder, and whether the machine has slept."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from ..clip.errors import ClipError
from ..clip.publish import check_folder, free_bytes
from ..system.clock import Clock
from .job import Wait
from .scheduler import has_space

_SLEPT_S = 2.0


class Surroundings:
    """Asked by the runner. ``downloads``: where clips go now."""

    def __init__(
        self, clock: Clock, cache_dir: Path, downloads: Callable[[], Path], has_proxy: Callable[[], bool]
    ) -> None:
        self._clock = clock
        self._cache_dir = cache_dir
        self._has_proxy = has_proxy
        self.downloads = downloads
        self._asleep_s = self._slept_s()

    def online(self) -> bool:
        """Whether any way leads outside: a proxy, or an interface other than loopback that is up and has an address."""
        if self._has_proxy():
            return True
        with contextlib.suppress(OSError):
            stats: Mapping[str, psutil._common.snicstats] = psutil.net_if_stats()
            return any(
                stat.isup and not _loopback(name) and psutil.net_if_addrs().get(name) for name, stat in stats.items()
            )
        return True

    def ready(self, reason: Wait | None) -> bool:
        """Whether what a job waits for is there again. Blocking where a disk is slow."""
        try:
            if reason is Wait.FOLDER:
                check_folder(self.downloads())
            elif reason is Wait.DISK_FULL:
                places = [self._cache_dir, *([self.downloads()] if self.downloads().is_dir() else [])]
                return all(has_space(free_bytes(place), None) for place in places)
            elif reason is Wait.NETWORK:
                return self.online()
        except ClipError:
            return False
        return True

    def woke_up(self) -> bool:
        """Whether the machine has slept since this was last asked."""
        asleep_s = self._slept_s()
        slept, self._asleep_s = asleep_s - self._asleep_s > _SLEPT_S, asleep_s
        return slept

    def _slept_s(self) -> float:
        return self._clock.awake_and_asleep() - self._clock.monotonic()


def _loopback(name: str) -> bool:
    return name.startswith("lo") or (os.name == "nt" and "Loopback" in name)
