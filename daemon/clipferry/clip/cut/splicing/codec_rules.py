"""Rules of a codec for splicing: where copying may begin, how copied packets are rewritten, how edges are encoded."""

from __future__ import annotations

import enum
from typing import Protocol

from av.video.stream import VideoStream

from ...codec.nal import split_lengths, split_start_codes
from ...container.codec_support import codec_name
from ..encoding.encoder import EdgeEncoder, EncoderSettings
from ..packets import AnyPacket
from ..strategy_errors import CannotSplice


class RandomAccess(enum.Enum):
    """Whether decoding, and so copying, may begin at a packet."""

    NONE = 0
    CLOSED = 1
    """Closed GOP: no packet after it, in decode order, is displayed before it or refers to one before it."""
    OPEN = 2
    """Open GOP: frames that follow it and are displayed before it refer to frames before it."""


class CodecRules(Protocol):
    """The rules for one video stream."""

    reorder: int | None
    """Upper bound for reordering; ``None``: unknown."""
    extradata: bytes | None
    """Codec header of the output stream, for copied and encoded packets together."""

    def random_access(self, packet: AnyPacket) -> RandomAccess: ...
    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        """Rewrite a copied packet for the file. May raise :class:`CannotSplice`."""
        ...

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        """Rewrite the first copied packet after encoded ones."""
        ...

    def encoder(self) -> EdgeEncoder: ...
    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        """Rewrite a packet of :meth:`encoder` for the file."""
        ...


_MAX_REORDER = 16
"""Upper bound for any stream (H.264 A.3.1, H.265 A.4.2)."""
_WITHOUT_REORDERING = ("vp8", "vp9", "av1")
"""Codecs whose packets are in display order."""


def reorder_bound(rules: CodecRules, stream: VideoStream) -> int:
    """Return how many frames at most may precede one in decode order and follow it in display order."""
    if rules.reorder is not None:
        return rules.reorder
    return 0 if codec_name(stream.codec_context.name) in _WITHOUT_REORDERING else _MAX_REORDER


def nal_units(packet: AnyPacket, length_size: int) -> list[bytes | memoryview]:
    """Split a packet into NAL units; ``length_size`` 0: after start codes.

    Raises:
        CannotSplice: the packet is damaged.
    """
    try:
        if length_size:
            return list(split_lengths(memoryview(packet), length_size))
        return list(split_start_codes(bytes(packet)))
    except ValueError as error:
        raise CannotSplice("Its packets are damaged, so every frame was encoded again.") from error


class SelfContained:
    """VP8, VP9 and AV1: every keyframe carries all that a decoder needs, and packets are in display order."""

    reorder: int | None = 0

    def __init__(self, stream: VideoStream, settings: EncoderSettings) -> None:
        self.extradata = stream.codec_context.extradata
        self._settings = settings

    def random_access(self, packet: AnyPacket) -> RandomAccess:
        return RandomAccess.CLOSED if packet.is_keyframe else RandomAccess.NONE

    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet

    def encoder(self) -> EdgeEncoder:
        return EdgeEncoder(self._settings)

    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet


class CopyOnly:
    """Any codec, copied from a keyframe on and never spliced with encoded packets."""

    def __init__(self, stream: VideoStream) -> None:
        self.reorder: int | None = None
        self.extradata = stream.codec_context.extradata

    def random_access(self, packet: AnyPacket) -> RandomAccess:
        return RandomAccess.CLOSED if packet.is_keyframe else RandomAccess.NONE

    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet

    def encoder(self) -> EdgeEncoder:
        raise CannotSplice("clipferry cannot encode this codec, so every frame was encoded as another.")

    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet


class EncodeAll:
    """No copying: the whole clip is one head, encoded by the output stream's own encoder."""

    reorder: int | None = None
    extradata: bytes | None = None

    def __init__(self) -> None:
        self._encoder: EdgeEncoder | None = None

    def use(self, encoder: EdgeEncoder) -> None:
        """Set the output stream's encoder, once that is open."""
        self._encoder = encoder

    def random_access(self, packet: AnyPacket) -> RandomAccess:
        return RandomAccess.NONE

    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet

    def encoder(self) -> EdgeEncoder:
        assert self._encoder is not None
        return self._encoder

    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        return packet
