"""Principals and their rights: what a web page may call, change and read, for all transports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .jobs.errors import NotAllowed
from .jobs.job import Job
from .protocol.methods import METHODS
from .protocol.settings import Settings
from .system.clock import Clock

PAGE_SETTINGS = frozenset(("output",))
"""The settings that a page can read; it changes none. A new setting is hidden until it is listed here."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a caller is, as an ``Authenticator`` found out: whose jobs they have, and what they may do with them.

    A *page* calls through the browser extension, so in the end some web page does; a *person* through a client of their own.
    """

    owner: str
    rights: Literal["page", "person"]
    name: str
    """Of the client, for the log."""


class PrivateOrigins:
    """Origins on this computer that pages may be clipped from for a while (``clipferry demo``)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def allow(self, origin: str, seconds: float) -> None:
        self._until[origin] = self._clock.monotonic() + seconds

    def now(self) -> frozenset[str]:
        return frozenset(origin for origin, until in self._until.items() if until > self._clock.monotonic())


def check(method: str, caller: Principal) -> None:
    """Raise ``NotAllowed`` unless the method table lets ``caller`` call ``method``."""
    if caller.rights == "page" and not METHODS[method].page:
        raise NotAllowed


def check_change(job: Job, caller: Principal) -> None:
    """Raise ``NotAllowed`` where ``caller`` may not change ``job``: a page only changes jobs that none but pages ordered."""
    if caller.rights == "page" and not job.from_page:
        raise NotAllowed


def for_page(settings: Settings) -> Settings:
    """Return ``settings`` as a page can read them: all others at their defaults."""
    return Settings(**{name: getattr(settings, name) for name in PAGE_SETTINGS})
