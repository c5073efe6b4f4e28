"""The port between jobs and where finished clips lie: a folder of this computer, or the object store of a server.

A *location* is what a job keeps of where its clip lies: an absolute path in a folder, a key in an object store. All methods block: for a
thread. Contract: ``tests/unit/jobs/test_storage_contract.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from ..clip.disk.folder_errors import NameRefused
from ..clip.output.destination import ClipNames


class Locations:
    """The locations to try for a clip in ``folder``, in order: ``x.mp4``, ``x (2).mp4``, … An endless iterable."""

    def __init__(self, name: str, folder: Path) -> None:
        self._names, self._folder = ClipNames(name, folder), folder

    def __iter__(self) -> Iterator[Path]:
        return (self._folder / name for name in self._names)

    def simplify(self, refused: NameRefused) -> None:
        """Go on with names that more file systems take. Raises ``refused`` where that was tried."""
        self._names.simplify(refused)


class OpenClip(Protocol):
    """A finished clip that is being read."""

    size_bytes: int

    def read(self, start: int, count: int) -> bytes:
        """Return up to ``count`` bytes from ``start`` on; none at the end."""
        ...


class ClipStorage(Protocol):
    """Publishes finished clips, reads them, and removes them."""

    # Publish

    def locations(self, name: str, folder: Path) -> Locations:
        """Return where a clip that is to be called ``name`` may go. ``folder``: where the person's clips go now."""
        ...

    def is_taken(self, location: Path) -> bool:
        """Return whether something is there already. ``publish`` decides; this spares it a try."""
        ...

    def publish(self, staged: Path, location: Path, *, origin_url: str | None = None) -> None:
        """Give a verified file of the staging folder its location: all of it or nothing, durably, never over another file.

        Raises:
            FileExistsError: the location is taken; nothing was changed.
            NameRefused: no file can be called so there; nothing was changed.
            FolderMissing | FolderNotWritable | DiskFull: nothing was changed.
        """
        ...

    def is_published(self, staged: Path, location: Path) -> bool:
        """Return whether ``location`` is that staged file, published by an earlier run that did not live to commit it."""
        ...

    # Read

    def exists(self, location: Path) -> bool:
        """Return whether a clip is there."""
        ...

    def existing(self, locations: Iterable[Path]) -> set[Path]:
        """Return those of many locations at which a clip is, with few requests."""
        ...

    def open(self, location: Path) -> AbstractContextManager[OpenClip]:
        """Open a clip for reading. Raises ``FileGone`` where there is none, or something else is in its place."""
        ...

    def local_path(self, location: Path) -> Path | None:
        """Return the path by which programs of this computer open the clip; ``None``: it lies elsewhere. Raises as ``open``."""
        ...

    # Remove

    def delete(self, location: Path, size_bytes: int | None) -> None:
        """Delete a clip for good. Where there is none, nothing is done.

        Args:
            size_bytes: of the clip as it was published.

        Raises:
            WrongState: it has been changed since; another file by the same name is not ours to delete.
            ClipError: the system refused it.
        """
        ...

    def trash(self, location: Path, size_bytes: int | None) -> None:
        """Move a clip to where the person can restore it from. As ``delete``; also where there is no such place, it raises and stays."""
        ...
