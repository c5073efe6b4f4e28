"""Installed yt-dlp versions: a folder for each, and one small file that names the one in use.

``current.json`` is replaced by rename, and a version's folder gets its name only when it is whole, so that a program that is
killed at any point leaves either the old version in use or the new one. Used by the daemon and, only for reading the
choice or leaving a broken one, by ``clipferry clip``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from ..clip.errors import EngineBroken
from ..system.files import write_atomically
from . import state as states
from .state import State

log = logging.getLogger(__name__)

PACKAGE = "yt-dlp"
_SCRATCH = ".new-"


@dataclass(frozen=True, slots=True)
class Version:
    """One yt-dlp. ``folder``: what is put in front of Python's path; ``None``: it is installed beside clipferry."""

    version: str
    folder: Path | None


def installed_version() -> str:
    """The yt-dlp that was installed with clipferry.

    Raises:
        EngineBroken: there is none.
    """
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise EngineBroken("missing") from error


class Versions:
    """The versions below ``folder`` (it need not be there). All methods are blocking and short, except ``sweep``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "current.json"

    def state(self) -> State:
        """What is known; a file that cannot be read counts as none, so that the installed yt-dlp is in use."""
        return self._read()[0]

    def _read(self) -> tuple[State, Mapping[str, Any]]:
        """Return the state and the file's content, which a newer version may have added to."""
        try:
            content = json.loads(self._file.read_bytes())
            return State.from_json(content), content
        except FileNotFoundError:
            return State(), {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("%s cannot be read, so the installed yt-dlp is in use: %s", self._file, error)
            return State(), {}

    def in_use(self) -> Version:
        """Return the version for tasks that begin now. The installed one where the chosen one is gone, or older than it.

        Raises:
            EngineBroken: there is none at all.
        """
        chosen = self.state().current
        if chosen is None or not self._path(chosen).is_dir():
            return Version(installed_version(), None)
        with contextlib.suppress(EngineBroken):
            installed = installed_version()
            if not states.is_newer(chosen, installed):
                return Version(installed, None)
        return Version(chosen, self._path(chosen))

    def change(self, change: Callable[[State], State]) -> State:
        """Replace what is known by what ``change`` makes of it, at once for every reader.

        Raises:
            OSError: it cannot be written; all stays as it was.
        """
        from filelock import FileLock  # noqa: PLC0415 - reading, which every command does, needs none

        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self._folder / "lock", mode=0o600):
            before, content = self._read()
            after = change(before)
            if after != before:
                write_atomically(self._file, json.dumps({**content, **after.to_json()}, indent=2).encode())
            return after

    def leave(self, version: str, note: str) -> State:
        """Go back to the version before ``version``, if that is the one in use; ``note``: why, for a person.

        Raises:
            OSError: it cannot be written down; that one stays in use.
        """
        log.warning("%s", note)
        return self.change(lambda state: states.back(state, version, note))

    def leave_broken(self, version: str) -> State:
        """The same, because it cannot be imported. Raises ``OSError``."""
        note = f"yt-dlp {version} could not be loaded, so clipferry went back to the one before by itself."
        return self.leave(version, note)

    def scratch(self) -> Path:
        """Create a scratch folder on the file system of the versions; the caller removes it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=self._folder))

    def keep(self, made: Path, version: str) -> None:
        """Move the finished version in the folder ``made`` to its place. It is not used before ``state.taken``.

        Raises:
            OSError: it cannot be moved there.
        """
        place = self._path(version)
        if place.exists():  # of an update that was broken off just before it counted
            shutil.rmtree(place)
        made.rename(place)

    def sweep(self, busy: Collection[Path] = ()) -> list[Path]:
        """Remove what aborted updates left and versions that nobody needs any more; gives what went.

        Args:
            busy: folders that some process still reads from.
        """
        wanted = {self._path(version) for version in states.needed(self.state())} | set(busy)
        gone = []
        with contextlib.suppress(FileNotFoundError):
            for path in list(self._folder.iterdir()):
                if path.is_dir() and path not in wanted and path.name.startswith((_SCRATCH, f"{PACKAGE}-")):
                    shutil.rmtree(path, ignore_errors=True)
                    gone.append(path)
        return gone

    def _path(self, version: str) -> Path:
        return self._folder / f"{PACKAGE}-{version}"


def resolved_by(cache: Path, engine: Path | None) -> Path:
    """Return the resolve cache of one yt-dlp version; versions share none. ``cache``: that of the installed one."""
    return cache if engine is None else cache.with_name(f"{cache.name}-{engine.name.removeprefix(f'{PACKAGE}-')}")


def forget_resolved(cache: Path, kept: Collection[str]) -> None:
    """Remove the resolve caches of removed versions. ``kept``: those that still exist."""
    for path in cache.parent.glob(f"{cache.name}-*"):
        if re.sub(f"^{re.escape(cache.name)}-", "", path.name) not in kept:
            shutil.rmtree(path, ignore_errors=True)
