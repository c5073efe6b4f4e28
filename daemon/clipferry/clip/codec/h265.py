"""H.265 parameter sets: renumber the encoder's beside the source's, and build one ``hvcC`` for both.

Sections are those of ITU-T H.265 (08/2021): 7.3.2 (parameter sets), 7.3.6.1 (slice header); ``hvcC`` is ISO/IEC 14496-15 8.3.3.
"""

from __future__ import annotations

from typing import NamedTuple

from .bitstream import BitReader, BitWriter, escape, unescape
from .nal import split_start_codes

VPS, SPS, PPS, AUD, END_OF_SEQUENCE, END_OF_STREAM, FILLER = 32, 33, 34, 35, 36, 37, 38
BLA_N_LP, IDR_W_RADL, IDR_N_LP, CRA = 18, 19, 20, 21
FIRST_IRAP, LAST_IRAP = 16, 23
_PROFILE_TIER_LEVEL_BITS = 96
"""``profile_tier_level(1, 0)``: 88 bits of profile and constraints, 8 of level (7.3.3)."""


def nal_type(nal: bytes | memoryview) -> int:
    return nal[0] >> 1 & 63


class Sps(NamedTuple):
    """Fields of a sequence parameter set. ``*_bits`` are ``(value, count)`` pairs that are copied unchanged."""

    id: int
    profile_bits: tuple[int, int]
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int
    before_ordering_bits: tuple[int, int]
    """From after the id up to ``sps_max_dec_pic_buffering_minus1``."""
    ordering: tuple[int, int, int]
    """Buffering less one, reordering, latency."""
    after_ordering_bits: tuple[int, int]


def parse_sps(nal: bytes) -> Sps:
    """Parse a sequence parameter set NAL unit (header bytes included) of a stream without temporal sub-layers.

    Raises:
        ValueError: it is truncated, invalid, or has sub-layers.
    """
    rbsp = unescape(nal)[2:]
    bits = BitReader(rbsp)
    bits.u(4)  # vps_id: every SPS is written with another
    if bits.u(3):
        raise ValueError("temporal sub-layers")
    bits.flag()
    at = bits.position
    bits.u(_PROFILE_TIER_LEVEL_BITS)
    profile = bits.copy(at, bits.position)
    set_id = bits.ue()
    before = bits.position
    chroma_format = bits.ue()
    if chroma_format == 3:
        bits.flag()
    bits.ue()
    bits.ue()
    if bits.flag():
        for _ in range(4):
            bits.ue()
    luma, chroma = 8 + bits.ue(), 8 + bits.ue()
    bits.ue()
    bits.flag()
    ordering_at = bits.position
    ordering = (bits.ue(), bits.ue(), bits.ue())
    return Sps(
        id=set_id,
        profile_bits=profile,
        chroma_format=chroma_format,
        bit_depth_luma=luma,
        bit_depth_chroma=chroma,
        before_ordering_bits=bits.copy(before, ordering_at),
        ordering=ordering,
        after_ordering_bits=bits.copy(bits.position, _stop_bit(rbsp)),
    )


def _stop_bit(rbsp: bytes) -> int:
    """Return the position of the stop bit, the last bit that is set: the end of the payload."""
    value = int.from_bytes(rbsp, "big")
    return len(rbsp) * 8 - (value & -value).bit_length()


class ParameterSets(NamedTuple):
    """All VPS, SPS and PPS of a stream, as NAL units, and the size of the length fields in its packets (0: start codes)."""

    vps: tuple[bytes, ...]
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_size: int

    def known(self, nal: bytes) -> bool:
        return nal in self.vps or nal in self.sps or nal in self.pps


class Ids(NamedTuple):
    """Ids for the encoder's sets that the source does not use.

    The PPS id is one whose Exp-Golomb code has nine bits, eight more than that of 0: so every slice header grows by exactly one byte, and
    what follows stays byte-aligned.
    """

    vps: int
    sps: int
    pps: int

    @classmethod
    def beside(cls, source: ParameterSets) -> Ids:
        """Return unused ids. Raises ``ValueError`` if all are used."""
        vps_taken = {unescape(nal)[2] >> 4 for nal in source.vps}
        sps_taken = {parse_sps(nal).id for nal in source.sps}
        pps_taken = {BitReader(unescape(nal)[2:]).ue() for nal in source.pps}
        try:
            return cls(
                next(i for i in range(16) if i not in vps_taken),
                next(i for i in range(16) if i not in sps_taken),
                next(i for i in range(15, 31) if i not in pps_taken),
            )
        except StopIteration:
            raise ValueError("every parameter set id is taken") from None


def renumber_sets(encoder: ParameterSets, source: Sps, ids: Ids) -> ParameterSets:
    """Return the encoder's sets with ``ids``, the source's profile and level, and at least its buffer parameters."""
    return ParameterSets(
        tuple(_with_vps_id(nal, ids.vps) for nal in encoder.vps),
        tuple(_match_sps(nal, source, ids) for nal in encoder.sps),
        tuple(_renumber_pps(nal, ids) for nal in encoder.pps),
        4,
    )


