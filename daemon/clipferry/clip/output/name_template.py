"""A pattern for file names, filled: what belongs to an empty field goes with it, what stands in a value stays. Pure."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "«": "»", "【": "】", "（": "）"}  # noqa: RUF001 - as people write them
_SEPARATOR = re.compile(r"[\s\-_–—,.;:·•|/\\~+&#=]")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class _Piece:
    """A character of the pattern, a field's value, or brackets with all that is in them."""

    text: str
    field: bool = False
    """A field, or brackets that hold one."""
    brackets: bool = False

    @property
    def empty(self) -> bool:
        return self.field and not self.text

    @property
    def separates(self) -> bool:
        return not self.field and _SEPARATOR.fullmatch(self.text) is not None


def fill(template: str, values: Mapping[str, str]) -> str:
    """``template`` with ``values`` for the fields in braces.

    An empty value takes along the brackets around it, the word that it is joined to (``{height}p``), the words that lead to it
    (``by {uploader}``) and one of the separators beside it. Brackets and separators inside of a value are the title's own.
    """
    pieces: list[_Piece] = []
    for literal, field, _, _ in string.Formatter().parse(template):
        pieces += map(_Piece, literal)
        if field is not None:
            pieces.append(_Piece(values[field], field=True))
    return _joined(_bracketed(pieces))


def _bracketed(pieces: Iterable[_Piece]) -> list[_Piece]:
    """``pieces`` with each pair of brackets, the innermost first, made one piece."""
    levels: list[list[_Piece]] = [[]]
    for piece in pieces:
        if not piece.field and piece.text in _BRACKETS:
            levels.append([piece])
        elif len(levels) > 1 and not piece.field and piece.text == _BRACKETS[levels[-1][0].text]:
            opening, *inner = levels.pop()
            text, has_field = _joined(inner), any(one.field for one in inner)
            gone = has_field and all(one.empty for one in inner if one.field)
            levels[-1].append(_Piece("" if gone else f"{opening.text}{text}{piece.text}", has_field, True))
        else:
            levels[-1].append(piece)
    return list(itertools.chain.from_iterable(levels))  # brackets that nobody closed are characters


def _joined(pieces: Iterable[_Piece]) -> str:
    units: list[list[_Piece]] = []
    separators: list[str] = []
    """One in front of each unit; the last one is behind them all."""
    for separates, run in itertools.groupby(pieces, key=lambda piece: piece.separates):
        if separates:
            separators.append("".join(piece.text for piece in run))
        else:
            separators += [""] * (len(units) + 1 - len(separators))
            units.append(list(run))
    separators += [""] * (len(units) + 1 - len(separators))
    gone = _gone(units, separators)
    text = separators[0] if units and not gone[0] else "" if units else "".join(separators)
    between: str | None = None
    for place, unit in enumerate(units):
        if gone[place]:
            if between is not None and not between.strip():
                between = separators[place + 1] if place + 1 < len(units) else between
            continue
        text += (between or "") + "".join(piece.text for piece in unit)
        between = separators[place + 1]
    return text + (separators[-1] if units and not gone[-1] else "")


def _gone(units: list[list[_Piece]], separators: list[str]) -> list[bool]:
    """Which units go: those whose fields are all empty, and the bare words that only lead to one or follow it."""
    gone = [any(p.field for p in unit) and all(p.empty for p in unit if p.field) for unit in units]
    bare = [not any(p.field for p in unit) for unit in units]
    groups: list[list[int]] = []
    for place in range(len(units)):
        if place == 0 or separators[place].strip():
            groups.append([])
        groups[-1].append(place)
    for group in groups:
        named = [place for place in group if not bare[place]]
        if named and all(gone[place] and not _is_bracket(units[place]) for place in named):
            for place in group:
                gone[place] = True
        for place in named:
            before = place - 1
            while gone[place] and not _is_bracket(units[place]) and before in group and bare[before]:
                gone[before] = True
                before -= 1
    return gone


def _is_bracket(unit: list[_Piece]) -> bool:
    return len(unit) == 1 and unit[0].brackets
