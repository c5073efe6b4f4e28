"""What a codec family allows: where copying may begin, how a copied packet goes into the file, how edges are encoded."""

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
    """Nothing after it, in decode order, displays before it or refers to what was before it."""
    OPEN = 2
    """Frames that follow it and display before it refer to what was before it."""


class CodecRules(Protocol):
    """One video stream's codec, as far as cutting goes."""

    reorder: int | None
    """Bound on reordering; ``None``: unknown."""
    extradata: bytes | None
    """What the output stream's header has to say, copied and encoded packets together."""

    def random_access(self, packet: AnyPacket) -> RandomAccess: ...
    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        """The packet as it goes into the file. May raise :class:`CannotSplice`."""
        ...

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        """The packet that copying begins with, after encoded ones, as it goes into the file."""
        ...

    def encoder(self) -> EdgeEncoder: ...
    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        """A packet of :meth:`encoder`'s as it goes into the file."""
        ...


_MAX_REORDER = 16
"""H.264 A.3.1 and H.265 A.4.2: no stream reorders by more frames."""
_WITHOUT_REORDERING = ("vp8", "vp9", "av1")
"""Codecs whose packets are in display order."""


def reorder_bound(rules: CodecRules, stream: VideoStream) -> int:
    """How many frames at most may precede one in decode order and follow it in display order."""
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
    """Any codec whose packets are copied from a keyframe on and never joined with encoded ones."""

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
    """Never copies: the whole clip is one head, encoded by the output stream's own encoder."""

    reorder: int | None = None
    extradata: bytes | None = None

    def __init__(self) -> None:
        self._encoder: EdgeEncoder | None = None

    def use(self, encoder: EdgeEncoder) -> None:
        """The encoder that belongs to the output; known once that is open."""
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
