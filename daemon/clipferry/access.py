"""Who asks, and what a web page is not told and may not ask: decided here, once, for all faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .jobs.errors import NotAllowed
from .protocol import Settings
from .system.clock import Clock

PERSON_ONLY = frozenset(("daemon.stop", "private.allow", "engine.get", "engine.update", "engine.rollback"))
_PRIVATE_SETTINGS = ("downloads_dir", "network", "ffmpeg", "updates", "update_channel")
"""What a page neither sees nor changes: paths, where our traffic goes, and which programs we run."""


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


def for_page(settings: Settings) -> Settings:
    """``settings`` as a page sees them."""
    blank = Settings()
    return settings.model_copy(update={name: getattr(blank, name) for name in _PRIVATE_SETTINGS})


def from_page(wanted: Settings, current: Settings) -> Settings:
    """What holds when a page asks for ``wanted``: its wish, and the private part as it is.

    Raises:
        NotAllowed: it asks for something else in the private part.
    """
    blank = Settings()
    kept = {name: getattr(current, name) for name in _PRIVATE_SETTINGS}
    if any(getattr(wanted, name) not in (getattr(blank, name), kept[name]) for name in _PRIVATE_SETTINGS):
        raise NotAllowed
    return wanted.model_copy(update=kept)
