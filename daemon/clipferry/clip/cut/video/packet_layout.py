"""Packets on the timeline of the clip, with the splice points between copied and encoded ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..packets import AnyPacket, OutputPacket, pts_of
from ..splicing.codec_rules import CodecRules


class PacketLayout:
    """Places the packets of one stream on the clip's timeline, in decode order.

    Args:
        zero: the source timestamp that is 0 in the clip.
        step: the usual time between frames.
        end: the source timestamp of the clip's end; ``None``: that of the stream.
        whole: the video is copied from its first packet on, including what is displayed before ``zero``.
    """

    def __init__(self, rules: CodecRules, *, zero: int, step: int, end: int | None, whole: bool) -> None:
        self.zero = zero
        self.step = step
        self._rules = rules
        self._end = end
        self._whole = whole
        self._last_copied: bool | None = None

    def place(self, pts: int) -> int:
        """Convert a source timestamp to the clip's timeline."""
        return max(pts - self.zero, 0)

    def copied(self, packet: AnyPacket) -> OutputPacket:
        pts = pts_of(packet)
        place = pts - self.zero if self._whole else self.place(pts)
        behind_head = self._last_copied is False
        taken = self._rules.first_copied_packet(packet) if behind_head else self._rules.copied_packet(packet)
        return self._output_packet(taken, place, packet.duration, copied=True)

    def encoded(self, packets: Iterable[AnyPacket]) -> Iterator[OutputPacket]:
        """Place packets of an encoder whose input had places, not source timestamps."""
        for packet in packets:
            yield self._output_packet(self._rules.encoded_packet(packet), pts_of(packet), packet.duration, copied=False)

    def _output_packet(self, packet: AnyPacket, place: int, duration: int | None, *, copied: bool) -> OutputPacket:
        seam = self._last_copied is not None and self._last_copied is not copied
        self._last_copied = copied
        duration = duration or self.step
        if self._end is not None:
            # The duration of a long last frame ends with the clip.
            duration = min(duration, max(self.step, self._end - self.zero - place))
        return OutputPacket(packet, place, duration, copied, seam)
