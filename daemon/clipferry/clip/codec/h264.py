"""H.264 sequence parameter sets: parse one, and match the encoder's to the source's.

Sections are those of ITU-T H.264 (08/2021): 7.3.2.1.1 (SPS), E.1.1 (VUI), E.1.2 (HRD).
"""

from __future__ import annotations

from typing import NamedTuple

from .bitstream import BitReader, BitWriter, escape, unescape
from .h264_levels import inferred_frames

IDR, SEI, SPS, PPS, AUD, END_OF_SEQUENCE, END_OF_STREAM, FILLER = 5, 6, 7, 8, 9, 10, 11, 12
HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_EXTENDED_SAR = 255


def nal_type(nal: bytes | memoryview) -> int:
    return nal[0] & 31


class Sps(NamedTuple):
    """Fields of a sequence parameter set. ``*_bits`` are ``(value, count)`` pairs that are copied unchanged."""

    profile: int
    constraints: int
    level: int
    id: int
    max_ref_frames: int
    inferred_frames: int  # reorder depth and buffer size if not declared
    progressive: bool
    frame_num_bits: int
    poc_type: int
    chroma_format: int
    """``chroma_format_idc``: 1 is 4:2:0."""
    bit_depth: int
    reorder_frames: int | None
    """``num_reorder_frames``; ``None``: not declared."""
    dec_frame_buffering: int | None
    before_refs_bits: tuple[int, int]
    """From after the id up to ``max_num_ref_frames``."""
    after_refs_bits: tuple[int, int]
    """From ``gaps_in_frame_num_value_allowed_flag`` up to ``vui_parameters_present_flag``."""
    vui_head_bits: tuple[int, int] | None
    """The VUI up to ``nal_hrd_parameters_present_flag``: aspect ratio, range, colour, chroma place, timing. ``None``: no VUI."""


def parse_sps(nal: bytes) -> Sps:
    """Parse a sequence parameter set NAL unit (header byte included).

    Raises:
        ValueError: it is truncated or invalid.
    """
    bits = BitReader(unescape(nal)[1:])
    profile, constraints, level, set_id = bits.u(8), bits.u(8), bits.u(8), bits.ue()
    before = bits.position
    chroma_format, bit_depth = _read_high_profile_fields(bits) if profile in HIGH_PROFILES else (1, 8)
    frame_num_bits = bits.ue() + 4
    poc_type = bits.ue()
    if poc_type == 0:
        bits.ue()
    elif poc_type == 1:
        bits.flag()
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()
    refs_at = bits.position
    max_ref_frames = bits.ue()
    after = bits.position
    bits.flag()
    width, height = bits.ue() + 1, bits.ue() + 1
    progressive = bits.flag()
    if not progressive:
        bits.flag()
    bits.flag()
    if bits.flag():
        for _ in range(4):
            bits.ue()
    vui_at = bits.position
    reorder: int | None = None
    buffering: int | None = None
    vui_head: tuple[int, int] | None = None
    if bits.flag():
        start = bits.position
        _skip_vui_head(bits)
        vui_head = bits.copy(start, bits.position)
        reorder, buffering = _read_vui_tail(bits)
    return Sps(
        profile=profile,
        constraints=constraints,
        level=level,
        id=set_id,
        max_ref_frames=max_ref_frames,
        inferred_frames=inferred_frames(profile, level, poc_type, width * height * (1 if progressive else 2)),
        progressive=progressive,
        frame_num_bits=frame_num_bits,
        poc_type=poc_type,
        chroma_format=chroma_format,
        bit_depth=bit_depth,
        reorder_frames=reorder,
        dec_frame_buffering=buffering,
        before_refs_bits=bits.copy(before, refs_at),
        after_refs_bits=bits.copy(after, vui_at),
        vui_head_bits=vui_head,
    )


def _read_high_profile_fields(bits: BitReader) -> tuple[int, int]:
    """Return chroma format and luma bit depth; scaling lists are skipped."""
    chroma_format = bits.ue()
    if chroma_format == 3:
        bits.flag()
    bit_depth = 8 + bits.ue()
    bits.ue()
    bits.flag()
    if bits.flag():
        for index in range(8 if chroma_format != 3 else 12):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma_format, bit_depth


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_vui_head(bits: BitReader) -> None:
    if bits.flag() and bits.u(8) == _EXTENDED_SAR:
        bits.u(32)
    if bits.flag():
        bits.flag()
    if bits.flag():
        bits.u(4)
        if bits.flag():
            bits.u(24)
    if bits.flag():
        bits.ue()
        bits.ue()
    if bits.flag():
        bits.u(65)


def _read_vui_tail(bits: BitReader) -> tuple[int | None, int | None]:
    hrds = 0
    for _ in range(2):
        if bits.flag():
            hrds += 1
            count = bits.ue() + 1
            bits.u(8)
            for _ in range(count):
                bits.ue()
                bits.ue()
                bits.flag()
            bits.u(20)
    if hrds:
        bits.flag()
    bits.flag()
    if not bits.flag():
        return None, None
    bits.flag()
    for _ in range(4):
        bits.ue()
    return bits.ue(), bits.ue()


def pix_fmt(sps: Sps) -> str | None:
    """Return libav's name of the pixel format; ``None``: x264 does not encode it."""
    chroma = {1: "yuv420p", 2: "yuv422p", 3: "yuv444p"}.get(sps.chroma_format)
    return None if chroma is None else {8: chroma, 10: f"{chroma}10le"}.get(sps.bit_depth)


def match_sps(encoder: bytes, source: Sps) -> bytes:
    """Return the encoder's SPS with the source's level, VUI and decoded picture buffer parameters.

    A decoder that meets an SPS with other buffer parameters may drop pictures that it has not output yet (7.4.2.1.1,
    ``no_output_of_prior_pics_flag`` is inferred then), as openh264 does. HRD parameters are left out, since the encoder writes no HRD
    messages. Where the source's set does not declare its reorder depth, ours declares what is to be inferred then (E.2.1): libav would
    infer less, and drop a frame where that is too little.
    """
    ours = parse_sps(encoder)
    out = BitWriter()
    out.u(ours.profile, 8)
    out.u(ours.constraints, 8)
    out.u(source.level, 8)
    out.ue(ours.id)
    out.u(*ours.before_refs_bits)
    out.ue(max(source.max_ref_frames, ours.max_ref_frames))
    out.u(*ours.after_refs_bits)
    reorder = source.inferred_frames if source.reorder_frames is None else source.reorder_frames
    buffering = source.inferred_frames if source.dec_frame_buffering is None else source.dec_frame_buffering
    restricted = source.reorder_frames is not None or reorder > 0
    has_vui = restricted or source.vui_head_bits is not None
    out.flag(has_vui)
    if has_vui:
        out.u(*(source.vui_head_bits or (0, 5)))  # no aspect, overscan, video signal, chroma location, timing
        out.u(0, 3)  # no NAL HRD, no VCL HRD, no pic_struct
        out.flag(restricted)
    if restricted:
        out.flag(True)
        for limit in (0, 0, 16, 16):  # no limit on bytes and bits; motion vectors up to the level's limit
            out.ue(limit)
        out.ue(reorder)
        out.ue(max(buffering, ours.max_ref_frames))
    return encoder[:1] + escape(out.finish())
