"""Of AV1's headers what tells whether other pictures refer to a picture (AV1 Bitstream & Decoding Process Specification)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .bits import BitReader

SEQUENCE_HEADER = 1
_FRAME_HEADER, _FRAME = 3, 6
_INTER_FRAME, _INTRA_ONLY_FRAME = 1, 2
_CHOSEN_PER_FRAME = 2
"""SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV."""
_HIGHEST_LEVEL_WITHOUT_TIER = 7
_ENOUGH_BYTES = 32
"""What is read of a frame's header lies within so many bytes."""
_CONFIGURATION_BYTES = 4
"""``av1C`` before ``configOBUs`` (AV1 Codec ISO Media File Format Binding 2.3.3)."""


def configuration(extradata: bytes | None) -> bytes:
    """The open bitstream units that a container holds for the whole track."""
    return (extradata or b"")[_CONFIGURATION_BYTES:]


class Unit(NamedTuple):
    """An open bitstream unit (5.3)."""

    kind: int
    whole: bytes
    payload: bytes


def units(data: bytes) -> Iterator[Unit]:
    """The units that ``data`` is made of, as far as they can be read."""
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


class _Sequence(NamedTuple):
    """What a frame's header cannot be read without."""

    screen_content_tools: int
    integer_mv: int
    frame_id_bits: int
    order_hint_bits: int


class References:
    """Tells pictures that others may refer to from those that nothing needs."""

    def __init__(self, extradata: bytes | None) -> None:
        """``extradata``: what the container says of the track."""
        self._sequence: _Sequence | None = None
        self._learn(units(configuration(extradata)))

    def needed(self, temporal_unit: bytes) -> bytes:
        """What has to be decoded of a picture that is not wanted itself, so that later ones can be. All of it wherever that
        cannot be told; nothing where nothing refers to it."""
        found = list(units(temporal_unit))
        self._learn(found)
        kept = [unit for unit in found if unit.kind != _FRAME or self._stays(unit.payload)]
        holds_a_frame = any(unit.kind in (_FRAME, _FRAME_HEADER, SEQUENCE_HEADER) for unit in kept)
        return b"".join(unit.whole for unit in kept) if holds_a_frame else b""

    def _stays(self, frame: bytes) -> bool:
        try:
            return self._sequence is None or _refreshes(frame, self._sequence)
        except ValueError:
            return True

    def _learn(self, found: Iterable[Unit]) -> None:
        for unit in found:
            if unit.kind == SEQUENCE_HEADER:
                try:
                    self._sequence = _read_sequence(unit.payload)
                except ValueError:
                    self._sequence = None


def _read_sequence(payload: bytes) -> _Sequence | None:
    """A sequence header (5.5.1); ``None`` where frames carry what is not read here: layers, a decoder's model, a single still."""
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
    frame_id_bits = bits.u(4) + 2 + bits.u(3) + 1 if bits.flag() else 0
    bits.u(3)  # superblocks of 128, filter_intra, intra_edge_filter
    bits.u(4)  # interintra, masked, warped, dual filter
    order_hint = bits.flag()
    if order_hint:
        bits.u(2)  # jnt_comp, ref_frame_mvs
    tools = _CHOSEN_PER_FRAME if bits.flag() else bits.u(1)
    integer_mv = _CHOSEN_PER_FRAME
    if tools and not bits.flag():
        integer_mv = bits.u(1)
    return _Sequence(tools, integer_mv, frame_id_bits, bits.u(3) + 1 if order_hint else 0)


def _refreshes(payload: bytes, sequence: _Sequence) -> bool:
    """Whether the frame whose header begins ``payload`` stays as a reference (5.9.2). Shown inter and intra-only frames are read;
    all others do, or stand for one that does."""
    bits = BitReader(payload[:_ENOUGH_BYTES])
    if bits.flag():  # show_existing_frame
        return True
    kind = bits.u(2)
    if kind not in (_INTER_FRAME, _INTRA_ONLY_FRAME) or not bits.flag():  # show_frame
        return True
    error_resilient = bits.flag()
    bits.u(1)  # disable_cdf_update
    tools = bits.u(1) if sequence.screen_content_tools == _CHOSEN_PER_FRAME else sequence.screen_content_tools
    if tools and sequence.integer_mv == _CHOSEN_PER_FRAME:
        bits.u(1)
    bits.u(sequence.frame_id_bits)
    bits.u(1)  # frame_size_override
    bits.u(sequence.order_hint_bits)
    if kind == _INTER_FRAME and not error_resilient:
        bits.u(3)  # primary_ref_frame
    return bits.u(8) != 0  # refresh_frame_flags
