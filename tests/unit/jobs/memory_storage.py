"""Finished clips in memory: the second implementation of ``jobs.clip_storage.ClipStorage``, for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clipferry.jobs.clip_storage import Locations
from clipferry.jobs.errors import FileGone, WrongState


@dataclass
class MemoryClip:
    content: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.content)

    def read(self, start: int, count: int) -> bytes:
        return self.content[start : start + count]


class MemoryStorage:
    """As an object store does: a clip is there at once and whole, and nowhere on this computer's disk."""

    def __init__(self) -> None:
        self.clips: dict[Path, bytes] = {}
        self.trashed: dict[Path, bytes] = {}
        self._lock = threading.Lock()

    def locations(self, name: str, folder: Path) -> Locations:
        return Locations(name, folder)

    def is_taken(self, location: Path) -> bool:
        return location in self.clips

    def publish(self, staged: Path, location: Path, *, origin_url: str | None = None) -> None:
        del origin_url
        content = staged.read_bytes()
        with self._lock:
            if location in self.clips:
                raise FileExistsError(location)
            self.clips[location] = content

    def is_published(self, staged: Path, location: Path) -> bool:
        return location in self.clips and staged.exists() and staged.read_bytes() == self.clips[location]

    def exists(self, location: Path) -> bool:
        return location in self.clips

    def existing(self, locations: Iterable[Path]) -> set[Path]:
        return {location for location in locations if location in self.clips}

    @contextmanager
    def open(self, location: Path) -> Iterator[MemoryClip]:
        if location not in self.clips:
            raise FileGone
        yield MemoryClip(self.clips[location])

    def local_path(self, location: Path) -> Path | None:
        if location not in self.clips:
            raise FileGone
        return None

    def delete(self, location: Path, size_bytes: int | None) -> None:
        self._take_out(location, size_bytes)

    def trash(self, location: Path, size_bytes: int | None) -> None:
        if (content := self._take_out(location, size_bytes)) is not None:
            self.trashed[location] = content

    def _take_out(self, location: Path, size_bytes: int | None) -> bytes | None:
        with self._lock:
            content = self.clips.get(location)
            if content is not None and len(content) != size_bytes:
                raise WrongState
            return self.clips.pop(location, None)
