"""What a person chose: ``protocol.Settings`` in one JSON file, replaced atomically, never a reason not to start.

The file may be a newer version's: what this one does not know in it (settings, and values of enumerations) stays there, until that very
setting is changed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from .protocol.settings import Settings
from .settings_check import POSSIBLE, problem_with, value_at
from .system.files import write_atomically

log = logging.getLogger(__name__)

_PREFIX = "CLIPFERRY_"
_LARGEST_BYTES = 1 << 20
_SHOWN_CHARS = 80
_MOST_NOTICES = 8
_CANNOT_BE_READ = "The settings could not be read, so the usual ones hold."


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings as far as they are good, and a sentence on every one that is not."""

    settings: Settings
    notices: tuple[str, ...] = ()
    damaged: bool = False
    """Something can be no version's."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """The file's content, without what is damaged."""


def load(path: Path) -> Loaded:
    """Read the settings file tolerantly: an invalid value is dropped alone, with a notice; the others hold."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError:
        return Loaded(Settings())
    except OSError as error:
        log.warning("the settings cannot be opened: %s", error)
        return Loaded(Settings(), (_CANNOT_BE_READ,), damaged=True)
    try:
        if len(raw) > _LARGEST_BYTES:
            raise ValueError("it is larger than settings can be")  # noqa: TRY301 - one place for what is no settings file
        found = json.loads(raw.decode("utf-8-sig"))
        if not isinstance(found, dict):
            raise TypeError("it is not an object")  # noqa: TRY301
    except (ValueError, TypeError, RecursionError) as error:
        log.warning("the settings are not readable: %s", error)
        return Loaded(Settings(), (_CANNOT_BE_READ,), damaged=True)
    return _good_ones(found)


class SettingsFile:
    """The settings as they are now. ``current`` is the file's content with the environment's overrides on top."""

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        """Read ``path``. ``notices`` names what does not count of it; where that is damaged, the file is kept beside as ``.damaged-…``."""
        self._path = path
        self._overrides = _overrides(env)
        self.damaged: Path | None = None
        loaded = load(path)
        self._content = loaded.content
        self._saved = loaded.settings
        if loaded.damaged:
            self._put_aside()
        merged = _good_ones(
            _deep(self._saved.model_dump(mode="json"), self._overrides), self._saved, "in the environment"
        )
        self.current = merged.settings
        self.notices = (*loaded.notices, *merged.notices)
        for notice in self.notices:
            log.warning("%s", notice)

    def replace(self, settings: Settings) -> Settings:
        """Keep ``settings``; gives what holds now, which differs where the environment overrides.

        Raises:
            OSError: it cannot be written; the old ones hold.
        """
        content = _changed(self._content, self._saved.model_dump(mode="json"), settings.model_dump(mode="json"))
        write_atomically(self._path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
        self._saved, self._content = settings, content
        self.current = _good_ones(_deep(settings.model_dump(mode="json"), self._overrides), settings).settings
        return self.current

    def _put_aside(self) -> None:
        """Keep the file as it was under another name, and leave what is good of it in its place: it is said once."""
        aside = self._path.with_name(f"{self._path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        try:
            shutil.copyfile(self._path, aside)
        except OSError as error:
            log.warning("the settings file could not be kept aside: %s", error)
        else:
            aside.chmod(0o600)
            self.damaged = aside
            with contextlib.suppress(OSError):
                self.replace(self._saved)


# Inside ---------------------------------------------------------------------------------------------------------------


def _good_ones(found: Mapping[str, Any], otherwise: Settings | None = None, where: str = "") -> Loaded:
    """Of plain data what makes settings; in the place of what does not, the value of ``otherwise``."""
    otherwise = otherwise or Settings()
    notices: list[str] = []
    unknown: list[str] = []
    kept, content, damaged = dict(found), dict(found), False
    while True:  # every turn takes at least one value out
        try:
            settings = Settings.model_validate(kept)
        except ValidationError as error:
            taken = False
            for problem in error.errors(include_url=False):
                path = _known_path(problem["loc"])
                if not _take_out(kept, path, otherwise):
                    continue
                taken = True
                if problem["type"] == "extra_forbidden" and not where:
                    unknown.append(".".join(path))
                    continue
                notices.append(_notice(path, where, problem["msg"]))
                if problem["type"] not in _NEWER_VALUE or not isinstance(problem["input"], str):
                    damaged = True
                    _take_out(content, path, otherwise)
            if not taken:
                return Loaded(otherwise, (_CANNOT_BE_READ,), damaged=True)
        else:
            break
    for path, check in POSSIBLE.items():
        value = value_at(settings, path)
        if value is not None and (wrong := problem_with(check, value)) is not None:
            _take_out(kept, path, otherwise)
            _take_out(content, path, otherwise)
            damaged = True
            notices.append(_notice(path, where, wrong[0]))
    if unknown:
        log.info("settings of a newer version are kept: %.1000r", unknown)
    shown = list(dict.fromkeys(notices))
    if len(shown) > _MOST_NOTICES:
        shown[_MOST_NOTICES:] = [f"{len(shown) - _MOST_NOTICES} more settings do not count; the log names them."]
        log.warning("settings: %s", "; ".join(notices)[:_LARGEST_BYTES])
    return Loaded(Settings.model_validate(kept), tuple(shown), damaged, content)


_NEWER_VALUE = frozenset(("enum", "literal_error"))
"""What pydantic calls a value that an enumeration does not have: a newer version's may."""


