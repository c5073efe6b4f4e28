"""Damaged films: packets with other bytes, missing packets, shifted audio."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.packet import Packet


def with_packets(source: Path, target: Path, change: Callable[[int, bytes], bytes | None], kind: str = "audio") -> Path:
    """``source`` with other bytes in packets of audio (or ``video``), or without them.

    Args:
        change: a packet's number and bytes → its new bytes; ``None``: it is left out.
    """
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        tracks = {stream.index: written.add_stream_from_template(stream, opaque=True) for stream in read.streams}
        number = 0
        for packet in read.demux():
            if not packet.size:
                continue
            data: bytes | None = bytes(packet)
            if packet.stream.type == kind:
                data = change(number, bytes(packet))
                number += 1
            if data is None:
                continue
            made = Packet(data)
            made.stream, made.time_base = tracks[packet.stream_index], packet.time_base
            made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
            made.is_keyframe = packet.is_keyframe
            written.mux_one(made)
    return target


def shifted(source: Path, target: Path, late_s: Fraction, first: int = 0) -> Path:
    """Copy ``source`` with its audio so much later, from packet ``first`` on."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        tracks = {stream.index: written.add_stream_from_template(stream, opaque=True) for stream in read.streams}
        number = 0
        for packet in read.demux():
            if not packet.size:
                continue
            if packet.stream.type == "audio":
                if number >= first:
                    by = int(late_s / packet.time_base)
                    packet.pts, packet.dts = cast("int", packet.pts) + by, cast("int", packet.dts) + by
                number += 1
            packet.stream = tracks[packet.stream_index]
            written.mux_one(packet)
    return target
