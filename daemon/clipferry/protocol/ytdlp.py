"""The yt-dlp version in use, and its updates."""

from __future__ import annotations

from .base import (
    Message,
    Sentence,
    Word,
)


class EngineInfo(Message):
    """The yt-dlp version in use. A person's own clients only, as all of ``engine.*``."""

    version: Word
    installed: bool
    """It is the one that was installed with clipferry; otherwise one that came by an update and can be gone back from."""
    offer: Word | None = None
    """A newer version, as far as is known."""
    checked_at: float | None = None
    """When the package index last answered; Unix time, seconds."""
    under_way: bool = False
    """It is being updated right now."""
    note: Sentence | None = None
    """What happened by itself and should be known, in a sentence; such as a version that had to go again."""


class EngineUpdateParams(Message):
    """Take the newest yt-dlp into use, after a trial. May take some minutes."""

    check_only: bool = False
    """Only ask what there is."""
    nightly: bool | None = None
    """Also one that is made each night; ``None``: as set."""
