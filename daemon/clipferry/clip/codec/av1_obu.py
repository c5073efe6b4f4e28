"""AV1 open bitstream units, and the part of frame headers that declares references (AV1 Bitstream & Decoding Process Specification)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .bitstream import BitReader

SEQUENCE_HEADER = 1
FRAME_HEADER, FRAME = 3, 6
FRAME_UNITS = frozenset({FRAME_HEADER, 4, FRAME, 7, 8})
"""Unit types of a frame: also tile groups, tile lists and redundant headers."""
REFERENCE_SLOTS = 8
"""Reference frames that a decoder keeps (NUM_REF_FRAMES)."""
_REFERENCES = 7
_KEY_FRAME, _INTRA_ONLY_FRAME, _SWITCH_FRAME = 0, 2, 3
_ALL_SLOTS = 0xFF
_SELECTED_PER_FRAME = 2
"""SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV."""
_HIGHEST_LEVEL_WITHOUT_TIER = 7
_MAX_HEADER_BYTES = 64
"""The parsed part of a frame header is within so many bytes."""
_CONFIGURATION_BYTES = 4
"""``av1C`` before ``configOBUs`` (AV1 Codec ISO Media File Format Binding 2.3.3)."""


def configuration(extradata: bytes | None) -> bytes:
    """Return the open bitstream units in a container's track header."""
    return (extradata or b"")[_CONFIGURATION_BYTES:]


class Unit(NamedTuple):
    """An open bitstream unit (5.3)."""

    kind: int
    whole: bytes | memoryview
    payload: bytes | memoryview


def units(data: bytes | memoryview) -> Iterator[Unit]:
    """Split ``data`` into units, as far as they are valid; views of a view."""
    position = 0
    while position < len(data):
        begin, head = position, data[position]
        position += 2 if head & 4 else 1
        size, shift = 0, 0
        while head & 2 and position < len(data):
            byte = data[position]
            position += 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift > 56:
                break
        end = position + size if head & 2 else len(data)  # without a size it is the last
        yield Unit(head >> 3 & 15, data[begin:end], data[position:end])
        position = end


class Sequence(NamedTuple):
    """The fields of a sequence header that frame headers depend on."""

    screen_content_tools: int
    integer_mv: int
    frame_id_bits: int
    delta_id_bits: int
    order_hint_bits: int


class Frame(NamedTuple):
    """The references of a frame header."""

    refers: tuple[int, ...] = ()
    """Slots; all of them where the header leaves them to be derived."""
    refreshes: int = 0
    """Bit mask of slots; bit 0 is the first slot."""
    shows: int | None = None
    """Slot of an already decoded frame that is shown; such a header has nothing else."""
    hidden_key: bool = False


def read_sequence(payload: bytes | memoryview) -> Sequence | None:
    """Parse a sequence header (5.5.1).

    Returns:
        ``None`` for features that are not supported here: layers, a decoder model, a single still picture.

    Raises:
        ValueError: it is truncated.
    """
    bits = BitReader(payload)
    bits.u(3 + 1)  # profile, still_picture
    if bits.flag():  # reduced_still_picture_header
        return None
    if bits.flag():  # timing_info
        bits.u(32 + 32)
        if bits.flag():
            bits.ue()  # num_ticks_per_picture_minus_1, uvlc() of 4.10.3
        if bits.flag():  # decoder_model_info
            return None
    delays = bits.flag()
    for _ in range(bits.u(5) + 1):
        if bits.u(12):  # operating_point_idc
            return None
        if bits.u(5) > _HIGHEST_LEVEL_WITHOUT_TIER:
            bits.u(1)
        if delays and bits.flag():
            bits.u(4)
    width_bits, height_bits = bits.u(4) + 1, bits.u(4) + 1
    bits.u(width_bits + height_bits)
    delta_id_bits = frame_id_bits = 0
    if bits.flag():
        delta_id_bits = bits.u(4) + 2
        frame_id_bits = delta_id_bits + bits.u(3) + 1
    bits.u(3)  # superblocks of 128, filter_intra, intra_edge_filter
    bits.u(4)  # interintra, masked, warped, dual filter
    order_hint = bits.flag()
    if order_hint:
        bits.u(2)  # jnt_comp, ref_frame_mvs
    tools = _SELECTED_PER_FRAME if bits.flag() else bits.u(1)
    integer_mv = _SELECTED_PER_FRAME
    if tools and not bits.flag():
        integer_mv = bits.u(1)
    return Sequence(tools, integer_mv, frame_id_bits, delta_id_bits, bits.u(3) + 1 if order_hint else 0)


def read_frame(payload: bytes | memoryview, sequence: Sequence) -> Frame:
    """Parse the beginning of a frame header (5.9.2).

    Raises:
        ValueError: it is truncated.
    """
    bits = BitReader(payload[:_MAX_HEADER_BYTES])
    if bits.flag():  # show_existing_frame
        return Frame(shows=bits.u(3))
    kind = bits.u(2)
    shown = bits.flag()
    if not shown:
        bits.u(1)  # showable_frame
    whole = kind == _SWITCH_FRAME or (kind == _KEY_FRAME and shown)
    error_resilient = whole or bits.flag()
    bits.u(1)  # disable_cdf_update
    tools = bits.u(1) if sequence.screen_content_tools == _SELECTED_PER_FRAME else sequence.screen_content_tools
    if tools and sequence.integer_mv == _SELECTED_PER_FRAME:
        bits.u(1)
    bits.u(sequence.frame_id_bits)
    if kind != _SWITCH_FRAME:
        bits.u(1)  # frame_size_override_flag
    bits.u(sequence.order_hint_bits)
    intra = kind in (_KEY_FRAME, _INTRA_ONLY_FRAME)
    if not intra and not error_resilient:
        bits.u(3)  # primary_ref_frame, one of those below
    refreshes = _ALL_SLOTS if whole else bits.u(REFERENCE_SLOTS)
    if intra:
        return Frame(refreshes=refreshes, hidden_key=kind == _KEY_FRAME and not shown)
    if error_resilient:
        bits.u(REFERENCE_SLOTS * sequence.order_hint_bits)
    if sequence.order_hint_bits and bits.flag():  # frame_refs_short_signaling
        return Frame(tuple(range(REFERENCE_SLOTS)), refreshes)
    refers = []
    for _ in range(_REFERENCES):
        refers.append(bits.u(3))
        bits.u(sequence.delta_id_bits)
    return Frame(tuple(refers), refreshes)
