"""Clips in folders of this computer."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from ..clip.errors import ClipError
from ..clip.output.publish import is_same, place
from .clip_storage import Locations
from .errors import FileGone, WrongState


class LocalStorage:
    """The implementation of ``ClipStorage`` for a person's machine; a location is a path."""

    def locations(self, name: str, folder: Path) -> Locations:
        return Locations(name, folder)

    def is_taken(self, location: Path) -> bool:
        try:
            location.lstat()
        except OSError:  # nothing is there, or it cannot be read: publishing shows
            return False
        return True

    def publish(self, staged: Path, location: Path, *, origin_url: str | None = None) -> None:
        place(staged, location, origin_url=origin_url)

    def is_published(self, staged: Path, location: Path) -> bool:
        return is_same(staged, location)

    def exists(self, location: Path) -> bool:
        return os.path.exists(location)  # noqa: PTH110 - false, too, for what cannot be examined: pathlib's raises

    def existing(self, locations: Iterable[Path]) -> set[Path]:
        # One listing per folder: ten thousand requests to a network drive would take minutes.
        wanted = list(locations)
        names = {folder: _names(folder) for folder in {location.parent for location in wanted}}
        return {location for location in wanted if location.name in names[location.parent]}

    @contextlib.contextmanager
    def open(self, location: Path) -> Iterator[LocalClip]:
        try:
            descriptor = os.open(location, os.O_RDONLY | _NO_LINK)
        except OSError as error:
            raise FileGone(detail=str(error)) from error
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise FileGone(detail=f"{location} is no file")
            yield LocalClip(file, facts.st_size)

    def local_path(self, location: Path) -> Path | None:
        # A link that somebody put there is not the clip; it could lead anywhere.
        if location.is_symlink() or not location.is_file():
            raise FileGone
        return location

    def delete(self, location: Path, size_bytes: int | None) -> None:
        failed = ClipError("deletion")
        _remove(location, size_bytes, Path.unlink, failed)

    def trash(self, location: Path, size_bytes: int | None) -> None:
        from send2trash import send2trash  # noqa: PLC0415 - only who undoes a clip needs it

        failed = ClipError("bin")
        _remove(location, size_bytes, lambda path: send2trash(str(path)), failed)


class LocalClip:
    """An open file."""

    def __init__(self, file: IO[bytes], size_bytes: int) -> None:
        self._file, self.size_bytes = file, size_bytes

    def read(self, start: int, count: int) -> bytes:
        self._file.seek(start)
        return self._file.read(count)


_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""No link is followed and no pipe waited for (open(2)); bytes as they are on Windows."""


def _names(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir()}
    except OSError:
        return set()


def _remove(path: Path, size_bytes: int | None, remove: Callable[[Path], object], failed: ClipError) -> None:
    try:
        if path.lstat().st_size != size_bytes:
            raise WrongState("file_changed")
        remove(path)
    except FileNotFoundError:
        return
    except OSError as error:
        failed.detail = str(error)
        raise failed from error
