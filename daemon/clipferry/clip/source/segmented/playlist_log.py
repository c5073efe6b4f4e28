"""Log of the playlist of a recording, kept beside its bytes: a broadcast's own playlist forgets, and a process may be
killed. With it a recording is gone on with, or finished, where the site offers its beginning no more.

A text file, one JSON list a line, written as things happen: ``["segment", …]`` for each that the playlist named, ``["taken",
sequence, size]`` once all of it is here, ``["sound apart"]`` where the master playlist signals it. A torn line does not count.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...container.hls.media_playlist import Init, Key, Segment
from ...download.sparse_store import disk_error


class PlaylistLog:
    """The log of one format below ``folder``. Raises ``DiskFull`` or ``FolderNotWritable`` where it cannot be written."""

    def __init__(self, folder: Path, format_id: str) -> None:
        key = hashlib.sha256(format_id.encode()).hexdigest()[:24]
        self._path = folder / f"playlist-{key}"
        self.separate_audio = False
        """The audio of these frames has a playlist of its own."""
        self.sizes: dict[int, int] = {}
        """Bytes of the segments that are wholly here, by sequence number."""
        self._named: dict[int, Segment] = {}
        self._torn = False
        self._read()

    def _read(self) -> None:
        try:
            *lines, torn = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_error(error) from error
        self._torn = bool(torn)
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, IndexError):
                match json.loads(line):
                    case ["segment", *facts]:
                        segment = _segment(facts)
                        self._named[segment.sequence] = segment
                    case ["taken", int(sequence), int(size)]:
                        self.sizes[sequence] = size
                    case ["sound apart"]:
                        self.separate_audio = True
                    case _:
                        pass

    def segments(self) -> list[Segment]:
        """Return what earlier processes saw, in order and without a gap."""
        known = [self._named[sequence] for sequence in sorted(self._named)]
        return [segment for place, segment in enumerate(known) if segment.sequence == known[0].sequence + place]

    def says_sound_apart(self) -> None:
        if not self.separate_audio:
            self.separate_audio = True
            self._write('["sound apart"]\n')

    def named(self, segments: Iterable[Segment]) -> None:
        """The playlist names these, behind all before."""
        self._write("".join(json.dumps(["segment", *_facts(segment)]) + "\n" for segment in segments))

    def taken(self, sequence: int, size_bytes: int) -> None:
        """All of that segment is here."""
        if self.sizes.get(sequence) != size_bytes:
            self.sizes[sequence] = size_bytes
            self._write(json.dumps(["taken", sequence, size_bytes]) + "\n")

    def small(self, what: Init) -> bytes | None:
        """Return the initialisation segment or key that was kept."""
        try:
            return self._place(what).read_bytes()
        except OSError:
            return None

    def keep_small(self, what: Init, data: bytes) -> None:
        place = self._place(what)
        if not place.exists():
            try:
                place.touch(mode=0o600)
                place.write_bytes(data)
            except OSError as error:
                raise disk_error(error) from error

    def _place(self, what: Init) -> Path:
        key = hashlib.sha256(f"{what.url} {what.byte_range}".encode()).hexdigest()[:24]
        return self._path.with_name(f"{self._path.name}-{key}")

    def _write(self, text: str) -> None:
        if not text:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" + text if self._torn else text)
            self._torn = False
        except OSError as error:
            raise disk_error(error) from error


def _facts(segment: Segment) -> list[object]:
    init = [segment.init.url, segment.init.byte_range, _key_facts(segment.init.key)] if segment.init else None
    key = _key_facts(segment.key)
    return [
        segment.sequence,
        segment.url,
        segment.duration_s,
        segment.section,
        segment.byte_range,
        key,
        init,
        segment.gap,
    ]


def _key_facts(key: Key | None) -> list[str] | None:
    return [key.url, key.iv.hex()] if key else None


def _segment(facts: list[Any]) -> Segment:
    sequence, url, duration_s, section, byte_range, key, init, *gap = facts  # an older version wrote no gaps
    return Segment(
        url=str(url),
        duration_s=float(duration_s),
        sequence=int(sequence),
        section=int(section),
        byte_range=_range(byte_range),
        key=_key(key),
        init=Init(str(init[0]), _range(init[1]), _key(init[2] if len(init) > 2 else None)) if init else None,
        gap=gap[:1] == [True],  # what follows is a newer version's
    )


def _key(facts: list[Any] | None) -> Key | None:
    return Key(str(facts[0]), bytes.fromhex(facts[1])) if facts else None


def _range(pair: list[int] | None) -> tuple[int, int] | None:
    return (int(pair[0]), int(pair[1])) if pair else None
