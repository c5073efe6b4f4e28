"""Packets as pieces of the clip: on its timeline, and with the seams between copied and encoded ones told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..packets import AnyPacket, OutputPacket, pts_of
from ..splicing.codec_rules import CodecRules


class PacketLayout:
    """Lays the packets of one stream onto the clip's timeline, in decode order.

    Args:
        zero: the source timestamp that is 0 in the clip.
        step: the usual time from one frame to the next.
        end: the source timestamp that the clip ends at; ``None``: with the stream.
        whole: the video is copied as it is, what shows before ``zero`` as well.
    """

    def __init__(self, rules: CodecRules, *, zero: int, step: int, end: int | None, whole: bool) -> None:
        self.zero = zero
        self.step = step
        self._rules = rules
        self._end = end
        self._whole = whole
        self._last_copied: bool | None = None

    def place(self, pts: int) -> int:
        """A source timestamp on the clip's timeline."""
        return max(pts - self.zero, 0)

    def copied(self, packet: AnyPacket) -> OutputPacket:
        pts = pts_of(packet)
        place = pts - self.zero if self._whole else self.place(pts)
        behind_head = self._last_copied is False
        taken = self._rules.first_copied_packet(packet) if behind_head else self._rules.copied_packet(packet)
        return self._piece(taken, place, packet.duration, copied=True)

    def encoded(self, packets: Iterable[AnyPacket]) -> Iterator[OutputPacket]:
        """Packets of an encoder that was given places, not source timestamps."""
        for packet in packets:
            yield self._piece(self._rules.encoded_packet(packet), pts_of(packet), packet.duration, copied=False)

    def _piece(self, packet: AnyPacket, place: int, duration: int | None, *, copied: bool) -> OutputPacket:
        seam = self._last_copied is not None and self._last_copied is not copied
        self._last_copied = copied
        duration = duration or self.step
        if self._end is not None:
            # A frame that stays for long ends with the clip.
            duration = min(duration, max(self.step, self._end - self.zero - place))
        return OutputPacket(packet, place, duration, copied, seam)
