"""Helpers of the engine's tests: a source of the media matrix, the frames that a clip of it has to show, and a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from clipferry.clip.cut import LocalSource
from origin import media, verify

LENGTH_S = 14.0
HALF_MS = 0.0005
SOUND_FRAME_S = 1024 / 48000


@dataclass(frozen=True)
class Film:
    """A file of the matrix, with the time of each frame (0 is the first)."""

    path: Path
    pictures: tuple[tuple[float, int], ...]

    def source(self) -> LocalSource:
        return LocalSource(self.path)

    def wanted(self, start_s: float, end_s: float | None) -> list[int]:
        """The frame on screen at the start, and all that begin before the end."""
        first = max((at for at, _ in self.pictures if at <= start_s + HALF_MS), default=0.0)
        return [number for at, number in self.pictures if at >= first and (end_s is None or at < end_s - HALF_MS)]

    def steps(self, numbers: Sequence[int]) -> list[float]:
        """When each frame shows after the first of them."""
        times = [at for at, number in self.pictures if numbers[0] <= number <= numbers[-1]]
        return [at - times[0] for at in times]


@cache
def film(picture: str | media.Picture, pack: media.Pack, sound: str | None, start_s: float = 0.0) -> Film:
    recipe = media.recipe(
        picture if isinstance(picture, str) else None, pack, seconds=LENGTH_S, sound=sound, start_s=start_s
    )
    path = media.make(recipe if isinstance(picture, str) else replace(recipe, picture=picture))
    seen = verify.pictures(path).seen
    begin_s = seen[0][0]
    return Film(path, tuple((round(at - begin_s, 6), number) for at, number in seen if number is not None))


def differences(clip: Path, of: Film, start_s: float, end_s: float | None, *, edit_lists: bool = True) -> list[str]:
    """Return how ``clip`` differs from exactly ``[start_s, end_s)``, frame by frame; empty: not at all."""
    wanted = of.wanted(start_s, end_s)
    shown = verify.pictures(clip, edit_lists=edit_lists)
    said = []
    if shown.decode_errors:
        said.append(f"{shown.decode_errors} decode errors")
    if shown.numbers != wanted:
        said.append(f"shows {_brief(shown.numbers)}, wanted {_brief(wanted)}")
    else:
        begin_s = shown.seen[0][0]
        drift_s = max(abs(at - begin_s - due) for (at, _), due in zip(shown.seen, of.steps(wanted), strict=True))
        if drift_s > 0.0021:  # Matroska's millisecond, rounded twice
            said.append(f"a picture is {drift_s * 1000:.1f} ms off its time")
    return said


def _brief(numbers: Sequence[int | None]) -> str:
    return f"{len(numbers)} pictures {list(numbers[:3])}…{list(numbers[-3:])}"
