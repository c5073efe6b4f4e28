"""Conditions of the host that jobs depend on: network, disk space, the downloads folder, and sleep of the machine."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

import psutil

from ..clip.disk.space import room_bytes
from ..clip.errors import ClipError
from ..clip.output.destination import check_folder
from ..system.clock import Clock
from .job import Wait

log = logging.getLogger(__name__)

_SLEPT_S = 2.0
_MORE_BYTES = 8 << 20
_ANYWAY_S = 300.0
"""A clip that needs more than there is would otherwise be begun every two seconds."""


class HostConditions:
    """Checks of the host's state. ``downloads``: returns the folder that clips go to now."""

    def __init__(
        self, clock: Clock, cache_dir: Path, downloads: Callable[[], Path], has_proxy: Callable[[], bool]
    ) -> None:
        self._clock = clock
        self._cache_dir = cache_dir
        self._has_proxy = has_proxy
        self.downloads = downloads
        self._asleep_s = self._slept_s()
        self._full: tuple[int, float] | None = None

    def online(self) -> bool:
        """Return whether the internet may be reachable: by a proxy, or an interface other than loopback that is up and has an address."""
        with contextlib.suppress(OSError, ClipError):  # unknown: the next try shows
            if self._has_proxy():
                return True
            addresses = psutil.net_if_addrs()
            return any(
                stat.isup and not _loopback(name) and bool(addresses.get(name))
                for name, stat in psutil.net_if_stats().items()
            )
        return True

    def ready(self, reason: Wait | None) -> bool:
        """Return whether what a job waits for is there again. Blocks where a disk is slow."""
        try:
            if reason is Wait.FOLDER:
                check_folder(self.downloads())
            elif reason is Wait.DISK_FULL:
                return self._has_more_space()
            elif reason is Wait.NETWORK:
                return self.online()
        except ClipError:
            return False
        except Exception:  # such as a folder whose path is invalid: its job waits, and the others go on
            log.exception("checking whether %s is there again failed", reason)
            return False
        return True

    def note_full(self) -> None:
        """Note that a job found too little space: it is retried when there is more, or after a while."""
        with contextlib.suppress(ClipError, OSError, ValueError, RuntimeError):
            self._full = (self._free_bytes(), self._clock.monotonic())

    def _has_more_space(self) -> bool:
        free = self._free_bytes()
        if free < 0 or self._full is None:
            return free >= 0
        free_then, then = self._full
        return free > free_then + _MORE_BYTES or self._clock.monotonic() > then + _ANYWAY_S

    def _free_bytes(self) -> int:
        folder = self.downloads()
        return min(room_bytes(place) for place in (self._cache_dir, folder) if place.is_dir())

    def woke_up(self) -> bool:
        """Return whether the machine has slept since the last call."""
        asleep_s = self._slept_s()
        slept, self._asleep_s = asleep_s - self._asleep_s > _SLEPT_S, asleep_s
        return slept

    def _slept_s(self) -> float:
        return self._clock.awake_and_asleep() - self._clock.monotonic()


def _loopback(name: str) -> bool:
    return name.startswith("lo") or (os.name == "nt" and "Loopback" in name)
