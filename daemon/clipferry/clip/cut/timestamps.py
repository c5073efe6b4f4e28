"""Timestamps for packets without one: in a transport stream only the first frame of a PES packet has it (ISO/IEC 13818-1, 2.4.3.7)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.stream import Stream
from av.video.stream import VideoStream

from ..codec import adts, h264, h265
from ..codec.nal import split_start_codes
from .packets import AnyPacket, rebuilt

_PROBED = 8
"""Number of packets that show whether a stream omits timestamps; libav has read more on opening."""
_COUNTING = ("h264", "hevc")
"""Codecs with a picture order count, from which libav's ``dts2pts`` filter derives timestamps."""


class MissingTimestamps:
    """Fills in missing timestamps of one stream: a packet begins where the one before it ends.

    libav does so itself for what it demuxes once the codec is known, but not for packets buffered while probing, nor for video. In a
    reordered video stream it is the decode time that continues.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._headed = isinstance(stream, AudioStream) and adts.has_headers(stream)
        self._reordered = isinstance(stream, VideoStream) and bool(stream.codec_context.has_b_frames)
        self._probing = self._reordered and stream.codec_context.name in _COUNTING
        self._filter: BitStreamFilterContext | None = None
        self._counted = False
        self._waiting: deque[AnyPacket] = deque()
        self._end: Fraction | None = None
        """End of the packet before, in ticks; ``None``: unknown."""
        self._duration = self._codec_duration()

    def _codec_duration(self) -> Fraction:
        """Return the duration of a frame in ticks by the codec's headers; 0: they do not declare it."""
        tick = self._stream.time_base
        if not isinstance(self._stream, AudioStream) or tick is None:
            return Fraction(0)
        context = self._stream.codec_context
        if context is None or not context.sample_rate:
            return Fraction(0)
        return Fraction(context.frame_size, context.sample_rate) / tick

    def filled(self, packet: AnyPacket | None) -> Iterator[AnyPacket]:
        """Return the packets, in order, that have a timestamp once ``packet`` is read (``None``: no more follow).

        Packets before the first timestamp of the stream stay without one and are dropped.
        """
        if packet is not None and not self._reordered:
            if self._continue(packet):
                yield packet
            return
        if packet is not None and not self._probing and self._filter is None:
            if packet.pts is not None:
                yield packet
            return
        if packet is not None and self._probing:
            self._waiting.append(packet)
        if self._probing and packet is not None and packet.pts is None:
            self._probing, self._filter = False, BitStreamFilterContext("dts2pts", self._stream)
            probed, self._waiting = self._waiting, deque()
            for waiting in probed:
                yield from self._ordered(waiting)
        elif self._filter is not None:
            yield from self._ordered(packet)
        elif packet is None or len(self._waiting) >= _PROBED:
            self._probing = False
            while self._waiting:
                yield self._waiting.popleft()

    def _continue(self, packet: AnyPacket) -> bool:
        """Fill in what ``packet`` lacks; return whether it has a timestamp then."""
        untimed = packet.pts is None
        if packet.pts is None:
            if self._end is None:
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

    def _ordered(self, packet: AnyPacket | None) -> Iterator[AnyPacket]:
        """Return the packets whose place in display order is known by now, in decode order."""
        assert self._filter is not None
        copy: AnyPacket | None = None
        if packet is not None:
            self._counted = self._counted or self._restarts_count(packet)
            if not self._counted:
                return
            self._waiting.append(packet)
            if packet.dts is None and self._end is not None:
                packet.dts = round(self._end)
            self._end = None if packet.dts is None else Fraction(packet.dts + (packet.duration or 0))
            copy = rebuilt(packet, bytes(packet))  # the filter takes ownership
        for timed in self._filter.filter(copy):
            own = self._waiting.popleft()
            own.pts, own.dts = timed.pts, timed.dts
            if own.pts is not None:
                yield own

    def _restarts_count(self, packet: AnyPacket) -> bool:
        """Return whether the picture order count restarts at ``packet``."""
        nals = split_start_codes(bytes(packet)) if packet.is_keyframe else []
        if self._stream.codec_context.name == "h264":
            return any(h264.nal_type(nal) == h264.IDR for nal in nals)
        return any(h265.nal_type(nal) in (h265.IDR_W_RADL, h265.IDR_N_LP) for nal in nals)
