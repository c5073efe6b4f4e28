"""Opus in Ogg, where the time of a packet follows from the samples before it (RFC 7845)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.audio.stream import AudioStream
from av.packet import Packet

from ...errors import CutFailed
from ..packets import AnyPacket, AudioPacket

RATE = 48000
"""Ogg counts Opus in samples of 48 kHz (RFC 7845 4)."""
_STEP = RATE // 400
"""The shortest frame, 2.5 ms: only multiples of it can be filled (RFC 7845 4.1)."""
_LONGEST_PACKET = 48 * _STEP
_ROUNDING = 4 * _STEP
"""Smaller gaps are rounding of the source's clock (Matroska counts milliseconds) or jitter."""
_MAX_GAP = 3600 * RATE
"""A timestamp farther off is invalid."""
_SILK, _HYBRID, _CELT = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)
_FRAME = (*_SILK * 3, *_HYBRID * 2, *_CELT * 4)
"""Samples of a frame by its configuration (RFC 6716 3.1, table 2)."""


class OggOpusNumbering:
    """Renumbers a copied track in samples, of which the first ``pre-skip`` are not played (RFC 7845 4.2, 4.3, 5.1).

    libav's muxer counts granules from the pre-skip that the *source* had, so packets are numbered from there, and the header declares
    how much really precedes the clip.

    Args:
        first: the packet that the track begins with.
        clock: tick of the packets, in seconds.

    Raises:
        CutFailed: the source has no Opus header.
    """

    tick = Fraction(1, RATE)

    def __init__(self, stream: AudioStream, first: AudioPacket, clock: Fraction) -> None:
        head = bytearray(stream.codec_context.extradata or b"")
        if len(head) < 19 or head[:8] != b"OpusHead":
            raise CutFailed(detail="no OpusHead")
        self._clock = clock
        self._begin = -int.from_bytes(head[10:12], "little")
        lead = min(max(-self._samples(first.pts), 0), 65535)
        if abs(lead + self._begin) < RATE // 1000:
            lead = -self._begin  # the whole track; its first timestamp was rounded to a millisecond
        head[10:12] = lead.to_bytes(2, "little")
        self.header = bytes(head)
        self.zero = self._begin + lead
        """Start of the clip on the clock of the renumbered packets."""
        self._shift = self._begin - min(self._samples(first.pts), 0)
        self._streams = head[19] if head[18] and len(head) > 19 else 1

    def _samples(self, ticks: int) -> int:
        return round(ticks * self._clock * RATE)

    def renumbered(self, packets: Iterator[AudioPacket]) -> Iterator[AudioPacket]:
        """Yield the packets back to back. A gap is filled with empty frames, which decoders conceal (RFC 7845 4.1); the last packet is
        shortened to its duration (4.4)."""
        at = self._begin
        last: AudioPacket | None = None
        duration = 0
        for packet in packets:
            place, length = self._samples(packet.pts) + self._shift, packet_samples(bytes(packet.packet))
            if not length or at - place > length // 2 + _STEP:
                continue  # corrupt or repeated
            if last is not None:
                yield last
            for lost in self._lost((last or packet).packet, at, place):
                yield lost
                at += lost.duration
            last, duration = AudioPacket(packet.packet, at, length), self._samples(packet.duration)
            at += length
        if last is not None:
            shortened = last.duration - duration > self._clock * RATE
            yield last._replace(duration=max(duration, 1)) if shortened else last

    def _lost(self, before: AnyPacket, start: int, stop: int) -> Iterator[AudioPacket]:
        """Yield empty packets for ``[start, stop)``, first in the configuration of the packet before, which decoders conceal best."""
        if not _ROUNDING <= stop - start < _MAX_GAP:
            return
        toc = bytes(before)[0] & 0xFC
        frames = [(_FRAME[toc >> 3], toc), *((_FRAME[config], config << 3 | toc & 4) for config in (31, 30, 29, 28))]
        left = round((stop - start) / _STEP) * _STEP
        for length, kind in frames:
            while length <= left:
                yield AudioPacket(self._empty(kind), start, length)
                start, left = start + length, left - length

    def _empty(self, toc: int) -> AnyPacket:
        """Return a frame of no bytes for each of the streams; all but the last declare their length (RFC 6716 3.2.1, B)."""
        return Packet(bytes([toc, 0] * (self._streams - 1) + [toc]))


def packet_samples(packet: bytes) -> int:
    """Return the number of 48 kHz samples of an Opus packet; 0: it is invalid (RFC 6716 3.1, 3.2, 3.4)."""
    if not packet:
        return 0
    frames = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[packet[0] & 3]
    samples = frames * _FRAME[packet[0] >> 3]
    return samples if samples <= _LONGEST_PACKET else 0
