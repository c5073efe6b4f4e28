"""Films as other encoders, cameras and muxers write them: each an ffmpeg command, and what is changed of the bytes it wrote."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from . import cache
from .encode import run

PICTURES = ("-f", "lavfi", "-i")
Change = Callable[[bytes], bytes]


def foreign(name: str, *arguments: str, change: Change | None = None) -> Path:
    """The file ``name`` (its suffix tells the container) that ffmpeg makes of ``arguments``; made once.

    Args:
        change: a function of the module's, given the bytes that ffmpeg wrote; gives those of the file.
    """
    recipe = f"foreign {name} {arguments!r} {change.__name__ if change else ''}"

    def make(target: Path) -> None:
        run(*arguments, str(target))
        if change is not None:
            target.write_bytes(change(target.read_bytes()))

    return cache.made("media", recipe, name, make)


def playlist(*arguments: str) -> Path:
    """An HLS playlist that ffmpeg makes of ``arguments``, its segments beside it; made once."""

    def make(target: Path) -> None:
        target.mkdir()
        run(*arguments, "-f", "hls", "-hls_playlist_type", "vod", str(target / "index.m3u8"))

    return cache.made("media", f"playlist {arguments!r}", "tree", make) / "index.m3u8"


def moving(rate: int, seconds: float, size: str = "320x240") -> tuple[str, ...]:
    """An input of ffmpeg's own test picture, in which no two frames are alike."""
    return (*PICTURES, f"testsrc2=r={rate}:d={seconds}:s={size}")


def x264(*options: str) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", *options)


def edited(data: bytes, edits: tuple[tuple[float, float | None], ...]) -> bytes:
    """An MP4 whose ``moov`` comes last, with another edit list (ISO/IEC 14496-12, 8.6.6) in each track.

    Args:
        edits: how long each stretch is shown, and what it begins with, in seconds of what was shown before; ``None``: nothing.
    """
    at, out = 0, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        payload = data[at + 8 : at + size]
        out += _box(kind, _with_edits(payload, edits)) if kind == b"moov" else data[at : at + size]
        at += size
    return out


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def _children(payload: bytes) -> dict[bytes, bytes]:
    found, at = {}, 0
    while at < len(payload):
        size, kind = struct.unpack_from(">I4s", payload, at)
        found[kind] = payload[at + 8 : at + size]
        at += size
    return found


def _with_edits(moov: bytes, edits: tuple[tuple[float, float | None], ...]) -> bytes:
    """The payload of a ``moov`` box. Version 0 boxes, as ffmpeg writes them."""
    movie_scale = int.from_bytes(_children(moov)[b"mvhd"][12:16], "big")
    at, out = 0, b""
    while at < len(moov):
        size, kind = struct.unpack_from(">I4s", moov, at)
        payload = moov[at + 8 : at + size]
        at += size
        if kind != b"trak":
            out += _box(kind, payload)
            continue
        parts = _children(payload)
        scale = int.from_bytes(_children(parts[b"mdia"])[b"mdhd"][12:16], "big")
        before = struct.unpack_from(">i", _children(parts[b"edts"])[b"elst"], 12)[0]
        lines = struct.pack(">II", 0, len(edits))
        for length_s, begin_s in edits:
            begin = -1 if begin_s is None else before + round(begin_s * scale)
            lines += struct.pack(">IiI", round(length_s * movie_scale), begin, 1 << 16)
        parts[b"edts"] = _box(b"elst", lines)
        out += _box(b"trak", b"".join(_box(name, part) for name, part in parts.items()))
    return out
