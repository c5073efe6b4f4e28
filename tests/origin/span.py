"""Which bytes of a resource an answer carries (RFC 9110, 14). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``first`` … ``last`` (the byte after) of a resource of ``whole`` bytes; ``status`` 200, 206 or 416."""

    status: int
    first: int
    last: int
    whole: int

    @property
    def length(self) -> int:
        return self.last - self.first

    @property
    def content_range(self) -> str | None:
        """The value of Content-Range; ``None`` where there is none."""
        if self.status == 416:
            return f"bytes */{self.whole}"
        return f"bytes {self.first}-{self.last - 1}/{self.whole}" if self.status == 206 else None

    def holds(self, byte: int) -> bool:
        return self.first <= byte < self.last

    def shifted(self, by: int) -> Span:
        """As long, ``by`` bytes later, but not past the end: what a server gives that answers another range than was asked."""
        first = min(self.first + by, self.whole - 1)
        return replace(self, first=first, last=min(max(self.last + by, first + 1), self.whole))


def span_of(whole: int, status: int, asked: str | None) -> Span:
    """The answer to the Range header ``asked`` (``None``: none, or not honoured). Several ranges at once get the whole."""
    everything = Span(status, 0, whole, whole)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", (asked or "").strip())
    if not found or status != 200:
        return everything
    left, right = found.groups()
    if not left:
        if not right:
            return everything
        return Span(206, max(0, whole - int(right)), whole, whole) if int(right) and whole else Span(416, 0, 0, whole)
    first = int(left)
    last = min(int(right) + 1, whole) if right else whole
    if first >= whole:
        return Span(416, 0, 0, whole)
    return Span(206, first, last, whole) if last > first else everything
