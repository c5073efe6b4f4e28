"""Who asks, and what a web page is not told and may not ask: decided here, once, for all faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .jobs.errors import NotAllowed
from .jobs.job import Job
from .protocol.methods import METHODS
from .protocol.settings import Settings
from .system.clock import Clock

PAGE_SETTINGS = frozenset(("output",))
"""The settings that a page is told; it changes none. A new setting is hidden until it is named here."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``page``: through the browser extension, so in the end some web page; ``person``: a client of their own."""

    kind: Literal["page", "person"]
    name: str


class PrivateOrigins:
    """Origins on this computer that pages may be clipped from for a while (``clipferry demo``)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def allow(self, origin: str, seconds: float) -> None:
        self._until[origin] = self._clock.monotonic() + seconds

    def now(self) -> frozenset[str]:
        return frozenset(origin for origin, until in self._until.items() if until > self._clock.monotonic())


def check(method: str, caller: Caller) -> None:
    """Raises ``NotAllowed`` unless the method table lets ``caller`` call ``method``."""
    if caller.kind == "page" and not METHODS[method].page:
        raise NotAllowed


def check_change(job: Job, caller: Caller) -> None:
    """Raises ``NotAllowed`` where ``caller`` may not change ``job``: a page only what nobody but pages asked for."""
    if caller.kind == "page" and not job.from_page:
        raise NotAllowed


def for_page(settings: Settings) -> Settings:
    """``settings`` as a page sees them: all others at their defaults."""
    return Settings(**{name: getattr(settings, name) for name in PAGE_SETTINGS})
