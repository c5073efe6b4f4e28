"""All H.264 parameter sets of a stream: from ``avcC`` or start codes, and one ``avcC`` for two streams (ISO/IEC 14496-15 5.3.3)."""

from __future__ import annotations

from typing import NamedTuple

from .bitstream import BitReader, unescape
from .h264 import HIGH_PROFILES, PPS, SPS, nal_type, parse_sps
from .nal import split_start_codes


class ParameterSets(NamedTuple):
    """All SPS and PPS of a stream, as NAL units, and the size of the length fields in its packets (0: start codes)."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_size: int

    def known(self, nal: bytes) -> bool:
        return nal in self.sps or nal in self.pps

    def free_id(self) -> int:
        """Return an id that neither an SPS nor a PPS uses (both up to 31, 7.4.2.1.1).

        Raises:
            ValueError: all are used.
        """
        taken = {parse_sps(nal).id for nal in self.sps} | {BitReader(unescape(nal)[1:]).ue() for nal in self.pps}
        for candidate in range(32):
            if candidate not in taken:
                return candidate
        raise ValueError("every parameter set id is taken")


def read_sets(extradata: bytes) -> ParameterSets:
    """Read parameter sets from ``avcC`` or from start codes.

    Raises:
        ValueError: neither, or no SPS in it.
    """
    if extradata[:1] == b"\x01":
        found = _read_avcc(extradata)
    else:
        nals = split_start_codes(extradata)
        sps, pps = (tuple(dict.fromkeys(nal for nal in nals if nal_type(nal) == kind)) for kind in (SPS, PPS))
        found = ParameterSets(sps, pps, 0)
    if not found.sps:
        raise ValueError("no sequence parameter set")
    return found


def _read_avcc(data: bytes) -> ParameterSets:
    if len(data) < 7:
        raise ValueError("avcC is cut short")
    position = 6

    def take(count: int) -> tuple[bytes, ...]:
        nonlocal position
        sets = []
        for _ in range(count):
            size = int.from_bytes(data[position : position + 2], "big")
            nal = data[position + 2 : position + 2 + size]
            if len(nal) < size or not nal:
                raise ValueError("avcC is cut short")
            sets.append(nal)
            position += 2 + size
        return tuple(sets)

    sps = take(data[5] & 31)
    if position == len(data):
        raise ValueError("avcC is cut short")
    position += 1
    pps = take(data[position - 1])
    return ParameterSets(sps, pps, (data[4] & 3) + 1)


def build_avcc(first: ParameterSets, second: ParameterSets | None = None) -> bytes:
    """Build an ``avcC`` for four-byte lengths with all sets of ``first`` and ``second``, and profile and level of ``first``."""
    sps = first.sps + (second.sps if second else ())
    pps = first.pps + (second.pps if second else ())
    head = parse_sps(first.sps[0])
    out = bytearray((1, head.profile, head.constraints, head.level, 0xFC | 3, 0xE0 | len(sps)))
    for nal in sps:
        out += len(nal).to_bytes(2, "big") + nal
    out.append(len(pps))
    for nal in pps:
        out += len(nal).to_bytes(2, "big") + nal
    if head.profile in HIGH_PROFILES:
        out += _avcc_extension(first.sps[0])
    return bytes(out)


def _avcc_extension(sps: bytes) -> bytes:
    """Return chroma format and bit depths, which ``avcC`` repeats for the high profiles, without SPS extensions."""
    bits = BitReader(unescape(sps)[4:])
    bits.ue()
    chroma_format = bits.ue()
    if chroma_format == 3:
        bits.flag()
    return bytes((0xFC | chroma_format, 0xF8 | bits.ue(), 0xF8 | bits.ue(), 0))
