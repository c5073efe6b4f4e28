"""Splicing of H.265: random access points, and edges whose parameter sets do not collide with the source's."""

from __future__ import annotations

from av.video.stream import VideoStream

from ...codec import h265
from ...codec.nal import join_lengths, split_lengths, split_start_codes
from ..encoding.encoder import EdgeEncoder, EncoderSettings
from ..packets import AnyPacket, rebuilt
from ..strategy_errors import CannotSplice
from .codec_rules import RandomAccess, nal_units

_PREFIX_SEI = 39
_MASTERING, _CONTENT_LIGHT = 137, 144
"""SEI messages of mastering display and content light level (D.2.28, D.2.35)."""
_SETS = (h265.VPS, h265.SPS, h265.PPS)
_DROPPED = (*_SETS, h265.AUD, h265.FILLER, h265.END_OF_SEQUENCE, h265.END_OF_STREAM)


class H265:
    """H.265: copying begins at any random access picture.

    Leading pictures of it are encoded with the head, since they may refer to pictures before it; after encoded pictures a CRA picture
    becomes a BLA picture (8.1.3).
    """

    def __init__(self, stream: VideoStream, settings: EncoderSettings) -> None:
        try:
            self._sets = h265.read_sets(stream.codec_context.extradata or b"")
            source = h265.parse_sps(self._sets.sps[0])
            self._ids = h265.Ids.beside(self._sets)
        except (ValueError, IndexError) as error:
            raise CannotSplice("Its H.265 headers are unusual, so every frame was encoded again.") from error
        if len(self._sets.sps) > 1 or settings.pix_fmt is None:
            raise CannotSplice("The video changes its format, so every frame was encoded again.")
        self._light_level: list[bytes] = []
        """The source's light level SEI messages, which the encoder does not write."""
        self.reorder: int | None = source.ordering[1]
        self._settings = settings.with_options(
            {"x265-params": "log-level=none:info=0:bframes=0:ref=1:scenecut=0:keyint=-1:open-gop=0:hrd=0:aud=0"}
        )
        self._ready: EdgeEncoder | None = EdgeEncoder.opened(self._settings)
        """Opened for its headers; has not encoded yet."""
        made = h265.read_sets(self._ready.extradata)
        try:
            ours = h265.renumber_sets(made, source, self._ids)
        except ValueError as error:
            raise CannotSplice("Its H.265 headers are unusual, so every frame was encoded again.") from error
        self.extradata: bytes | None = h265.build_hvcc(self._sets, ours)

    def random_access(self, packet: AnyPacket) -> RandomAccess:
        if not packet.is_keyframe:
            return RandomAccess.NONE
        nals = self._nals(packet)
        kinds = [h265.nal_type(nal) for nal in nals]
        if not self._light_level:
            self._light_level = [bytes(nal) for nal in nals if _is_light_level_sei(nal)]
        if h265.IDR_N_LP in kinds:
            return RandomAccess.CLOSED
        return (
            RandomAccess.OPEN if any(h265.FIRST_IRAP <= kind <= h265.LAST_IRAP for kind in kinds) else RandomAccess.NONE
        )

    def _nals(self, packet: AnyPacket) -> list[bytes | memoryview]:
        return nal_units(packet, self._sets.length_size)

    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        nals = self._nals(packet)
        in_band = [nal for nal in nals if h265.nal_type(nal) in _SETS]
        if any(not self._sets.known(bytes(nal)) for nal in in_band):
            raise CannotSplice("The video changes its format inside the clip, so every frame was encoded again.")
        if self._sets.length_size == 4 and not in_band:
            return packet
        return rebuilt(packet, join_lengths(nal for nal in nals if h265.nal_type(nal) not in _DROPPED))

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        own = self.copied_packet(packet)
        nals = [bytes(nal) for nal in split_lengths(memoryview(own))]
        if not any(h265.nal_type(nal) == h265.CRA for nal in nals):
            return own
        linked = (h265.as_broken_link(nal) if h265.nal_type(nal) == h265.CRA else nal for nal in nals)
        return rebuilt(own, join_lengths(linked))

    def encoder(self) -> EdgeEncoder:
        ready, self._ready = self._ready or EdgeEncoder.opened(self._settings), None
        return ready

    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        slices = [*self._light_level] if packet.is_keyframe else []
        for nal in split_start_codes(bytes(packet)):
            kind = h265.nal_type(nal)
            if kind < h265.VPS:
                slices.append(h265.renumber_slice(nal, self._ids))
            elif kind not in _DROPPED:
                slices.append(nal)
        return rebuilt(packet, join_lengths(slices))


def _is_light_level_sei(nal: bytes | memoryview) -> bool:
    return h265.nal_type(nal) == _PREFIX_SEI and len(nal) > 2 and nal[2] in (_MASTERING, _CONTENT_LIGHT)
