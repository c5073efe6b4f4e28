"""The audio of a clip: the packets that overlap it, or its samples encoded again."""

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
"""What an encoder puts in front is shorter; more before presentation time 0 of an MP4 is what an edit list hides."""
_NEGLIGIBLE_S = Fraction(1, 1000)
"""Less than this of a packet is left out: edit lists count in milliseconds, so a player might not find it."""


_JITTERING = ("vorbis", "opus")
"""Codecs of short blocks, which some muxers count as long ones. No other audio overlaps by half a frame without being there twice."""
_JITTER_S = Fraction(25, 1000)
_ROUNDING_S = Fraction(5, 1000)
"""What a container's clock may round away; timestamps that are no farther off stay as they are."""
_SMOOTHING = 8
"""Packets over which timestamps are averaged."""


def copy_audio(
    reader: Reader, zero_s: float, end_s: float | None, *, lead_s: float = 0.0, whole: bool = False
) -> Iterator[AudioPacket]:
    """The packets that audio inside ``[zero_s, end_s)`` (presentation seconds), from the one that plays, or ends, at
    ``zero_s - lead_s`` on.

    So the first begins at most one frame of audio before 0; the last is shortened to end with the clip, by its duration, not
    its samples. A broadcast's frames without a header that is one are left out.
    """
    stream = reader.audio
    assert stream is not None
    assert stream.time_base is not None
    zero = round(reader.ticks(stream, zero_s))
    hidden = reader.ticks(stream, -_PRIMING_S) if reader.media.demuxer == "mov" else None
    begin = hidden if whole else zero - math.ceil(Fraction(lead_s) / stream.time_base)
    end = None if end_s is None else round(reader.ticks(stream, end_s))
    crumb = math.ceil(_NEGLIGIBLE_S / stream.time_base)
    at: int | None = None
    early: list[AudioPacket] = []
    """Packets that end by 0: they are there for what follows without a hole."""
    for packet, pts, length in _without_overlaps(reader, stream):
        if begin is not None and pts + length < begin:
            continue  # one that ends right there stays: its second half is what the decoder adds to the first
        if end is not None and pts >= end - crumb:
            return
        at = pts if at is None else max(pts, at + 1)  # jitter must not turn packets round
        piece = AudioPacket(packet, at - zero, length if end is None else max(min(length, end - at), 1))
        if early and piece.pts > early[-1].pts + early[-1].duration + crumb:
            early.clear()
        if not whole and pts + length <= zero:
            early.append(piece)
            continue
        yield from early
        early.clear()
        yield piece


def _without_overlaps(reader: Reader, stream: AudioStream) -> Iterator[TimedPacket]:
    """The packets with their lengths, without those that audio already: two pieces of a broadcast overlap where they meet."""
    assert stream.time_base is not None
    headed = adts.has_headers(stream)
    jitter = float(_JITTER_S / stream.time_base) if codec_name(stream.codec_context.name) in _JITTERING else 0.0
    rounding = float(_ROUNDING_S / stream.time_base)
    due: float | None = None
    """When the next packet begins if it follows what came so far: timestamps may be off to both sides of it."""
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
    """Audio that the container cannot hold as it is, encoded again: exactly the clip's samples."""

    def __init__(self, output: Muxer, encoder: str, stream: AudioStream) -> None:
        source = stream.codec_context
        self.rate = source.sample_rate if encoder == "aac" and source.sample_rate in adts.RATES else 48000
        # Some containers tell how many channels there are and not which, or nothing before a packet is decoded.
        self._layout = "mono" if source.layout.nb_channels == 1 else "stereo"
        self._format = _SAMPLE_FORMATS[encoder]
        self._context = output.add_encoded_audio(encoder, self.rate, self._layout, _BIT_RATES[encoder])
        self._context.format = self._format
        try:
            self._context.open()
        except av.FFmpegError as error:
            raise CutFailed(detail=f"opening {encoder}: {error}") from error

    def encode(self, reader: Reader, zero_s: float, end_s: float | None) -> Iterator[AudioPacket]:
        """The packets, the first of which may begin before 0 (the encoder's own delay)."""
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
