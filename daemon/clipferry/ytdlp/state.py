"""What is known about the versions of yt-dlp on this machine, and how that changes. Pure.

A version is written as PEP 440 normalises it (``2026.8.19``). ``None`` in its place: the one that was installed with clipferry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from packaging.version import InvalidVersion, Version

KEPT = 2
"""How many earlier versions stay on the disk to go back to; the installed one always does."""
_REFUSED = 20


@dataclass(frozen=True, slots=True)
class State:
    """Times are Unix seconds."""

    current: str | None = None
    earlier: tuple[str, ...] = ()
    """To go back to, newest first; after the last of them comes the installed one."""
    since: float | None = None
    """When ``current`` was taken into use."""
    refused: tuple[str, ...] = ()
    """Versions that failed here: not offered again."""
    newest: str | None = None
    """What the package index offered when it was last asked …"""
    checked_at: float | None = None
    """… and when that was."""
    note: str | None = None
    """The last thing that happened by itself and that the person is notified of, in a sentence."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Return the state as an older or a newer version may have written it: unknown fields are ignored, missing ones have defaults.

        Raises:
            TypeError | ValueError | AttributeError: a value is none that ``to_json`` makes.
        """
        known: dict[str, Any] = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        for name in ("earlier", "refused"):
            known[name] = tuple(known.get(name, ()))
        state = cls(**known)
        for version in (state.current, state.newest, *state.earlier, *state.refused):
            if version is not None:
                Version(version)
        if not all(isinstance(time, float | int | None) for time in (state.since, state.checked_at)):
            raise TypeError("times are numbers")
        return state


def is_newer(version: str, than: str) -> bool:
    """Whether ``version`` is later; one that cannot be read is not."""
    try:
        return Version(version) > Version(than)
    except InvalidVersion:
        return False


def same(version: str, other: str) -> bool:
    """``2026.08.19`` and ``2026.8.19`` are one version."""
    return not is_newer(version, other) and not is_newer(other, version)


def checked(state: State, newest: str, now: float) -> State:
    """The package index was asked and offers ``newest``."""
    return replace(state, newest=newest, checked_at=now)


def offer(state: State, in_use: str) -> str | None:
    """What can be updated to, as far as is known: newer than ``in_use`` and not one that failed here."""
    newest = state.newest
    return newest if newest and newest not in state.refused and is_newer(newest, in_use) else None


def taken(state: State, version: str, now: float) -> State:
    """``version`` is in use from now on."""
    before = [one for one in (state.current, *state.earlier) if one and one != version]
    return replace(state, current=version, earlier=tuple(before[:KEPT]), since=now, note=None)


def refused(state: State, version: str, note: str | None) -> State:
    """``version`` is not to be offered again."""
    rest = tuple(one for one in state.refused if one != version)
    return replace(state, refused=(version, *rest)[:_REFUSED], note=note)


def back(state: State, version: str, note: str | None) -> State:
    """Away from ``version``, which is not offered again; unchanged where it is not the current one."""
    if state.current != version:
        return state
    good = [one for one in state.earlier if one not in state.refused]
    return replace(
        refused(state, version, note), current=good[0] if good else None, earlier=tuple(good[1:]), since=None
    )


def needed(state: State) -> frozenset[str]:
    """The versions whose folders stay."""
    return frozenset(one for one in (state.current, *state.earlier) if one)
