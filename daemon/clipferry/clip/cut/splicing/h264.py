"""Splicing of H.264: random access points, and edges whose parameter sets do not collide with the source's."""

from __future__ import annotations

from dataclasses import replace

from av.video.stream import VideoStream

from ...codec import avcc, h264
from ...codec.nal import join_lengths, split_start_codes
from ..encoding.encoder import EdgeEncoder, EncoderSettings
from ..packets import AnyPacket, rebuilt
from ..strategy_errors import CannotSplice
from .codec_rules import RandomAccess, nal_units


class H264:
    """H.264: copying begins at an IDR picture only.

    Decoding could begin at a recovery point, but pictures after it depend on frame numbers and reference marking, which pictures of
    another encoder before them would disturb.
    """

    def __init__(self, stream: VideoStream, settings: EncoderSettings) -> None:
        try:
            self._sets = avcc.read_sets(stream.codec_context.extradata or b"")
            sps = [h264.parse_sps(nal) for nal in self._sets.sps]
            free_id = self._sets.free_id()
        except (ValueError, IndexError) as error:
            raise CannotSplice("Its H.264 headers are unusual, so every frame was encoded again.") from error
        main = sps[0]
        if len(sps) > 1 or not main.progressive:
            raise CannotSplice("The video is interlaced or changes its format, so every frame was encoded again.")
        self.reorder = main.reorder_frames
        if self.reorder is None and main.inferred_frames == 0:
            self.reorder = 0
        if settings.pix_fmt is None:
            settings = replace(settings, pix_fmt=h264.pix_fmt(main))
        if settings.pix_fmt is None:
            raise CannotSplice("clipferry cannot encode this kind of picture, so every frame was encoded as another.")
        self._settings = settings.with_options(
            {
                # Measured (docs/ENCODING.md has the table): 44 dB and more for the worst frame, 42 in grain; at most
                # two thirds of the work of veryfast at 19, for bytes that are few in a head of a second or two. No
                # lookahead: the first packet comes at once and 30 MB less are held at 720p. Nothing is left to smooth at this
                # quality, so there is no loop filter; and without CABAC it is decoded in half the time, by verification as well.
                "preset": "superfast",
                "crf": "18",
                "x264-params": f"sps-id={free_id}:ref=1:bframes=0:scenecut=0:keyint=infinite:aud=0"
                ":rc-lookahead=0:sync-lookahead=0:mbtree=0:no-deblock=1:cabac=0",
            }
        )
        self._ready: EdgeEncoder | None = EdgeEncoder.opened(self._settings)
        """Opened for its headers; has not encoded yet."""
        made = avcc.read_sets(self._ready.extradata)
        ours = avcc.ParameterSets(tuple(h264.match_sps(nal, main) for nal in made.sps), made.pps, 4)
        self.extradata: bytes | None = avcc.build_avcc(self._sets, ours)

    def random_access(self, packet: AnyPacket) -> RandomAccess:
        if not packet.is_keyframe:
            return RandomAccess.NONE
        return (
            RandomAccess.CLOSED if any(h264.nal_type(n) == h264.IDR for n in self._nals(packet)) else RandomAccess.NONE
        )

    def _nals(self, packet: AnyPacket) -> list[bytes | memoryview]:
        return nal_units(packet, self._sets.length_size)

    def copied_packet(self, packet: AnyPacket) -> AnyPacket:
        nals = self._nals(packet)
        in_band = [nal for nal in nals if h264.nal_type(nal) in (h264.SPS, h264.PPS)]
        if any(not self._sets.known(bytes(nal)) for nal in in_band):
            raise CannotSplice("The video changes its format inside the clip, so every frame was encoded again.")
        if self._sets.length_size == 4 and not in_band:
            return packet
        dropped = (h264.SPS, h264.PPS, h264.AUD, h264.FILLER, h264.END_OF_SEQUENCE, h264.END_OF_STREAM)
        return rebuilt(packet, join_lengths(nal for nal in nals if h264.nal_type(nal) not in dropped))

    def first_copied_packet(self, packet: AnyPacket) -> AnyPacket:
        return self.copied_packet(packet)

    def encoder(self) -> EdgeEncoder:
        ready, self._ready = self._ready or EdgeEncoder.opened(self._settings), None
        return ready

    def encoded_packet(self, packet: AnyPacket) -> AnyPacket:
        kept = (n for n in split_start_codes(bytes(packet)) if h264.nal_type(n) not in (h264.SPS, h264.PPS, h264.AUD))
        return rebuilt(packet, join_lengths(kept))