def _changed(content: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file's new content: ``after`` where it differs from ``before``, all else as it is in ``content``."""
    changed = dict(content)
    for name, value in after.items():
        old = content.get(name)
        if isinstance(value, dict) and isinstance(old, Mapping):
            changed[name] = _changed(old, before[name], value)
        elif name not in content or value != before[name]:
            changed[name] = value
    return changed


def _known_path(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The field of ``Settings`` that a place within it belongs to: a list or a model of the wrong kind goes as a whole."""
    path: list[str] = []
    model: type[BaseModel] | None = Settings
    for name in location:
        if model is None or not isinstance(name, str):
            break
        path.append(name)
        field = model.model_fields.get(name)
        kind = field.annotation if field is not None else None
        model = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    return tuple(path)


def _take_out(data: dict[str, Any], path: tuple[str, ...], otherwise: Settings) -> bool:
    """Put the value of ``otherwise`` at ``path``, or nothing where it knows no such field. Gives whether anything was there."""
    *outer, last = path
    level = data
    fallback: Any = otherwise.model_dump(mode="json")
    for name in outer:
        level[name] = level = dict(level[name])
        fallback = fallback.get(name, {})
    was_there = last in level
    level.pop(last, None)
    if last in fallback:
        level[last] = fallback[last]
    return was_there


def _notice(path: tuple[str, ...], where: str, problem: str) -> str:
    name = ".".join(path)[:_SHOWN_CHARS]
    place = f" {where}" if where else ""
    return f"The setting “{name}”{place} does not count: {problem[:1].lower()}{problem[1:200].rstrip('.')}."


def _overrides(env: Mapping[str, str]) -> dict[str, Any]:
    """``CLIPFERRY_CONCURRENCY=4``, ``CLIPFERRY_NETWORK__PROXY=socks5h://…``: a field's name, ``__`` between two levels."""
    found: dict[str, Any] = {}
    for path, value in sorted(_named(env), key=lambda one: len(one[0])):
        level = found
        for key in path[:-1]:
            if not isinstance(level.get(key), dict):
                level[key] = {}
            level = level[key]
        level[path[-1]] = value
    return found


def _named(env: Mapping[str, str]) -> Iterator[tuple[list[str], str]]:
    for name, value in env.items():
        path = name.removeprefix(_PREFIX).lower().split("__")
        if name.startswith(_PREFIX) and path[0] in Settings.model_fields:
            yield path, value


def _deep(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        below = merged.get(name)
        merged[name] = _deep(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return merged
