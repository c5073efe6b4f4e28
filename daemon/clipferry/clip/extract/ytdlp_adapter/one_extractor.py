"""Trims ``one_extractor`` and ``direct_media``: register one extractor instead of the list of all 1,700.

``one_extractor`` (80 ms): a video page of YouTube or Instagram needs the class for it alone.

``direct_media`` (330 ms): the address of a media file or playlist needs the generic extractor alone, if that confirms it. Since
that one accepts every address it must be the last in ``_ies``, which is cleared before the others are registered.
"""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import urlsplit

from ...container.media_files import SUFFIXES
from . import trims

PLAYLISTS = (".m3u8",)
_CLASSES = (
    (("youtube.com", "youtu.be"), "yt_dlp.extractor.youtube", "YoutubeIE"),
    (("instagram.com",), "yt_dlp.extractor.instagram", "InstagramIE"),
)


def site_extractor(url: str) -> Any | None:
    """Return an instance of the one extractor for a video page of YouTube or Instagram; ``None``: all of them are needed."""
    host = urlsplit(url).hostname or ""
    for domains, module, name in _CLASSES:
        if any(host == domain or host.endswith(f".{domain}") for domain in domains) and trims.enabled("one_extractor"):
            with trims.fallback("one_extractor"):
                extractor = getattr(importlib.import_module(module), name)
                return extractor() if extractor.suitable(url) else None
    return None


def generic_extractor(url: str, ydl: Any) -> Any | None:
    """Return an instance of the extractor for files, if ``url`` is named as one; ``None``: all extractors are needed."""
    if not names_media(url) or not trims.enabled("direct_media"):
        return None
    with trims.fallback("direct_media"):
        for registry in (ydl._ies, ydl._ies_instances):
            registry.clear()
        return importlib.import_module("yt_dlp.extractor.generic").GenericIE()
    return None


def names_media(url: str, suffixes: tuple[str, ...] = (*SUFFIXES, *PLAYLISTS)) -> bool:
    """Return whether the path of ``url`` ends as a media file's or a playlist's."""
    return urlsplit(url).path.lower().endswith(suffixes)
