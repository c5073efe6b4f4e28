"""Timestamps for packets without one: in a transport stream only the first frame of a PES packet has it
(ISO/IEC 13818-1, 2.4.3.7)."""

from __future__ import annotations

from fractions import Fraction

from av.audio.stream import AudioStream
from av.stream import Stream

from . import adts
from .packets import AnyPacket


class MissingTimestamps:
    """Gives a packet of one stream that has no timestamp the time at which the one before it ends.

    libav does so itself for what it demuxes once it knows the codec, but not for what it buffered while probing.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._in_order = not getattr(stream.codec_context, "has_b_frames", False)
        self._headed = isinstance(stream, AudioStream) and adts.has_headers(stream)
        self._end: Fraction | None = None
        """Where the packet before ends, in ticks; ``None``: unknown."""
        self._duration = self._codec_duration()

    def _codec_duration(self) -> Fraction:
        """Ticks of one frame as the codec has it; 0: it does not say."""
        tick = self._stream.time_base
        if not isinstance(self._stream, AudioStream) or tick is None:
            return Fraction(0)
        context = self._stream.codec_context
        if context is None or not context.sample_rate:
            return Fraction(0)
        return Fraction(context.frame_size, context.sample_rate) / tick

    def filled(self, packet: AnyPacket) -> bool:
        """Whether ``packet`` has a timestamp now. Those in front of the stream's first one get none, nor do pictures that are
        shown in another order than they are stored in."""
        untimed = packet.pts is None
        if packet.pts is None:
            if self._end is None or not self._in_order:
                return False
            packet.pts = packet.dts = round(self._end)
        begin = self._end if self._end is not None and round(self._end) == packet.pts else Fraction(packet.pts)
        length = self._length(packet)
        if not packet.duration and length and (untimed or self._headed):
            packet.duration = round(begin + length) - packet.pts
        self._end = begin + length if length else None
        return True

    def _length(self, packet: AnyPacket) -> Fraction:
        if self._headed and self._stream.time_base is not None and (seconds := adts.duration_s(memoryview(packet))):
            return seconds / self._stream.time_base
        if packet.duration:
            self._duration = Fraction(packet.duration)
        return self._duration
