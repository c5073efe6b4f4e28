"""What the parts of a video cut share: head, copy and tail."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from av.video.stream import VideoStream

from ..demuxer import Reader
from ..frame_compare import FrameSampler
from ..packets import AnyPacket
from ..record.source_log import DecodedFrameLog
from ..splicing.codec_rules import CodecRules
from ..timeline import Marks
from .packet_layout import PacketLayout


class VideoCutOptions(NamedTuple):
    from_keyframe: bool = False
    """Copy from the keyframe before the start, without encoding."""
    whole: bool = False
    """Copy from the first packet to the last."""
    min_psnr_db: float = 0.0
    """How near an encoded frame has to come to its source; 0: they cannot be compared."""
    read_ahead: bool = True
    """Demux packets before they are needed, although the source may block."""


class PushbackPackets:
    """Packets in decode order that can be put back."""

    def __init__(self, packets: Iterator[AnyPacket]) -> None:
        self._packets = packets
        self._next: deque[AnyPacket] = deque()

    def take(self) -> AnyPacket | None:
        """Return the next packet; ``None``: there is none."""
        return self._next.popleft() if self._next else next(self._packets, None)

    def push_back(self, packet: AnyPacket) -> None:
        self._next.appendleft(packet)

    def extend(self, packets: Iterable[AnyPacket]) -> None:
        """Add packets after those that were put back."""
        self._next.extend(packets)

    @property
    def waiting(self) -> AnyPacket | None:
        """The packet that was put back; ``None``: none was."""
        return self._next[0] if self._next else None

    def __iter__(self) -> Iterator[AnyPacket]:
        return iter(self.take, None)


class CutContext(NamedTuple):
    reader: Reader
    stream: VideoStream
    rules: CodecRules
    marks: Marks
    layout: PacketLayout
    sampler: FrameSampler

    @property
    def tick(self) -> Fraction:
        assert self.stream.time_base is not None
        return self.stream.time_base

    def decoder_log(self) -> DecodedFrameLog | None:
        """Return a log for one decoder, if the reader keeps one."""
        return None if self.reader.log is None else self.reader.log.decoder_log(self.stream)
