"""Durations of audio packets. A container may declare the time to the next packet, over a gap as well; the codec's frames are of one length."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice

from av.audio.stream import AudioStream

from ...container.codec_support import codec_name
from ..packets import AnyPacket, pts_of

_VARYING = ("vorbis", "pcm")
"""Codecs whose packets differ in length, for which libav's parsers know the length."""
_FIRST = 3
"""Number of packets at the start, the shortest of which has the length of a frame: two gaps are not so close to each other."""

TimedPacket = tuple[AnyPacket, int, int]
"""Packet, presentation timestamp and duration in ticks."""


def frame_ticks(stream: AudioStream) -> int:
    """Return the duration of a frame by the codec's headers, else the usual one."""
    size = stream.codec_context.frame_size or 1024
    assert stream.time_base is not None
    return max(1, round(Fraction(size, stream.codec_context.sample_rate or 48000) / stream.time_base))


def with_durations(packets: Iterator[AnyPacket], stream: AudioStream) -> Iterator[TimedPacket]:
    """Yield each packet with its duration."""
    declared = _container_durations(packets, frame_ticks(stream))
    if codec_name(stream.codec_context.name).startswith(_VARYING):
        yield from declared
        return
    first = list(islice(declared, _FIRST))
    usual = min((length for _, _, length in first), default=0)
    longest = usual + max(usual // 4, 2)
    for packet, pts, length in chain(first, declared):
        yield packet, pts, length if length <= longest else usual


def _container_durations(packets: Iterator[AnyPacket], frame: int) -> Iterator[TimedPacket]:
    """Yield each packet with the duration that the container declares, else the time to the next packet."""
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
