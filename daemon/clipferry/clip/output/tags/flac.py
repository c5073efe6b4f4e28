"""FLAC: a Vorbis comment, and pictures as FLAC has them."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen is a module with a marker of types and nearly none of them)

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mutagen.flac import FLAC, Picture

from ...model import Chapter
from ..cover import mime


def write(path: Path, said: dict[str, str], cover: bytes | None, chapters: Sequence[Chapter]) -> None:
    file = FLAC(path)
    file.update({name: [value] for name, value in said.items()})
    for number, chapter in enumerate(chapters[:999], 1):
        file[f"CHAPTER{number:03}"] = [_clock(chapter.start_s)]
        file[f"CHAPTER{number:03}NAME"] = [chapter.title]
    if cover is not None:
        file.add_picture(picture(cover))
    file.save()


def picture(cover: bytes) -> Picture:
    """Return a picture block: RFC 9639, 8.8."""
    made = Picture()
    made.data, made.type, made.mime = cover, 3, mime(cover)
    return made


def _clock(seconds: float) -> str:
    minutes, ms = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{ms // 1000:02}.{ms % 1000:03}"
