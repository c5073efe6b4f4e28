"""Read EBML, the syntax of Matroska and WebM (RFC 8794, RFC 9559). Pure; whatever is wrong is ``BadMedia``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...errors import BadMedia

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
SEEK_HEAD = 0x114D9B74
SEEK = 0x4DBB
SEEK_ID = 0x53AB
SEEK_POSITION = 0x53AC
INFO = 0x1549A966
TIMESTAMP_SCALE = 0x2AD7B1
DURATION = 0x4489
TRACKS = 0x1654AE6B
TRACK_ENTRY = 0xAE
TRACK_NUMBER = 0xD7
TRACK_TYPE = 0x83
CODEC_ID = 0x86
CONTENT_ENCRYPTION = 0x5035
CONTENT_ENCODINGS = 0x6D80
CONTENT_ENCODING = 0x6240
CUES = 0x1C53BB6B
CUE_POINT = 0xBB
CUE_TIME = 0xB3
CUE_TRACK_POSITIONS = 0xB7
CUE_TRACK = 0xF7
CUE_CLUSTER_POSITION = 0xF1
CLUSTER = 0x1F43B675
TIMESTAMP = 0xE7
SIMPLE_BLOCK = 0xA3
BLOCK_GROUP = 0xA0
BLOCK = 0xA1
REFERENCE_BLOCK = 0xFB


class Element(NamedTuple):
    """``size`` ``None``: unknown, to the next element of the same or a higher level (RFC 8794, section 6.2)."""

    id: int
    payload: int
    size: int | None

    @property
    def end(self) -> int | None:
        return None if self.size is None else self.payload + self.size


MAX_HEAD = 12


def vint(data: bytes, at: int, *, marker: bool) -> tuple[int, int]:
    """Return a variable-size integer (RFC 8794, section 4) and its length; ``marker``: with its length bit, as ids are kept."""
    if at >= len(data) or data[at] == 0:
        raise BadMedia(detail="broken EBML number")
    length = 9 - data[at].bit_length()
    if at + length > len(data) or (marker and length > 4):
        raise BadMedia(detail="broken EBML number")
    value = int.from_bytes(data[at : at + length], "big")
    return (value if marker else value & ((1 << 7 * length) - 1)), length


def element(data: bytes, at: int = 0, offset: int = 0) -> Element:
    """Return the element head at ``at``; positions in the answer are ``offset`` further on."""
    kind, id_length = vint(data, at, marker=True)
    size, size_length = vint(data, at + id_length, marker=False)
    payload = at + id_length + size_length + offset
    return Element(kind, payload, None if size == (1 << 7 * size_length) - 1 else size)


def children(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[Element, bytes]]:
    """Yield every element in ``data[start:end]`` with its payload."""
    end = len(data) if end is None else end
    at = start
    while at < end:
        found = element(data, at)
        stop = found.end
        if stop is None or stop > end:
            raise BadMedia(detail=f"EBML element {found.id:x} reaches past its parent")
        yield found, data[found.payload : stop]
        at = stop


def number(payload: bytes) -> int:
    if len(payload) > 8:
        raise BadMedia(detail="EBML integer of more than 8 bytes")
    return int.from_bytes(payload, "big")


def encoded_size(size: int) -> bytes:
    """``size`` as a data size of 8 bytes."""
    return (size | 1 << 56).to_bytes(8, "big")


UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"
