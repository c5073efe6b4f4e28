"""Order-sensitive fingerprints of packets, independent of the container's framing."""

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
    """The part of a packet that is compared: muxers rewrite the rest (start codes to lengths, delimiters, parameter sets)."""

    NONE = enum.auto()
    """Packets are stored unchanged: all bytes."""
    START_CODES = enum.auto()
    """H.264 and H.265 with start codes, with lengths in the file: coded slices."""
    DELIMITERS = enum.auto()
    """AV1: all but a leading temporal delimiter."""


def add_packet(packet: AnyPacket, fingerprint: int) -> int:
    """Add a packet to a fingerprint, with all its bytes."""
    return zlib.crc32(memoryview(packet), fingerprint)


def add_written(packet: AnyPacket, fingerprint: int, framing: Framing, codec: str) -> int:
    """Add a packet that is about to be written."""
    if framing is Framing.START_CODES:
        return _slices(split_start_codes(bytes(packet)), codec, fingerprint)
    return _unframed(packet, fingerprint, framing)


def add_read(packet: AnyPacket, fingerprint: int, framing: Framing, codec: str) -> int:
    """Add a packet that was read from the file, where slices have lengths of four bytes.

    Raises:
        ValueError: a length is invalid.
    """
    if framing is Framing.START_CODES:
        return _slices(split_lengths(memoryview(packet)), codec, fingerprint)
    return _unframed(packet, fingerprint, framing)


def _unframed(packet: AnyPacket, fingerprint: int, framing: Framing) -> int:
    return add_packet(without_temporal_delimiter(packet) if framing is Framing.DELIMITERS else packet, fingerprint)


def _slices(nals: Iterable[bytes | memoryview], codec: str, fingerprint: int) -> int:
    for nal in nals:
        if not nal[-1]:
            # Zeros after a NAL unit are not part of it (H.264 B.1, H.265 B.2), and a muxer may take them along.
            nal = bytes(nal).rstrip(b"\x00")  # noqa: PLW2901
        if not nal:
            continue
        coded = h264_type(nal) in _H264_SLICES if codec == "h264" else (nal[0] >> 1 & 63) in _H265_SLICES
        if coded:
            fingerprint = zlib.crc32(nal, fingerprint)
    return fingerprint
