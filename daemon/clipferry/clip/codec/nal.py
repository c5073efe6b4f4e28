"""NAL units in a packet: after start codes (Annex B, as in MPEG-TS) or after lengths (ISO/IEC 14496-15, as in MP4 and Matroska).

Which of the two a stream uses follows from its extradata and cannot be guessed from a packet: a NAL unit of 256 to 511 bytes after a
four-byte length begins with ``00 00 01`` as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_START_CODE = re.compile(rb"\x00\x00\x01")


def split_start_codes(data: bytes) -> list[bytes]:
    """Split at start codes; the NAL units have neither start code nor trailing zeros."""
    starts = [match.end() for match in _START_CODE.finditer(data)]
    if not starts:
        return []
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    return [nal for start, end in zip(starts, ends, strict=True) if (nal := data[start:end].rstrip(b"\x00"))]


def split_lengths(data: bytes | memoryview, length_size: int = 4) -> Iterator[memoryview]:
    """Split at big-endian lengths of ``length_size`` bytes.

    Raises:
        ValueError: a length exceeds the packet.
    """
    view = memoryview(data)
    position = 0
    while position + length_size <= len(view):
        size = int.from_bytes(view[position : position + length_size], "big")
        position += length_size
        if position + size > len(view):
            raise ValueError("a NAL unit reaches past its packet")
        if size:
            yield view[position : position + size]
        position += size


def join_lengths(nals: Iterable[bytes | memoryview]) -> bytes:
    """Join NAL units into a packet with four-byte lengths."""
    return b"".join(part for nal in nals for part in (len(nal).to_bytes(4, "big"), nal))
