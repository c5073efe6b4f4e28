"""The audio of a clip: copy the packets that overlap it, or re-encode its samples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from ...codec import adts
from ...container.codec_support import codec_name
from ...errors import CutFailed
from ..demuxer import Reader
from ..packets import AnyPacket, AudioPacket
from .audio_samples import decode_samples
from .packet_durations import TimedPacket, with_durations

if TYPE_CHECKING:
    from ..muxer import Muxer


_PRIMING_S = 0.1
"""Upper bound for encoder priming; more before presentation time 0 of an MP4 is hidden by an edit list."""
_NEGLIGIBLE_S = Fraction(1, 1000)
"""A packet that overlaps by less is left out: edit lists have milliseconds, so a player might not find it."""


_JITTERING = ("vorbis", "opus")
"""Codecs with short blocks that some muxers count as long ones. Other codecs overlap by half a frame only where audio is repeated."""
_JITTER_S = Fraction(25, 1000)
_ROUNDING_S = Fraction(5, 1000)
"""Rounding error of a container's clock; smaller deviations of timestamps are kept."""
_SMOOTHING = 8
"""Number of packets over which timestamps are averaged."""


def copy_audio(
    reader: Reader, zero_s: float, end_s: float | None, *, lead_s: float = 0.0, whole: bool = False
) -> Iterator[AudioPacket]:
    """Copy the packets that overlap ``[zero_s, end_s)`` (presentation seconds), from ``zero_s - lead_s`` on.

    The first packet begins at most one audio frame before 0; the last is shortened to end with the clip, by its duration, not its
    samples. ADTS frames with an invalid header are left out.

    Args:
        whole: copy everything from the first packet on.
    """
    stream = reader.audio
    assert stream is not None
    assert stream.time_base is not None
    zero = round(reader.ticks(stream, zero_s))
    hidden = reader.ticks(stream, -_PRIMING_S) if reader.media.demuxer == "mov" else None
    begin = hidden if whole else zero - math.ceil(Fraction(lead_s) / stream.time_base)
    end = None if end_s is None else round(reader.ticks(stream, end_s))
    negligible = math.ceil(_NEGLIGIBLE_S / stream.time_base)
    at: int | None = None
    early: list[AudioPacket] = []
    """Packets that end by 0; kept while the next follows without a gap."""
    for packet, pts, length in _without_overlaps(reader, stream):
        if begin is not None and pts + length < begin:
            continue  # a packet that ends there is kept: the decoder overlaps its second half with the next
        if end is not None and pts >= end - negligible:
            return
        at = pts if at is None else max(pts, at + 1)  # jitter must not reorder packets
        timed = AudioPacket(packet, at - zero, length if end is None else max(min(length, end - at), 1))
        if early and timed.pts > early[-1].pts + early[-1].duration + negligible:
            early.clear()
        if not whole and pts + length <= zero:
            early.append(timed)
            continue
        yield from early
        early.clear()
        yield timed


def _without_overlaps(reader: Reader, stream: AudioStream) -> Iterator[TimedPacket]:
    """Return the packets with their durations, without repeated audio: segments of a live stream may overlap where they meet."""
    assert stream.time_base is not None
    headed = adts.has_headers(stream)
    jitter = float(_JITTER_S / stream.time_base) if codec_name(stream.codec_context.name) in _JITTERING else 0.0
    rounding = float(_ROUNDING_S / stream.time_base)
    due: float | None = None
    """Start of the next packet if it follows without a gap; timestamps may deviate to both sides."""
    for packet, pts, length in with_durations(reader.packets(stream), stream):
        late = 0.0 if due is None else pts - due
        if late < -max(length // 2, jitter):
            continue
        if headed and not adts.is_frame(bytes(packet)):
            continue
        begins = pts if due is None or late > max(length, jitter) else due + late / _SMOOTHING
        due = begins + length
        yield packet, round(begins) if rounding < abs(late) <= jitter else pts, length


_BIT_RATES = {"aac": 192_000, "libopus": 160_000}
_SAMPLE_FORMATS: dict[str, str] = {"aac": "fltp", "libopus": "flt"}


class AudioEncoder:
    """Re-encodes exactly the samples of the clip, where the container cannot hold the codec."""

    def __init__(self, output: Muxer, encoder: str, stream: AudioStream) -> None:
        source = stream.codec_context
        self.rate = source.sample_rate if encoder == "aac" and source.sample_rate in adts.RATES else 48000
        # Some containers declare the number of channels without their layout, or nothing before a packet is decoded.
        self._layout = "mono" if source.layout.nb_channels == 1 else "stereo"
        self._format = _SAMPLE_FORMATS[encoder]
        self._context = output.add_encoded_audio(encoder, self.rate, self._layout, _BIT_RATES[encoder])
        self._context.format = self._format
        try:
            self._context.open()
        except av.FFmpegError as error:
            raise CutFailed(detail=f"opening {encoder}: {error}") from error

    def encode(self, reader: Reader, zero_s: float, end_s: float | None) -> Iterator[AudioPacket]:
        """Return the packets; the first may begin before 0 (encoder delay)."""
        wanted = decode_samples(reader, zero_s, end_s, sample_format=self._format, layout=self._layout, rate=self.rate)
        fifo = AudioFifo()
        size = self._context.frame_size or 1024
        for frame in wanted:
            fifo.write(frame)
            while (full := fifo.read(size)) is not None:
                yield from self._packets(full)
        if (rest := fifo.read(0, partial=True)) is not None:
            yield from self._packets(rest)
        yield from self._packets(None)

    def _packets(self, frame: AudioFrame | None) -> Iterator[AudioPacket]:
        for packet in self._context.encode(frame):
            yield AudioPacket(cast("AnyPacket", packet), cast("int", packet.pts), packet.duration or 1)
