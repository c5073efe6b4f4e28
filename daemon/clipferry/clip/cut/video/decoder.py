"""Decoding of a run of packets, and a buffer of the GOP that a tail may have to decode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import cast

import av
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...codec.av1_references import LeadingUnits
from ...container.codec_support import codec_name
from ..packets import AnyPacket, pts_of, rebuilt
from ..record.source_log import DecodedFrameLog
from ..splicing.codec_rules import RandomAccess

_SINGLE_THREAD_PIXELS = 1280 * 720
"""For frames of no more pixels, dav1d's threads cost half as much again and 10 MB, and are no faster beside an encoder."""
_MAX_GOP_BYTES = 96 << 20
"""A larger GOP is not kept for the tail but read again."""


class GopBuffer:
    """The packets since the last random access point, for a tail that has to decode them.

    Muxing a packet changes its timestamps to the file's, so they are stored beside it and restored.
    """

    def __init__(self, tick: Fraction) -> None:
        self.complete = True
        self._tick = tick
        self._packets: list[tuple[AnyPacket, int]] = []
        self._bytes = 0
        self._previous = 0

    def add(self, packet: AnyPacket, entry: RandomAccess) -> None:
        if entry is RandomAccess.CLOSED:
            self._packets, self.complete, self._bytes, self._previous = [], True, 0, 0
        elif entry is RandomAccess.OPEN:
            # Its leading frames need the GOP before it, which is kept as well; older ones are dropped.
            del self._packets[: self._previous]
            self._previous = len(self._packets)
            self._bytes = sum(kept.size for kept, _ in self._packets)
        self._bytes += packet.size
        if self._bytes > _MAX_GOP_BYTES:
            self._packets, self.complete = [], False
        if self.complete:
            self._packets.append((packet, pts_of(packet)))

    @property
    def first(self) -> int | None:
        """Timestamp of the first packet; ``None``: the GOP was too large to keep."""
        return self._packets[0][1] if self._packets else None

    def packets(self) -> Iterator[AnyPacket]:
        """Yield the packets with the source's timestamps."""
        for packet, pts in self._packets:
            packet.pts, packet.time_base = pts, self._tick
            yield packet


def wait_for_full_reorder(context: VideoCodecContext) -> None:
    """Make an H.264 decoder, not opened yet, wait for as many frames as may be reordered where the headers do not declare how many.

    libav waits for fewer otherwise, and drops a frame each time that it has to wait for more.
    """
    if context.codec.name == "h264":
        context.options = {**context.options, "strict": "1"}


class FrameDecoder:
    """Decodes one run of packets, from a random access point on."""

    def __init__(
        self, stream: VideoStream, context: VideoCodecContext | None = None, log: DecodedFrameLog | None = None
    ) -> None:
        """Args:
        context: a decoder that has not been used yet; ``None``: create one.
        log: records the decoded frames.
        """
        self._log = log
        if context is None:
            context = cast("VideoCodecContext", CodecContext.create(stream.codec_context.codec.name, "r"))
            context.extradata = stream.codec_context.extradata
        self._context = context
        wait_for_full_reorder(context)
        self._context.thread_type = "AUTO"
        codec = codec_name(stream.codec_context.name)
        if codec == "av1" and stream.codec_context.width * stream.codec_context.height <= _SINGLE_THREAD_PIXELS:
            self._context.thread_count = 1
        self._may_skip = codec in ("h264", "hevc")
        # dav1d skips only what is configured before it starts.
        self._lead = LeadingUnits(context.extradata) if codec == "av1" else None
        self._led: list[AnyPacket] = []

    def feed(self, packet: AnyPacket, *, wanted: bool) -> list[VideoFrame]:
        """Return the frames that are ready; none for a corrupt packet, for which libav's decoders return many errors (``EPERM``, ``EAGAIN``,
        ``PATCHWELCOME``).

        A frame that is not ``wanted`` is decoded only if others may refer to it.
        """
        if self._log is not None and wanted:
            self._log.feed(packet)
        if self._lead is not None:
            if not wanted:
                self._lead.add(memoryview(packet))
                self._led.append(packet)
                return []
            led, self._led = self._led, []
            for before, needed in zip(led, self._lead.needed(), strict=True):
                if needed:
                    self._decode(rebuilt(before, needed))  # frames that are not wanted
            self._lead = None
        if self._may_skip:
            self._context.skip_frame = "DEFAULT" if wanted else "NONREF"
        return self._decode(packet)

    def _decode(self, packet: AnyPacket | None) -> list[VideoFrame]:
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:
            return []
        if self._log is not None:
            for frame in frames:
                self._log.add(frame)
        return frames

    def drain(self) -> list[VideoFrame]:
        return self._decode(None)

    def all(self, packets: Iterator[AnyPacket], *, wanted: Callable[[int], bool]) -> Iterator[VideoFrame]:
        for packet in packets:
            yield from self.feed(packet, wanted=wanted(pts_of(packet)))
        yield from self.drain()