def _with_vps_id(nal: bytes, vps_id: int) -> bytes:
    raw = bytearray(unescape(nal))
    raw[2] = vps_id << 4 | raw[2] & 15
    return escape(bytes(raw))


def _match_sps(nal: bytes, source: Sps, ids: Ids) -> bytes:
    ours = parse_sps(nal)
    nested = BitReader(unescape(nal)[2:])
    nested.u(7)
    out = BitWriter()
    out.u(ids.vps, 4)
    out.u(0, 3)
    out.flag(nested.flag())
    out.u(*source.profile_bits)
    out.ue(ids.sps)
    out.u(*ours.before_ordering_bits)
    for mine, theirs in zip(ours.ordering, source.ordering, strict=True):
        out.ue(max(mine, theirs))
    out.u(*ours.after_ordering_bits)
    return nal[:2] + escape(out.finish())


def _renumber_pps(nal: bytes, ids: Ids) -> bytes:
    rbsp = unescape(nal)[2:]
    bits = BitReader(rbsp)
    bits.ue()
    bits.ue()
    out = BitWriter()
    out.ue(ids.pps)
    out.ue(ids.sps)
    out.u(*bits.copy(bits.position, _stop_bit(rbsp)))
    return nal[:2] + escape(out.finish())


def renumber_slice(nal: bytes, ids: Ids) -> bytes:
    """Make a slice of the encoder, which refers to PPS 0, refer to ``ids.pps``.

    Raises:
        ValueError: it refers to another PPS.
    """
    raw = unescape(nal)
    flags = 2 if FIRST_IRAP <= nal_type(nal) <= LAST_IRAP else 1
    value, length = int.from_bytes(raw[2:], "big"), (len(raw) - 2) * 8
    rest = length - flags - 1
    if value >> rest & 1 != 1:
        raise ValueError("a slice of another picture parameter set")
    head = value >> rest + 1
    changed = (head << 9 | ids.pps + 1) << rest | value & (1 << rest) - 1
    return escape(raw[:2] + changed.to_bytes(len(raw) - 1, "big"))


def as_broken_link(nal: bytes) -> bytes:
    """Turn a slice of a CRA picture into one of a BLA picture without leading pictures, as at a splice point (8.1.3)."""
    return bytes((nal[0] & 0x81 | BLA_N_LP << 1,)) + nal[1:]


def read_sets(extradata: bytes) -> ParameterSets:
    """Read parameter sets from ``hvcC`` or from start codes.

    Raises:
        ValueError: neither, or no SPS in it.
    """
    if extradata[:1] == b"\x01":
        nals, length_size = _read_hvcc(extradata), (extradata[21] & 3) + 1
    else:
        nals, length_size = split_start_codes(extradata), 0
    of = {kind: tuple(dict.fromkeys(nal for nal in nals if nal_type(nal) == kind)) for kind in (VPS, SPS, PPS)}
    if not of[SPS]:
        raise ValueError("no sequence parameter set")
    return ParameterSets(of[VPS], of[SPS], of[PPS], length_size)


def _read_hvcc(data: bytes) -> list[bytes]:
    if len(data) < 23:
        raise ValueError("hvcC is cut short")
    nals = []
    position = 23
    for _ in range(data[22]):
        count = int.from_bytes(data[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            size = int.from_bytes(data[position : position + 2], "big")
            nal = data[position + 2 : position + 2 + size]
            if len(nal) < size or size < 3:
                raise ValueError("hvcC is cut short")
            nals.append(nal)
            position += 2 + size
    return nals


def build_hvcc(first: ParameterSets, second: ParameterSets | None = None) -> bytes:
    """Build an ``hvcC`` for four-byte lengths with all sets of ``first`` and ``second``, and the general fields of ``first``."""
    sps = parse_sps(first.sps[0])
    out = bytearray((1,)) + sps.profile_bits[0].to_bytes(12, "big")
    out += bytes(
        (0xF0, 0, 0xFC, 0xFC | sps.chroma_format, 0xF8 | sps.bit_depth_luma - 8, 0xF8 | sps.bit_depth_chroma - 8)
    )
    out += bytes((0, 0, 1 << 3 | 1 << 2 | 3, 3))
    for kind, ours, theirs in (
        (VPS, first.vps, second.vps if second else ()),
        (SPS, first.sps, second.sps if second else ()),
        (PPS, first.pps, second.pps if second else ()),
    ):
        nals = ours + theirs
        out += bytes((0x80 | kind,)) + len(nals).to_bytes(2, "big")
        for nal in nals:
            out += len(nal).to_bytes(2, "big") + nal
    return bytes(out)
