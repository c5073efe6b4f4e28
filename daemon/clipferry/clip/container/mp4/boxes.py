"""ISO base media files: boxes, and reading segment indexes (ISO/IEC 14496-12). Pure; whatever is wrong is ``BadMedia``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ...errors import BadMedia

_NESTED = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf"})


class Header(NamedTuple):
    """The head of a box: where its payload begins and where it ends, counted from where the box begins."""

    kind: bytes
    payload: int
    size: int | None
    """``None``: to the end of the file."""


def header(data: bytes) -> Header:
    """Return the box header at the beginning of ``data`` (at least 8 bytes, 16 for a large box).

    Raises:
        BadMedia: no box.
    """
    if len(data) < 8:
        raise BadMedia(detail="no room for a box")
    size, kind = struct.unpack_from(">I4s", data)
    if size == 1:
        if len(data) < 16:
            raise BadMedia(detail="no room for a large box")
        size = struct.unpack_from(">Q", data, 8)[0]
        if size < 16:
            raise BadMedia(detail=f"box of {size} bytes")
        return Header(kind, 16, size)
    if size == 0:
        return Header(kind, 8, None)
    if size < 8 or not all(32 <= c < 127 or c == 0xA9 for c in kind):
        raise BadMedia(detail=f"box {kind!r} of {size} bytes")
    return Header(kind, 8, size)


def children(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, begin of payload and end of every box in ``data[start:end]``."""
    while start + 8 <= end:
        head = header(data[start : start + 16])
        stop = end if head.size is None else start + head.size
        if stop > end:
            raise BadMedia(detail=f"box {head.kind!r} reaches past its parent")
        yield head.kind, start + head.payload, stop
        start = stop


def find(data: bytes, path: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Payloads of all boxes at ``path``, e.g. ``"moov/trak/mdia/mdhd"``."""
    first, _, rest = path.partition("/")
    found: list[tuple[int, int]] = []
    for kind, a, b in children(data, start, len(data) if end is None else end):
        if kind == first.encode():
            found += find(data, rest, a, b) if rest and kind in _NESTED else [] if rest else [(a, b)]
    return found


def box(kind: bytes, payload: bytes) -> bytes:
    """``payload`` with its head in front."""
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


class Fields:
    """Big-endian numbers, one after the other."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start, end

    def take(self, bits: int) -> int:
        size = bits // 8
        if self._at + size > self._end:
            raise BadMedia(detail="box ends too soon")
        value = int.from_bytes(self._data[self._at : self._at + size], "big")
        self._at += size
        return value

    def signed(self, bits: int) -> int:
        value = self.take(bits)
        return value - (1 << bits) if value >> (bits - 1) else value

    def skip(self, size: int) -> None:
        self._at += size

    @property
    def left(self) -> int:
        return max(0, self._end - self._at)


# sidx -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reference:
    """One line of an index: ``[start, end)`` in bytes of the file, when it begins and how long it takes in ``timescale`` units."""

    start: int
    end: int
    time: int
    duration: int
    index: bool
    """What lies there is another sidx."""


class Sidx(NamedTuple):
    track: int
    timescale: int
    references: tuple[Reference, ...]


def sidx(data: bytes, anchor: int) -> Sidx:
    """Return a segment index (8.16.3) from its payload; ``anchor``: the byte after the box.

    Raises:
        BadMedia: not one.
    """
    fields = Fields(data, 0, len(data))
    version = fields.take(8)
    fields.skip(3)
    track, timescale = fields.take(32), fields.take(32)
    wide = 64 if version else 32
    time, at = fields.take(wide), fields.take(wide)
    fields.skip(2)
    count = fields.take(16)
    if timescale == 0 or fields.left < 12 * count:
        raise BadMedia(detail="broken sidx")
    at += anchor
    references: list[Reference] = []
    for _ in range(count):
        word, duration = fields.take(32), fields.take(32)
        fields.skip(4)
        size = word & 0x7FFFFFFF
        if size == 0:
            raise BadMedia(detail="sidx with an empty piece")
        references.append(Reference(at, at + size, time, duration, bool(word >> 31)))
        at, time = at + size, time + duration
    return Sidx(track, timescale, tuple(references))
