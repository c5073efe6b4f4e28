"""Detect the type of a remote file by its first bytes, and raise errors for unsupported ones. Pure."""

from __future__ import annotations

from ..errors import BadMedia, ClipError, NoFormats
from . import mpegts, packed_audio
from .matroska import ebml

START_BYTES = 3 * mpegts.PACKET
"""So many bytes of the front are enough."""
_SYNC = 0x47
_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"free", b"skip", b"wide", b"mdat", b"sidx", b"moof", b"uuid", b"pnot"})
_SOUND = (
    (b"OggS", b"", "ogg"),
    (b"fLaC", b"", "flac"),
    (b"RIFF", b"WAVE", "wav"),
    (b"RF64", b"WAVE", "wav"),
    (b"BW64", b"WAVE", "wav"),
    (b"FORM", b"AIFF", "aiff"),
    (b"FORM", b"AIFC", "aiff"),
)
"""Magic, what stands behind the size, and libav's demuxer."""
_UNREADABLE = (
    (b"RIFF", 8, b"AVI ", "avi_file"),
    (b"FLV", 0, b"", "flv_file"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, b"", "asf_file"),
    (b"\x00\x00\x01\xba", 0, b"", "mpeg_ps_file"),
    (b"\x00\x00\x01\xb3", 0, b"", "mpeg_file"),
    (b".RMF", 0, b"", "realmedia_file"),
    (b"MAC ", 0, b"", "monkeys_audio_file"),
    (b"caff", 0, b"", "caf_file"),
    (b"MThd", 0, b"", "midi_file"),
)
"""Magic, where further bytes are, which, and the reason of the error."""


def file_kind(start: bytes) -> str:
    """``matroska``, ``mp4``, ``mpegts``, ``packed`` (MP3, AAC), or libav's demuxer: ``ogg``, ``flac``, ``wav``, ``aiff``; empty: unknown.

    ``start``: the first ``START_BYTES`` bytes of the file, or all of a shorter one.
    """
    if start[:4] == ebml.EBML.to_bytes(4, "big"):
        return "matroska"
    if start[4:8] in _BOXES:
        return "mp4"
    for magic, form, demuxer in _SOUND:
        if start.startswith(magic) and start[8:].startswith(form):
            return demuxer
    if start and all(byte == _SYNC for byte in start[:: mpegts.PACKET]):
        return "mpegts"
    return "packed" if packed_audio.packed(start) else ""


def refused(start: bytes) -> ClipError:
    """Return the error for a file of an unsupported kind."""
    for magic, at, more, reason in _UNREADABLE:
        if start.startswith(magic) and start[at:].startswith(more):
            return NoFormats(reason)
    if start[:1] == b"\x00" and len(start) > 4 + mpegts.PACKET and start[4] == start[4 + mpegts.PACKET + 4] == _SYNC:
        return NoFormats("m2ts_file")
    return BadMedia("unknown_file", detail=start[:16].hex())
