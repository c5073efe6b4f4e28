"""Timed text as XML (TTML, also called DFXP): when each paragraph is shown, and its words. Pure.

w3.org/TR/ttml2: paragraphs (8.1.5), times (12.3.1: clock and offset expressions), rates (7.2: ``ttp:frameRate``,
``ttp:frameRateMultiplier``, ``ttp:tickRate``). A time inside counts from the beginning of what it lies in (12.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from ..errors import BadMedia

_CLOCK = re.compile(r"(\d{2,4}):(\d{2}):(\d{2})(?:(\.\d{1,9})|:(\d{2,4})(?:\.\d+)?)?", re.ASCII)
_OFFSET = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|f|t)", re.ASCII)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_TIMES = frozenset(("begin", "end", "dur"))
_DEEPEST = 64
_FOREVER_S = 360_000.0
"""The end of what has none, unless what it lies in ends: a hundred hours."""


@dataclass(frozen=True, slots=True)
class _Rates:
    """Seconds of one frame and of one tick."""

    frame_s: float = 1 / 30
    tick_s: float = 1.0

    @classmethod
    def of(cls, attributes: dict[str, str]) -> _Rates:
        rate = float(attributes.get("frameRate", "30"))
        up, _, down = attributes.get("frameRateMultiplier", "1 1").partition(" ")
        rate *= float(up) / float(down or 1)
        tick = float(attributes.get("tickRate", "0")) or (rate if "frameRate" in attributes else 1.0)
        return cls(1 / rate, 1 / tick)

    def seconds(self, text: str) -> float:
        """Return a time expression. Raises ``ValueError``."""
        if (clock := _CLOCK.fullmatch(text)) is not None:
            h, m, s, fraction, frames = clock.groups()
            return int(h) * 3600 + int(m) * 60 + int(s) + float(fraction or 0) + int(frames or 0) * self.frame_s
        if (offset := _OFFSET.fullmatch(text)) is None:
            raise ValueError(text)
        unit = {"f": self.frame_s, "t": self.tick_s}.get(offset[2]) or _UNITS[offset[2]]
        return float(offset[1]) * unit


@dataclass(frozen=True, slots=True)
class _Span:
    """When an element is shown."""

    start_s: float = 0.0
    end_s: float = _FOREVER_S

    def within(self, attributes: dict[str, str], rates: _Rates) -> _Span:
        if not _TIMES & attributes.keys():
            return self
        start_s = self.start_s + (rates.seconds(attributes["begin"]) if "begin" in attributes else 0.0)
        ends = [self.end_s]
        if "end" in attributes:
            ends.append(self.start_s + rates.seconds(attributes["end"]))
        if "dur" in attributes:
            ends.append(start_s + rates.seconds(attributes["dur"]))
        return _Span(start_s, min(ends))


class _Reader:
    """Follows the elements; what is read lies in ``told``."""

    def __init__(self) -> None:
        self.told: list[tuple[float, float, str]] = []
        self.is_ttml = False
        self._rates = _Rates()
        self._spans = [_Span()]
        self._paragraph: int | None = None
        """How deep the paragraph in hand lies."""
        self._words: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        own = {key.rpartition(" ")[2]: value.strip() for key, value in attributes.items()}
        local = name.rpartition(" ")[2]
        if len(self._spans) == 1:
            self.is_ttml = local == "tt"
            self._rates = _Rates.of(own)
        if len(self._spans) > _DEEPEST:
            raise ValueError("too deep")
        self._spans.append(self._spans[-1].within(own, self._rates))
        if local == "p" and self._paragraph is None:
            self._paragraph, self._words = len(self._spans), []
        elif local == "br":
            self._words.append("\n")

    def end(self, _: str) -> None:
        if self._paragraph == len(self._spans):
            self._paragraph = None
            lines = (" ".join(line.split()) for line in "".join(self._words).split("\n"))
            text = "\n".join(line for line in lines if line)
            span = self._spans[-1]
            if text and 0 <= span.start_s < span.end_s < _FOREVER_S:
                self.told.append((span.start_s, span.end_s, text))
        self._spans.pop()

    def said(self, text: str) -> None:
        if self._paragraph is not None:
            # A line break in the file is a space; only <br/> begins a line.
            self._words.append(text.replace("\n", " "))


def read_ttml(data: bytes) -> Iterator[tuple[float, float, str]]:
    """Return start and end in seconds, and words, of each paragraph, in the file's order.

    Raises:
        BadMedia: it is none.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.said
    # No document type: with it go entities that grow without bounds and files from elsewhere.
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, ZeroDivisionError, OverflowError, LookupError) as exc:
        raise BadMedia("no_subtitle", detail=str(exc)) from exc
    if not reader.is_ttml:
        raise BadMedia("no_subtitle")
    return iter(reader.told)


def _refuse(*_: object) -> None:
    raise ValueError("a document type")
