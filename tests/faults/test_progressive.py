"""Progressive MP4 as other writers lay it out: the packets of a window are those that libav finds in the whole file, and few else."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from faults import packets
from faults.reading import Bench
from origin import media
from origin.media import Pack
from origin.media.encode import run

WINDOWS = [(0.0, 2.0), (5.0, 6.0), (7.3, 10.6), (9.99, 10.01), (12.0, 13.0), (17.0, None)]
LAYOUTS = {
    "in front": ("-movflags", "+faststart"),
    "at the end": (),
    "negative offsets": ("-movflags", "+negative_cts_offsets"),
    "long chunks": ("-chunk_duration", "3000000", "-chunk_size", "10000000"),
    "no edit list": ("-use_editlist", "0"),
    "a coarse clock": ("-video_track_timescale", "600"),
    "pictures alone": ("-an",),
    "sound alone": ("-vn",),
    "QuickTime": ("-f", "mov"),
}


def laid_out(path: Path, *how: str, picture: str = "h264") -> packets.Packets:
    """Writes the file; gives its packets."""
    whole = media.make(media.recipe(picture, Pack.MP4_FRONT, sound="aac"))
    run("-i", str(whole), "-c", "copy", *("-f", "mp4"), *how, str(path))
    return packets.of_file(path)


def assert_windows(bench: Bench, path: Path, known: packets.Packets) -> None:
    source = bench.source(bench.site.publish(path), duration_s=20.0)
    try:
        assert source.duration_s() == pytest.approx(20.0, abs=0.1)
        for start_s, end_s in WINDOWS:
            found = packets.assert_window(source, known, start_s, end_s)
            assert all(at < (end_s or 20.0) + 0.3 for _, at, _ in found.values())
            assert all(kind == "video" or at > start_s - 0.3 for kind, at, _ in found.values())
            assert sum(kind == "video" and key and at <= start_s for kind, at, key in found.values()) <= 1
    finally:
        source.close()


@pytest.mark.parametrize("how", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout(bench: Bench, tmp_path: Path, how: tuple[str, ...]) -> None:
    path = tmp_path / "media.mp4"
    assert_windows(bench, path, laid_out(path, *how))


def test_positions_of_64_bits(bench: Bench, tmp_path: Path) -> None:
    """``co64`` in place of ``stco`` (ISO/IEC 14496-12, 8.7.5), as every file above 4 GiB has it, and a box with a size of 64 bits."""
    path = tmp_path / "media.mp4"
    known = laid_out(path)
    path.write_bytes(widened(path.read_bytes()))
    assert packets.of_file(path) == known
    assert_windows(bench, path, known)


def widened(data: bytes) -> bytes:
    """A file whose ``moov`` comes last, with wide positions and a wide ``mdat``."""
    at = data.index(b"mdat") - 4
    size = struct.unpack_from(">I", data, at)[0]
    assert data[at - 8 : at] == struct.pack(">I4s", 8, b"free"), "room for a head of 16 bytes"
    media_ = struct.pack(">I4sQ", 1, b"mdat", size + 8) + data[at + 8 : at + size]
    return data[: at - 8] + media_ + _wide(data[at + size :])


def _wide(boxes: bytes) -> bytes:
    out, at = b"", 0
    while at < len(boxes):
        size, kind = struct.unpack_from(">I4s", boxes, at)
        payload = boxes[at + 8 : at + size]
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
            payload = _wide(payload)
        elif kind == b"stco":
            count = struct.unpack_from(">I", payload, 4)[0]
            kind = b"co64"
            payload = payload[:8] + struct.pack(f">{count}Q", *struct.unpack_from(f">{count}I", payload, 8))
        out += struct.pack(">I4s", len(payload) + 8, kind) + payload
        at += size
    return out
