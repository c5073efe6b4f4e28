"""A failed run's error as data. Without pydantic: workers, which report it, do not load that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..clip.error_texts import Param
from ..clip.errors import ClipError


@dataclass(frozen=True, slots=True)
class Failure:
    """A ``ClipError`` as data: what the store keeps and what crosses from a worker."""

    code: str
    sentence: str
    hint: str
    detail: str = ""
    retry_after_s: float | None = None
    site: str | None = None
    """The site that failed, where the link belongs to another one and only leads there."""
    reason: str = ""
    """Which case of ``code`` it is; empty also where an older version stored it."""
    params: Mapping[str, Param] = field(default_factory=dict)
    """What the texts of the case have placeholders for."""
    advice: str = ""
    """Key of what is said instead of the error's own hint, or after it; see ``jobs.policy.scheduler.waiting_hint``."""

    @classmethod
    def of(cls, error: ClipError) -> Failure:
        return cls(**error.to_fields())
