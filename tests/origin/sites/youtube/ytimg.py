"""``i.ytimg.com``: thumbnails, small JPEGs that show the first numbered picture."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

from ...media import cache, make
from ...media.encode import run
from ...reply import Ask, Reply, file, missing
from .films import Catalogue, Film

_LOOKED_AT_S = 120.0


def thumbnail(source: Path, *, seek_s: float = 1.0, width: int = 480) -> Path:
    """One picture of ``source`` as a JPEG."""
    key = f"{source.parent.name} {seek_s} {width}"
    filters = f"scale={width}:-2"
    return cache.made(
        "thumb",
        key,
        "thumb.jpg",
        lambda target: run(
            "-ss", str(seek_s), "-i", str(source), "-frames:v", "1", "-vf", filters, "-update", "1", str(target)
        ),
    )


def cover(film: Film) -> Path:
    """The thumbnail of ``film``. The beginning is enough for it: two hours would have to be encoded first."""
    return thumbnail(make(replace(film.recipe_18, seconds=min(film.seconds, _LOOKED_AT_S))))


class Ytimg:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def __call__(self, ask: Ask) -> Reply:
        found = re.match(r"/(?:vi|vi_webp|sb|an_webp)/([\w-]{11})/", ask.path)
        film = self._catalogue.get(found[1]) if found else None
        # YouTube has maxresdefault only for some videos, and WebP beside JPEG: here there is JPEG alone.
        if film is None or ask.path.endswith(".webp"):
            return missing()
        return file(await asyncio.to_thread(cover, film))
