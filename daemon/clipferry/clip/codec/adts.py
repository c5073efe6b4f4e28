"""ADTS: AAC in transport streams, with a header before every frame."""

from __future__ import annotations

from fractions import Fraction

from av.audio.stream import AudioStream

_HEADER_BYTES = 7
_CHECKSUM_BYTES = 2
RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
"""By sampling frequency index (ISO/IEC 14496-3, table 1.18)."""
_SAMPLES_PER_BLOCK = 1024
"""Samples of a raw data block at the rate in the header; SBR doubles both."""


def has_headers(stream: AudioStream) -> bool:
    """Return whether each packet of ``stream`` begins with an ADTS header, as there is no other configuration."""
    return stream.codec_context.name == "aac" and not stream.codec_context.extradata


def is_frame(packet: bytes) -> bool:
    """Return whether a packet is a valid ADTS frame (ISO/IEC 13818-7 6.2). libav's muxers, which strip the header, fail on an invalid one."""
    if len(packet) < _HEADER_BYTES or packet[0] != 0xFF or packet[1] & 0xF0 != 0xF0:
        return False
    header_bytes = _HEADER_BYTES if packet[1] & 1 else _HEADER_BYTES + _CHECKSUM_BYTES
    length = (packet[3] & 3) << 11 | packet[4] << 3 | packet[5] >> 5
    several = packet[6] & 3
    return (
        (packet[2] >> 2 & 15) < len(RATES)
        and length >= _HEADER_BYTES
        and len(packet) > header_bytes
        and not (several and header_bytes > _HEADER_BYTES)
    )


def duration_s(packet: bytes | memoryview) -> Fraction:
    """Return the duration of a packet by its header; 0: it is not ADTS."""
    if len(packet) < _HEADER_BYTES or packet[0] != 0xFF or packet[1] & 0xF6 != 0xF0:
        return Fraction(0)
    index = packet[2] >> 2 & 15
    return Fraction(_SAMPLES_PER_BLOCK * (1 + (packet[6] & 3)), RATES[index]) if index < len(RATES) else Fraction(0)
