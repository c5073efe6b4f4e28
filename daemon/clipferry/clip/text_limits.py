"""Limit the length of texts from a site, where they are read. Pure."""

from __future__ import annotations

import hashlib

TITLE_CHARS = 500
ID_CHARS = 200


def shorter(text: str, characters: int = TITLE_CHARS) -> str:
    """Return ``text``, cut to ``characters``; lone surrogates, which neither JSON nor file names can carry, become question marks."""
    cut = text if len(text) <= characters else text[: characters - 1] + "…"
    return cut.encode("utf-8", "replace").decode("utf-8")


def bounded_id(text: str) -> str:
    """Return ``text``, or its beginning with a hash of all of it, so that two long ids stay different."""
    if len(text) <= ID_CHARS:
        return shorter(text, ID_CHARS)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{shorter(text[: ID_CHARS - 33], ID_CHARS)}-{digest}"
