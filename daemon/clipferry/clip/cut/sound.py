"""The sound of a clip: the packets that overlap it, or its samples encoded anew."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, cast

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from ..errors import CutFailed
from . import adts
from .packets import AnyPacket, pts_of
from .reader import Reader
from .samples import samples

if TYPE_CHECKING:
    from .mux import Output


_PRIMING_S = 0.1
"""What an encoder puts in front is shorter; more before presentation time 0 of an MP4 is what an edit list hides."""
_CRUMB_S = Fraction(1, 1000)
"""Less than this of a packet is left out: edit lists count in milliseconds, so a player might not find it."""


class SoundPiece(NamedTuple):
    """One packet; ``pts`` and ``duration`` in ``tick``s, 0 = the clip's start."""

    packet: AnyPacket
    pts: int
    duration: int


def copy_sound(
    reader: Reader, zero_s: float, end_s: float | None, *, lead_s: float = 0.0, whole: bool = False
) -> Iterator[SoundPiece]:
    """The packets that sound inside ``[zero_s, end_s)`` (presentation seconds), from the one that sounds, or ends, at
    ``zero_s - lead_s`` on.

    So the first begins at most one frame of sound before 0; the last is shortened to end with the clip, by its duration, not
    its samples. A broadcast's frames without a header that is one are left out.
    """
    stream = reader.audio
    assert stream is not None
    assert stream.time_base is not None
    zero = round(reader.ticks(stream, zero_s))
    lead = math.ceil(Fraction(lead_s) / stream.time_base)
    end = None if end_s is None else round(reader.ticks(stream, end_s))
    frame = _frame_ticks(stream)
    headed = adts.has_headers(stream)
    hidden = reader.ticks(stream, -_PRIMING_S) if whole and reader.media.demuxer == "mov" else None
    last: int | None = None
    crumb = math.ceil(_CRUMB_S / stream.time_base)
    for packet, pts, duration in _with_durations(reader.packets(stream), frame):
        if (hidden is not None and pts + duration < hidden) or (not whole and pts + duration < zero - lead):
            continue  # one that ends right there stays: its second half is what the decoder adds to the first
        if end is not None and pts >= end - crumb:
            return
        if last is not None and pts - last < min(duration, frame) // 2:
            continue  # sounds already: two pieces of a broadcast overlap where they meet
        if headed and not adts.is_frame(bytes(packet)):
            continue
        last = pts
        if end is not None:
            duration = max(min(duration, end - pts), 1)  # noqa: PLW2901
        yield SoundPiece(packet, pts - zero, duration)


def _frame_ticks(stream: AudioStream) -> int:
    size = stream.codec_context.frame_size or 1024
    assert stream.time_base is not None
    return max(1, round(Fraction(size, stream.codec_context.sample_rate or 48000) / stream.time_base))


def _with_durations(packets: Iterator[AnyPacket], frame: int) -> Iterator[tuple[AnyPacket, int, int]]:
    """Each packet with its length: its own, else the way to the next one."""
    waiting: AnyPacket | None = None
    for packet in packets:
        if waiting is not None:
            yield waiting, pts_of(waiting), max(pts_of(packet) - pts_of(waiting), 1)
            waiting = None
        if packet.duration:
            yield packet, pts_of(packet), packet.duration
        else:
            waiting = packet
    if waiting is not None:
        yield waiting, pts_of(waiting), frame


_BIT_RATES = {"aac": 192_000, "libopus": 160_000}
_SAMPLE_FORMATS: dict[str, str] = {"aac": "fltp", "libopus": "flt"}


class SoundEncoder:
    """Sound that the container cannot hold as it is, encoded anew: exactly the clip's samples."""

    def __init__(self, output: Output, encoder: str, stream: AudioStream) -> None:
        source = stream.codec_context
        self.rate = source.sample_rate if encoder == "aac" and source.sample_rate in adts.RATES else 48000
        # Some containers tell how many channels there are and not which, or nothing before a packet is decoded.
        self._layout = "mono" if source.layout.nb_channels == 1 else "stereo"
        self._format = _SAMPLE_FORMATS[encoder]
        self._context = output.encoded_audio(encoder, self.rate, self._layout, _BIT_RATES[encoder])
        self._context.format = self._format
        try:
            self._context.open()
        except av.FFmpegError as error:
            raise CutFailed(detail=f"opening {encoder}: {error}") from error

    def encode(self, reader: Reader, zero_s: float, end_s: float | None) -> Iterator[SoundPiece]:
        """The packets, the first of which may begin before 0 (the encoder's own delay)."""
        wanted = samples(reader, zero_s, end_s, sample_format=self._format, layout=self._layout, rate=self.rate)
        fifo = AudioFifo()
        size = self._context.frame_size or 1024
        for frame in wanted:
            fifo.write(frame)
            while (full := fifo.read(size)) is not None:
                yield from self._packets(full)
        if (rest := fifo.read(0, partial=True)) is not None:
            yield from self._packets(rest)
        yield from self._packets(None)

    def _packets(self, frame: AudioFrame | None) -> Iterator[SoundPiece]:
        for packet in self._context.encode(frame):
            yield SoundPiece(cast("AnyPacket", packet), cast("int", packet.pts), packet.duration or 1)
