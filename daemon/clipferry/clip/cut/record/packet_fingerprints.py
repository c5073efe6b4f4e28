"""Fingerprints of packets in their order, by which verification knows what was written, whatever frame the container puts around it."""

from __future__ import annotations

import enum
import zlib
from collections.abc import Iterable

from ...codec.h264 import nal_type as h264_type
from ...codec.nal import split_lengths, split_start_codes
from ..packets import AnyPacket, without_temporal_delimiter

_H264_SLICES = range(1, 6)
"""``nal_unit_type`` of coded slices (H.264 table 7-1)."""
_H265_SLICES = range(32)
"""VCL NAL units (H.265 table 7-1)."""


class Framing(enum.Enum):
    """What is compared of a packet, because containers change the rest: libav makes lengths of start codes, takes delimiters away and
    moves parameter sets."""

    NONE = enum.auto()
    """Packets stand in the file as they are handed over: every byte."""
    START_CODES = enum.auto()
    """H.264 and H.265 after start codes, after lengths in the file: coded slices."""
    DELIMITERS = enum.auto()
    """AV1: all but a temporal delimiter in front."""


def add_packet(packet: AnyPacket, so_far: int) -> int:
    """A number that changes with any byte of a packet, and with the order of packets."""
    return zlib.crc32(memoryview(packet), so_far)


def add_written(packet: AnyPacket, so_far: int, framing: Framing, codec: str) -> int:
    """The same for a packet that is about to be written."""
    if framing is Framing.START_CODES:
        return _slices(split_start_codes(bytes(packet)), codec, so_far)
    return _unframed(packet, so_far, framing)


def add_read(packet: AnyPacket, so_far: int, framing: Framing, codec: str) -> int:
    """The same for a packet that was read from the file; its slices stand after lengths of four bytes.

    Raises:
        ValueError: they do not.
    """
    if framing is Framing.START_CODES:
        return _slices(split_lengths(memoryview(packet)), codec, so_far)
    return _unframed(packet, so_far, framing)


def _unframed(packet: AnyPacket, so_far: int, framing: Framing) -> int:
    return add_packet(without_temporal_delimiter(packet) if framing is Framing.DELIMITERS else packet, so_far)


def _slices(nals: Iterable[bytes | memoryview], codec: str, so_far: int) -> int:
    for nal in nals:
        if not nal[-1]:
            # Zeros after a NAL unit are not part of it (H.264 B.1, H.265 B.2), and a muxer may take them along.
            nal = bytes(nal).rstrip(b"\x00")  # noqa: PLW2901
        if not nal:
            continue
        coded = h264_type(nal) in _H264_SLICES if codec == "h264" else (nal[0] >> 1 & 63) in _H265_SLICES
        if coded:
            so_far = zlib.crc32(nal, so_far)
    return so_far
