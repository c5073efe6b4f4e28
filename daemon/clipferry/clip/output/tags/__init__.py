"""Write a clip's metadata (see ``file_metadata.py``) and a cover in place; no media byte changes.

Each kind of file has a module of its own here, loaded when one is made: ``mutagen``'s part for MP3 alone takes 40 ms. Chapters:
in MP3 as id3.org's "ID3v2 Chapter Frame Addendum" has them, in FLAC as xiph.org's "Chapter Extension"; the others get theirs while
they are written.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from ...model import Chapter, OutputKind

log = logging.getLogger(__name__)

_MODULES = {
    OutputKind.MP4: "mp4", OutputKind.M4A: "mp4", OutputKind.MP3: "mp3", OutputKind.FLAC: "flac", OutputKind.OPUS: "opus",
}  # fmt: skip

Writer = Callable[[Path, dict[str, str], bytes | None, Sequence[Chapter]], None]
"""File, tags, cover, chapters."""


def writer(kind: OutputKind) -> Writer | None:
    """Return what labels files of ``kind``, loaded; ``None`` where we write no tags."""
    name = _MODULES.get(kind)
    return None if name is None else cast("Writer", importlib.import_module(f".{name}", __name__).write)


def write_tags(
    path: Path, kind: OutputKind, said: dict[str, str], cover: bytes | None, chapters: Sequence[Chapter] = ()
) -> bool:
    """Write ``said`` (see :func:`~clipferry.clip.output.file_metadata.facts`), the cover and, into MP3 and FLAC, the chapters (on the clip's
    clock); gives whether its kind holds tags that we write.

    A file that cannot be tagged stays as it is: that is no reason to lose a clip.
    """
    write = writer(kind)
    if write is None:
        return False
    from mutagen import MutagenError  # noqa: PLC0415

    try:
        write(path, said, cover, chapters)
    except (MutagenError, ValueError, KeyError, IndexError) as exc:
        log.warning("no tags in %s: %s", path.name, exc)
        return False
    return True
