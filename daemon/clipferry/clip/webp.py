"""What an animated WebP holds, read from its chunks (developers.google.com/speed/webp/docs/riff_container). Pure.

libav 8 writes animated WebP and does not read it.
"""

from __future__ import annotations


def frame_times_ms(data: bytes) -> tuple[int, int, list[int]]:
    """Width, height and how long each picture is shown, in milliseconds.

    Raises:
        ValueError: it is no whole animated WebP.
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
        at += 8 + size + size % 2
    if not times:
        raise ValueError("no animation in it")
    return width, height, times
