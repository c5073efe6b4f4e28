"""Checksums of a packet's content without the container's framing: equal for a source's packet and its copy."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from ...codec.av1_obu import SEQUENCE_HEADER, units
from ...codec.nal import split_lengths, split_start_codes
from ..packets import AnyPacket

_H264_SLICES = range(1, 6)
"""``nal_unit_type`` of coded slices (H.264 table 7-1)."""
_H265_SLICES, _H265_ENTRIES = range(32), range(16, 22)
"""VCL NAL units (H.265 table 7-1), and those of random access points: a CRA picture after a splice becomes a BLA picture."""
_HEAD_BYTES = 24
_TEMPORAL_DELIMITER = 2
"""AV1 ``obu_type``; like the sequence header, a file may store it elsewhere (AV1 ISOBMFF binding 2.4)."""
_AVCC_BYTES, _HVCC_BYTES = 7, 23
"""Least size of the records of ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1."""
_ADTS_BYTES, _ADTS_CRC_BYTES = 7, 2


class PacketContent:
    """Computes checksums of one stream's packets.

    Args:
        codec: libav's codec name.
        extradata: the stream's; declares how NAL units are framed, and whether AAC has ADTS headers.
    """

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self._codec = codec
        data = extradata or b""
        self._length_size = 0
        if codec == "h264" and len(data) >= _AVCC_BYTES and data[0] == 1:
            self._length_size = (data[4] & 3) + 1
        elif codec == "hevc" and len(data) >= _HVCC_BYTES and data[0] == 1:
            self._length_size = (data[21] & 3) + 1
        self._has_adts = codec == "aac" and not data
        self.slice_head = b""
        """Of H.264: start of the first coded slice of the last packet, long enough for ``frame_num``."""

    def checksum(self, packet: AnyPacket) -> int:
        """Return the CRC-32 of the coded frame or audio; of the whole packet where that cannot be separated."""
        if self._codec in ("h264", "hevc"):
            return self._of_slices(packet)
        if self._codec == "av1":
            return _of_av1(packet)
        view = memoryview(packet)
        if self._has_adts and len(view) > _ADTS_BYTES and view[0] == 0xFF and view[1] & 0xF0 == 0xF0:
            return zlib.crc32(view[_ADTS_BYTES + (0 if view[1] & 1 else _ADTS_CRC_BYTES) :])
        return zlib.crc32(view)

    def _of_slices(self, packet: AnyPacket) -> int:
        nals: Iterable[bytes | memoryview]
        view = memoryview(packet)
        try:
            nals = list(split_lengths(view, self._length_size)) if self._length_size else split_start_codes(bytes(view))
        except ValueError:  # damaged
            return zlib.crc32(view)
        checksum = 0
        self.slice_head = b""
        for nal in nals:
            if self._codec == "h264":
                coded, header = nal[0] & 31 in _H264_SLICES, 0
            else:
                kind = nal[0] >> 1 & 63
                coded, header = kind in _H265_SLICES, int(kind in _H265_ENTRIES)
            if coded:
                if not checksum and self._codec == "h264":
                    self.slice_head = bytes(nal[:_HEAD_BYTES])
                checksum = zlib.crc32(_without_zeros(nal)[header:], checksum)
        return checksum


def _without_zeros(nal: bytes | memoryview) -> bytes | memoryview:
    """Remove ``trailing_zero_8bits`` of a NAL unit (H.264 B.1), whose own last byte is never 0."""
    end = len(nal)
    while end and nal[end - 1] == 0:
        end -= 1
    return nal[:end]


def _of_av1(packet: AnyPacket) -> int:
    view = memoryview(packet)
    if not packet.is_keyframe:
        return zlib.crc32(view[2:] if bytes(view[:2]) == b"\x12\x00" else view)
    checksum = 0
    for unit in units(view):
        if unit.kind not in (SEQUENCE_HEADER, _TEMPORAL_DELIMITER):
            checksum = zlib.crc32(unit.whole, checksum)
    return checksum
