"""libav packets as the cutter passes them on, and packets on the timeline of the clip."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, cast

from av.packet import Packet
from av.stream import Stream

AnyPacket: TypeAlias = "Packet[Stream]"

_TEMPORAL_DELIMITER = b"\x12\x00"
"""AV1 5.6; files do without it (AV1 ISOBMFF binding 2.4; Matroska's codec mapping)."""


class OutputPacket(NamedTuple):
    """A video packet of the clip, in decode order. ``pts`` and ``duration`` in the source stream's ticks, 0 = start of the clip."""

    packet: AnyPacket
    pts: int
    duration: int
    copied: bool
    seam: bool = False
    """First packet of a run of copied or of encoded packets (a splice point)."""


class AudioPacket(NamedTuple):
    """An audio packet of the clip. ``pts`` and ``duration`` in ticks of the track, 0 = start of the clip."""

    packet: AnyPacket
    pts: int
    duration: int


def pts_of(packet: AnyPacket) -> int:
    """Return the presentation timestamp, which every packet from a ``Reader`` has."""
    return cast("int", packet.pts)


def rebuilt(packet: AnyPacket, data: bytes) -> AnyPacket:
    """Copy a packet with its times and flags, and replace its bytes."""
    new: AnyPacket = Packet(data)
    new.pts, new.dts, new.duration = packet.pts, packet.dts, packet.duration
    new.time_base = packet.time_base
    new.is_keyframe = packet.is_keyframe
    return new


def without_temporal_delimiter(packet: AnyPacket) -> AnyPacket:
    """Remove a leading AV1 temporal delimiter."""
    view = memoryview(packet)
    return rebuilt(packet, bytes(view[2:])) if view[:2] == _TEMPORAL_DELIMITER else packet
