"""AAC as broadcasts send it: a header in front of every frame."""

from __future__ import annotations

from av.audio.stream import AudioStream

_HEADER_BYTES = 7
_CHECKSUM_BYTES = 2
_RATES = 13
"""Sampling frequency indices in use (ISO/IEC 14496-3 table 1.18)."""


def has_headers(stream: AudioStream) -> bool:
    """Whether each packet of ``stream`` begins with a header of its own, since nothing else says how to decode it."""
    return stream.codec_context.name == "aac" and not stream.codec_context.extradata


def is_frame(packet: bytes) -> bool:
    """Whether there is sound behind a sound header (ISO/IEC 13818-7 6.2). libav's muxers, which take the header off, fail at what
    is none."""
    if len(packet) < _HEADER_BYTES or packet[0] != 0xFF or packet[1] & 0xF0 != 0xF0:
        return False
    header_bytes = _HEADER_BYTES if packet[1] & 1 else _HEADER_BYTES + _CHECKSUM_BYTES
    length = (packet[3] & 3) << 11 | packet[4] << 3 | packet[5] >> 5
    several = packet[6] & 3
    return (
        (packet[2] >> 2 & 15) < _RATES
        and length >= _HEADER_BYTES
        and len(packet) > header_bytes
        and not (several and header_bytes > _HEADER_BYTES)
    )
