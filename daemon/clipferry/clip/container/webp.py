"""Read the frames of an animated WebP from its chunks (developers.google.com/speed/webp/docs/riff_container). Pure.

libav 8 writes animated WebP and does not read it. A single picture becomes a still: the format's simple form, without times.
"""

from __future__ import annotations

_STILL = b"\x9d\x01\x2a"
"""Begins a VP8 keyframe's size, behind three bytes of tag (RFC 6386, 9.1)."""


def frame_times_ms(data: bytes) -> tuple[int, int, list[int]]:
    """Return width, height and how long each picture is shown, in milliseconds; 0 for a still.

    Raises:
        ValueError: it is no whole WebP of moving pictures, and no still.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or int.from_bytes(data[4:8], "little") + 8 != len(data):
        raise ValueError("no whole WebP file")
    width = height = 0
    times: list[int] = []
    at = 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if len(body) != size:
            raise ValueError("a chunk is cut off")
        if kind == b"VP8X":
            width = int.from_bytes(body[4:7], "little") + 1
            height = int.from_bytes(body[7:10], "little") + 1
        elif kind == b"ANMF":
            times.append(int.from_bytes(body[12:15], "little"))
        elif kind == b"VP8 " and body[3:6] == _STILL:
            width, height = (int.from_bytes(body[side : side + 2], "little") & 0x3FFF for side in (6, 8))
            times.append(0)
        at += 8 + size + size % 2
    if not times:
        raise ValueError("no animation in it")
    return width, height, times
