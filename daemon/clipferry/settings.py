"""What a person chose: ``protocol.Settings`` in one JSON file, replaced atomically, never a reason not to start."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .protocol import Settings
from .system.files import write_atomically

log = logging.getLogger(__name__)

_PREFIX = "CLIPFERRY_"


class SettingsFile:
    """The settings as they are now. ``current`` is the file's content with the environment's overrides on top."""

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        """Read ``path``; a file that cannot be read is kept beside as ``.damaged-…`` and the defaults hold."""
        self._path = path
        self._overrides = _overrides(env)
        self.damaged: Path | None = None
        self._saved = self._load()
        self.current = self._merged(self._saved)

    def replace(self, settings: Settings) -> Settings:
        """Keep ``settings``; gives what holds now, which differs where the environment overrides.

        Raises:
            OSError: it cannot be written; the old ones hold.
        """
        write_atomically(self._path, (settings.model_dump_json(indent=2) + "\n").encode())
        self._saved = settings
        self.current = self._merged(settings)
        return self.current

    def _load(self) -> Settings:
        try:
            return Settings.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Settings()
        except (ValidationError, UnicodeDecodeError) as error:
            self.damaged = self._path.with_name(f"{self._path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
            self._path.replace(self.damaged)
            log.warning("the settings could not be read and are kept as %s; defaults hold: %s", self.damaged, error)
            return Settings()

    def _merged(self, saved: Settings) -> Settings:
        if not self._overrides:
            return saved
        try:
            return Settings.model_validate(_deep(saved.model_dump(mode="json"), self._overrides))
        except ValidationError as error:
            log.warning("settings in the environment are not valid and do not count: %s", error)
            self._overrides = {}
            return saved


def _overrides(env: Mapping[str, str]) -> dict[str, Any]:
    """``CLIPFERRY_CONCURRENCY=4``, ``CLIPFERRY_NETWORK__PROXY=socks5h://…``: a field's name, ``__`` between two levels."""
    found: dict[str, Any] = {}
    for name, value in env.items():
        first, *rest = name.removeprefix(_PREFIX).lower().split("__")
        if not name.startswith(_PREFIX) or first not in Settings.model_fields:
            continue
        level = found
        for key in (first, *rest)[:-1]:
            level = level.setdefault(key, {})
        level[(first, *rest)[-1]] = value
    return found


def _deep(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        below = merged.get(name)
        merged[name] = _deep(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return merged
