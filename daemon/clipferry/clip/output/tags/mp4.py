"""MP4 and M4A: iTunes' atoms."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen is a module with a marker of types and nearly none of them)

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mutagen.mp4 import MP4, MP4Cover

from ...model import Chapter
from ..cover import mime


def write(path: Path, said: dict[str, str], cover: bytes | None, _: Sequence[Chapter]) -> None:
    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    tags: Any = file.tags
    for name, atom in {"title": "\xa9nam", "artist": "\xa9ART", "date": "\xa9day", "comment": "\xa9cmt"}.items():
        if name in said:
            tags[atom] = [said[name]]
    if cover is not None:
        kind = MP4Cover.FORMAT_PNG if mime(cover) == "image/png" else MP4Cover.FORMAT_JPEG
        tags["covr"] = [MP4Cover(cover, kind)]
    file.save()
