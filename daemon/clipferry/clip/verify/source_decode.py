"""Decoding of source frames by a decoder of verification's own: for the few files whose packets and decoded frames leave a question open."""

from __future__ import annotations

from typing import cast

import av

from ..cut.frame_compare import luma_samples
from ..cut.packets import AnyPacket, pts_of
from ..cut.record.report import SourceRecord
from ..cut.record.source_log import PacketLog, SourceLog
from ..errors import Cancelled, ClipError
from ..model import Window
from .decoder import decoder_of

_LEADS_S = (0.0, 2.0, 6.0, 18.0, 54.0)
"""Before the first frame; a keyframe farther back is not searched for."""
_AFTER_S = 0.5
_PACKETS_AFTER = 17
"""Packets after the last frame, in decode order, after which it has been decoded."""


def decode_source(source_record: SourceRecord, log: PacketLog, first: int, last: int) -> dict[int, bytes]:
    """Decode the frames of the source from ``first`` to ``last`` (timestamps of ``log``).

    Returns:
        By timestamp, the luma samples of each frame that decodes undamaged (see :mod:`clipferry.clip.cut.frame_compare`); empty bytes
        where it has none.
    """
    if source_record.open_end:  # a live stream that continues would block
        return {}
    for lead_s in _LEADS_S:
        start_s = max(0.0, min(log.seconds(first), source_record.start_s) - lead_s)
        found = _decoded(source_record, Window(start_s, log.seconds(last) + _AFTER_S), first, last)
        if found is not None and (first in found or start_s <= 0):
            return found
    return {}


def _decoded(source_record: SourceRecord, window: Window, first: int, last: int) -> dict[int, bytes] | None:
    found: dict[int, bytes] = {}
    try:
        with source_record.reopen(window, SourceLog(window.start_s, window.end_s)) as reader:
            assert reader.video is not None
            decoder = decoder_of(reader.video)
            decoder.thread_type = "AUTO"
            after, begun = 0, False
            for packet in reader.packets(reader.video):
                begun = begun or packet.is_keyframe
                if not begun:
                    continue
                after = after + 1 if pts_of(packet) > last else 0
                _feed(decoder, packet, first, last, found)
                if after > _PACKETS_AFTER:
                    break
            _feed(decoder, None, first, last, found)
    except Cancelled:
        raise
    except (ClipError, OSError):
        return None
    return found


def _feed(
    decoder: av.video.codeccontext.VideoCodecContext,
    packet: AnyPacket | None,
    first: int,
    last: int,
    found: dict[int, bytes],
) -> None:
    try:
        frames = decoder.decode(packet)
    except av.FFmpegError:
        return
    for frame in frames:
        pts = cast("int", frame.pts)
        if first <= pts <= last and not frame.is_corrupt:
            found[pts] = luma_samples(frame) or b""
