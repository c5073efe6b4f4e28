"""How long each packet of audio really plays. A container may tell the time to the next packet, over a hole as well; the codec's
frames are of one length."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice

from av.audio.stream import AudioStream

from ...container.codec_support import codec_name
from ..packets import AnyPacket, pts_of

_VARYING = ("vorbis", "pcm")
"""Codecs whose packets differ in length; of these libav's parsers know it."""
_FIRST = 3
"""Packets at the beginning, the shortest of which shows the frame's length: two holes are not so near to each other."""

TimedPacket = tuple[AnyPacket, int, int]
"""A packet, its presentation timestamp and its length, in ticks."""


def frame_ticks(stream: AudioStream) -> int:
    """The length of a frame as the codec's headers tell it, or that of most."""
    size = stream.codec_context.frame_size or 1024
    assert stream.time_base is not None
    return max(1, round(Fraction(size, stream.codec_context.sample_rate or 48000) / stream.time_base))


def with_durations(packets: Iterator[AnyPacket], stream: AudioStream) -> Iterator[TimedPacket]:
    """Each packet with its length."""
    told = _container_durations(packets, frame_ticks(stream))
    if codec_name(stream.codec_context.name).startswith(_VARYING):
        yield from told
        return
    first = list(islice(told, _FIRST))
    usual = min((length for _, _, length in first), default=0)
    longest = usual + max(usual // 4, 2)
    for packet, pts, length in chain(first, told):
        yield packet, pts, length if length <= longest else usual


def _container_durations(packets: Iterator[AnyPacket], frame: int) -> Iterator[TimedPacket]:
    """Each packet with the length that the container tells, else the way to the next one."""
    waiting: AnyPacket | None = None
    for packet in packets:
        if waiting is not None:
            yield waiting, pts_of(waiting), max(pts_of(packet) - pts_of(waiting), 1)
            waiting = None
        if packet.duration:
            yield packet, pts_of(packet), packet.duration
        else:
            waiting = packet
    if waiting is not None:
        yield waiting, pts_of(waiting), frame
