"""Splicing of AV1: keyframes are self-contained once each has its sequence header."""

from __future__ import annotations

from av.video.stream import VideoStream

from ...codec.av1_obu import SEQUENCE_HEADER, configuration, units
from ..encoding.encoder import EdgeEncoder, EncoderSettings
from ..encoding.fast_encoder import FastEncoder, has_capacity_for_two
from ..packets import AnyPacket, rebuilt, without_temporal_delimiter
from ..strategy_errors import CannotSplice
from .codec_rules import SelfContained


class Av1(SelfContained):
    """Adds the container's sequence header to a keyframe without one (AV1 ISOBMFF binding 2.4).

    After packets of another encoder, a decoder would continue with that encoder's sequence header.
    """

    def __init__(self, stream: VideoStream, settings: EncoderSettings, *, fast: bool) -> None:
        """``fast``: ``settings`` are a fast preset, behind the quality gate."""
        super().__init__(stream, settings)
        self._checked_by = stream.codec_context.codec.name if fast else None
        self._header = configuration(self.extradata)

    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        packet = without_temporal_delimiter(packet)
        if not packet.is_keyframe or any(unit.kind == SEQUENCE_HEADER for unit in units(bytes(packet))):
            return packet
        if not self._header:
            raise CannotSplice("The video's headers are incomplete, so every frame was encoded again.")
        return rebuilt(packet, self._header + bytes(packet))

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return self.copied_packet(packet)

    def encoder(self) -> EdgeEncoder:
        if self._checked_by is None:
            return super().encoder()
        two = has_capacity_for_two(self._settings.width * self._settings.height)
        return FastEncoder(self._settings, self._checked_by, two=two)

    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        return without_temporal_delimiter(packet)
