"""A failed run's error as data. Without pydantic: workers, which report it, do not load that."""

from __future__ import annotations

from dataclasses import dataclass

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

    @classmethod
    def of(cls, error: ClipError) -> Failure:
        retry_after_s = getattr(error, "retry_after_s", None)
        return cls(error.code, error.sentence, error.hint, error.detail, retry_after_s, error.site)
