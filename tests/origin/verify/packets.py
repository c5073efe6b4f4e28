"""Which pictures of a clip are the source's own packets, bit for bit."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av

from .frames import pictures

SLICES = {"h264": lambda head: 1 <= head & 31 <= 5, "hevc": lambda head: (head >> 1) & 63 < 32}
"""For codecs of NAL units: which unit types carry pictures (H.264 table 7-1, H.265 table 7-1). Parameter sets, AUDs and SEI
may differ between a file and its copy; these may not."""


def packet_hashes(path: Path) -> list[tuple[int, str]]:
    """(picture's place in display order, hash of its coded slices), in display order. Edit lists are ignored."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context.name
        extradata = stream.codec_context.extradata or b""
        length_prefixed = extradata[:1] == b"\x01"
        found = []
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None:
                found.append((packet.pts, hashlib.md5(_payload(bytes(packet), codec, length_prefixed)).hexdigest()))
    return [(place, digest) for place, (_, digest) in enumerate(sorted(found))]


def copied_frames(clip: Path, source: Path) -> tuple[int, int]:
    """How many of the clip's pictures are copies of the source's packets, and how many it has in all."""
    ours = packet_hashes(clip)
    theirs = {digest for _, digest in packet_hashes(source)}
    return sum(digest in theirs for _, digest in ours), len(ours)


def interior_is_copied(clip: Path, source: Path, *, edge: int) -> bool:
    """Whether every picture of ``clip`` but ``edge`` at each end is the source's packet."""
    theirs = {digest for _, digest in packet_hashes(source)}
    ours = packet_hashes(clip)
    return all(digest in theirs for _, digest in ours[edge : len(ours) - edge])


def times_of(source: Path) -> dict[int, float]:
    """Presentation time of each picture number in ``source``, its first picture at 0."""
    seen = pictures(source).seen
    start = seen[0][0] if seen else 0.0
    return {number: pts - start for pts, number in seen if number is not None}


def _payload(packet: bytes, codec: str, length_prefixed: bool) -> bytes:
    is_slice = SLICES.get(codec.removeprefix("lib"))
    if is_slice is None:
        return packet
    units = _length_prefixed(packet) if length_prefixed else _annex_b(packet)
    return b"".join(unit for unit in units if unit and is_slice(unit[0]))


def _length_prefixed(packet: bytes) -> list[bytes]:
    units, at = [], 0
    while at + 4 <= len(packet):
        size = int.from_bytes(packet[at : at + 4], "big")
        units.append(packet[at + 4 : at + 4 + size])
        at += 4 + size
    return units


def _annex_b(packet: bytes) -> list[bytes]:
    return [unit.rstrip(b"\0") for unit in packet.split(b"\0\0\1")]
