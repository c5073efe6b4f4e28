"""MP3: ID3v2.3."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen is a module with a marker of types and nearly none of them)

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mutagen.id3 import APIC, CHAP, COMM, CTOC, ID3, TDRC, TIT2, TPE1, WOAS, CTOCFlags

from ...model import Chapter
from ..cover import mime

_MOST_CHAPTERS = 255
"""A table of contents counts its entries in one byte."""


def write(path: Path, said: dict[str, str], cover: bytes | None, chapters: Sequence[Chapter]) -> None:
    tags = ID3()
    tags.add(TIT2(encoding=1, text=said.get("title", "")))
    if "artist" in said:
        tags.add(TPE1(encoding=1, text=said["artist"]))
    if "date" in said:
        tags.add(TDRC(encoding=1, text=said["date"]))
    if "comment" in said:
        tags.add(COMM(encoding=1, lang="und", desc="", text=said["comment"]))
        tags.add(WOAS(url=said["comment"]))
    if cover is not None:
        tags.add(APIC(encoding=0, mime=mime(cover), type=3, desc="", data=cover))
    _add_chapters(tags, chapters[:_MOST_CHAPTERS])
    tags.save(path, v2_version=3)


def _add_chapters(tags: ID3, chapters: Sequence[Chapter]) -> None:
    """Times in milliseconds; a byte offset of all ones says that there is none (addendum, 3.1)."""
    names = [f"chp{number}" for number in range(len(chapters))]
    for name, chapter in zip(names, chapters, strict=True):
        tags.add(
            CHAP(
                element_id=name,
                start_time=round(chapter.start_s * 1000),
                end_time=round(chapter.end_s * 1000),
                start_offset=0xFFFFFFFF,
                end_offset=0xFFFFFFFF,
                sub_frames=[TIT2(encoding=1, text=chapter.title)],
            )
        )
    if chapters:
        flags = CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
        tags.add(CTOC(element_id="toc", flags=flags, child_element_ids=names, sub_frames=[]))
