"""Detect the type of a segment by its first bytes. Pure."""

from __future__ import annotations

from ..errors import BadMedia
from . import packed_audio
from .matroska import ebml
from .mp4 import boxes

_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"sidx"})


def kind_of(start: bytes) -> str:
    """``mov``, ``matroska``, ``mpegts`` or ``packed`` audio; empty: none that is known. Twelve bytes are enough."""
    if start[:4] == ebml.EBML.to_bytes(4, "big"):
        return "matroska"
    if start[:1] == b"\x47":
        return "mpegts"
    if packed_audio.packed(start):
        return "packed"
    try:
        return "mov" if boxes.header(start.ljust(16, b"\0")).kind in _BOXES else ""
    except BadMedia:
        return ""
