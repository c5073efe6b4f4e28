"""Missing H.264 reference pictures, found by ``frame_num``, which counts them in decode order (ITU-T H.264, 7.4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import avcc, h264
from .bitstream import BitReader, unescape


class _FrameNumCoding(NamedTuple):
    """How ``frame_num`` is coded in a slice."""

    bits: int
    separate_planes: bool


def missing_references(extradata: bytes, slices: Iterable[tuple[int, bytes]]) -> Iterator[int]:
    """Find where at least one reference picture is missing. The cost does not depend on the frame size.

    Args:
        extradata: the parameter sets, as ``avcC`` or after start codes.
        slices: in decode order, for each picture a number of the caller's and the beginning of its first slice.

    Yields:
        The numbers of pictures before which one is missing; after a gap that the stream allows, or a
        ``memory_management_control_operation`` 5, of others as well. Nothing if the parameter sets are invalid.
    """
    try:
        counts = _codings(extradata)
    except ValueError:
        return
    before: int | None = None
    for number, head in slices:
        try:
            found = _frame_num(head, counts)
        except ValueError:
            before = None
            continue
        if found is None:
            before = None
            continue
        frame_num, bits = found
        is_idr = h264.nal_type(head) == h264.IDR
        if not is_idr and before is not None and (frame_num - before) % (1 << bits) > 1:
            yield number
        if head[0] >> 5 & 3 or is_idr:  # nal_ref_idc
            before = frame_num


def _codings(extradata: bytes) -> dict[int, _FrameNumCoding]:
    """Return the coding by ``pic_parameter_set_id``."""
    sets = avcc.read_sets(extradata)
    by_sps = {}
    for nal in sets.sps:
        sps = h264.parse_sps(nal)
        by_sps[sps.id] = _FrameNumCoding(sps.frame_num_bits, separate_planes=sps.chroma_format == 3)
    found = {}
    for nal in sets.pps:
        bits = BitReader(unescape(nal)[1:])
        pps_id, sps_id = bits.ue(), bits.ue()
        if sps_id in by_sps:
            found[pps_id] = by_sps[sps_id]
    return found


def _frame_num(head: bytes, counts: dict[int, _FrameNumCoding]) -> tuple[int, int] | None:
    """Return ``frame_num`` and its size in bits (7.3.3); ``None``: the parameter set is unknown.

    Raises:
        ValueError: the slice is truncated.
    """
    bits = BitReader(unescape(head)[1:])
    bits.ue()
    bits.ue()
    count = counts.get(bits.ue())
    if count is None or count.separate_planes:
        return None
    return bits.u(count.bits), count.bits
