"""MPEG transport streams (ISO/IEC 13818-1): the first timestamps, and moving all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

PACKET = 188
CLOCK = 90_000
_WRAP = 1 << 33
_SYNC = 0x47
VIDEO, AUDIO = "video", "audio"


def _payload(packet: bytes | bytearray | memoryview, at: int) -> int | None:
    """Return where the payload of the packet at ``at`` begins; ``None``: it has none."""
    control = packet[at + 3]
    if not control & 0x10:
        return None
    start = at + 4 + (1 + packet[at + 4] if control & 0x20 else 0)
    return start if start < at + PACKET else None


def _stamp(data: bytes | bytearray | memoryview, at: int) -> int:
    """Return a 33-bit time in five bytes (2.4.3.7)."""
    return (
        (data[at] >> 1 & 7) << 30
        | data[at + 1] << 22
        | (data[at + 2] >> 1) << 15
        | data[at + 3] << 7
        | data[at + 4] >> 1
    )


def _restamp(data: bytearray, at: int, shift: int) -> None:
    time = (_stamp(data, at) + shift) % _WRAP
    data[at] = data[at] & 0xF1 | time >> 29 & 0x0E
    data[at + 1] = time >> 22 & 0xFF
    data[at + 2] = time >> 14 & 0xFE | 1
    data[at + 3] = time >> 7 & 0xFF
    data[at + 4] = time << 1 & 0xFE | 1


def _pes(data: bytes | bytearray | memoryview, at: int, end: int) -> tuple[int, int, int] | None:
    """Return of the PES packet that begins at ``at``: its stream id, its time flags, where its times are."""
    if at + 14 > end or data[at] or data[at + 1] or data[at + 2] != 1 or data[at + 6] & 0xC0 != 0x80:
        return None
    flags = data[at + 7] >> 6
    if flags < 2 or (flags == 3 and at + 19 > end):
        return None
    return data[at + 3], flags, at + 9


def timestamps(data: bytes) -> Iterator[tuple[str, int]]:
    """Yield kind and presentation time, in 1/90000 s, of every PES packet that begins in ``data``."""
    for at in range(0, len(data) - PACKET + 1, PACKET):
        if data[at] != _SYNC:
            return
        start = _payload(data, at) if data[at + 1] & 0x40 else None
        found = _pes(data, start, at + PACKET) if start is not None else None
        if found is not None:
            kind = VIDEO if found[0] & 0xF0 == 0xE0 else AUDIO if found[0] & 0xE0 == 0xC0 or found[0] == 0xBD else ""
            if kind:
                yield kind, _stamp(data, found[2])


def first_times(data: bytes) -> dict[str, int]:
    """Return the presentation times of the first frame and the first audio sample in ``data``, by kind, in 1/90000 s."""
    first: dict[str, int] = {}
    for kind, time in timestamps(data):
        first.setdefault(kind, time)
        if len(first) == 2:
            break
    return first


def first_time(data: bytes) -> int | None:
    """Return the presentation time of the first frame in ``data`` (of the audio where there is none), in 1/90000 s."""
    first = first_times(data)
    return first.get(VIDEO, first.get(AUDIO))


def shifted(data: bytes, shift: int) -> bytes:
    """Whole packets with every PCR, PTS and DTS moved by ``shift`` / 90000 s."""
    moved = bytearray(data)
    for at in range(0, len(moved) - PACKET + 1, PACKET):
        if moved[at] != _SYNC:
            continue
        if moved[at + 3] & 0x20 and moved[at + 4] >= 7 and moved[at + 5] & 0x10:
            _move_pcr(moved, at + 6, shift)
        if not moved[at + 1] & 0x40:
            continue
        start = _payload(moved, at)
        found = _pes(moved, start, at + PACKET) if start is not None else None
        if found is not None:
            _restamp(moved, found[2], shift)
            if found[1] == 3:
                _restamp(moved, found[2] + 5, shift)
    return bytes(moved)


def _move_pcr(data: bytearray, at: int, shift: int) -> None:
    base = int.from_bytes(data[at : at + 4], "big") << 1 | data[at + 4] >> 7
    base = (base + shift) % _WRAP
    data[at : at + 4] = (base >> 1).to_bytes(4, "big")
    data[at + 4] = data[at + 4] & 0x7F | (base & 1) << 7
