"""libav packets, as the other files here pass them on."""

from __future__ import annotations

from typing import TypeAlias, cast

from av.packet import Packet
from av.stream import Stream

AnyPacket: TypeAlias = "Packet[Stream]"


def pts_of(packet: AnyPacket) -> int:
    """The presentation timestamp; readers give packets that have one."""
    return cast("int", packet.pts)


def rebuilt(packet: AnyPacket, data: bytes) -> AnyPacket:
    """A packet with the same times and flags and other bytes."""
    new: AnyPacket = Packet(data)
    new.pts, new.dts, new.duration = packet.pts, packet.dts, packet.duration
    new.time_base = packet.time_base
    new.is_keyframe = packet.is_keyframe
    return new
