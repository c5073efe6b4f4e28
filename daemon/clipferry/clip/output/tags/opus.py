"""Opus: a Vorbis comment, with the cover in it."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen is a module with a marker of types and nearly none of them)

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from mutagen.oggopus import OggOpus

from ...model import Chapter
from .flac import picture


def write(path: Path, said: dict[str, str], cover: bytes | None, _: Sequence[Chapter]) -> None:
    file = OggOpus(path)
    file.update({name: [value] for name, value in said.items()})
    if cover is not None:
        file["metadata_block_picture"] = [base64.b64encode(picture(cover).write()).decode("ascii")]
    file.save()
