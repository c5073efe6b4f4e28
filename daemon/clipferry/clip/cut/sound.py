"""The sound of a clip: the packets that overlap it, or samples cut to the clip and encoded anew."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from .packets import AnyPacket, pts_of
from .reader import Reader

if TYPE_CHECKING:
    from .mux import Output


_CRUMB_S = Fraction(1, 1000)
"""Less than this of a packet is left out: edit lists count in milliseconds, so a player might not find it."""


@dataclass(frozen=True, slots=True)
class SoundPiece:
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
    its samples.
    """
    stream = reader.audio
    assert stream is not None
    assert stream.time_base is not None
    zero = round(reader.ticks(stream, zero_s))
    lead = math.ceil(Fraction(lead_s) / stream.time_base)
    end = None if end_s is None else round(reader.ticks(stream, end_s))
    frame = _frame_ticks(stream)
    last: int | None = None
    crumb = math.ceil(_CRUMB_S / stream.time_base)
    for packet, pts, duration in _with_durations(reader.packets(stream), frame):
        if not whole and pts + duration < zero - lead:
            continue  # one that ends right there stays: its second half is what the decoder adds to the first
        if end is not None and pts >= end - crumb:
            return
        if last is not None and pts - last < duration // 2:
            continue  # sounds already: two pieces of a broadcast overlap where they meet
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


def samples(
    reader: Reader, zero_s: float, end_s: float | None, *, sample_format: str, layout: str, rate: int
) -> Iterator[AudioFrame]:
    """Exactly the samples of ``[zero_s, end_s)`` in a wanted form; ``pts`` counts samples from 0. Silence where the source
    begins late; what the source lacks at its end is left out."""
    stream = reader.audio
    assert stream is not None
    assert stream.time_base is not None
    resampler = AudioResampler(format=sample_format, layout=layout, rate=rate)
    zero = Fraction(zero_s + reader.origin_s)
    stop = None if end_s is None else round((Fraction(end_s) - Fraction(zero_s)) * rate)
    at: int | None = None
    for frame in _resampled(_decoded(reader, stream, zero, end_s), resampler):
        if at is None:
            at = round((Fraction(frame.pts or 0) * cast("Fraction", frame.time_base) - zero) * rate)
            if at > 0:
                yield from _silence(at, frame)
        part = _cut(frame, max(0, -at), frame.samples if stop is None else min(frame.samples, stop - at))
        if part is not None:
            part.pts, part.time_base = max(at, 0), Fraction(1, rate)
            yield part
        at += frame.samples
        if stop is not None and at >= stop:
            return


def _decoded(reader: Reader, stream: AudioStream, zero: Fraction, end_s: float | None) -> Iterator[AudioFrame]:
    assert stream.time_base is not None
    # The stream's own decoder: it knows the time base, and so moves the timestamp along with samples that it skips.
    decoder = stream.codec_context
    # A transform codec's frame needs the one before it, Opus some 80 ms (RFC 7845 4.6).
    begin = (zero - Fraction(1, 10)) / stream.time_base
    end = None if end_s is None else reader.ticks(stream, end_s) + Fraction(1, 10) / stream.time_base
    for packet in reader.packets(stream):
        if pts_of(packet) < begin:
            continue
        if end is not None and pts_of(packet) >= end:
            break
        try:
            yield from _timed(decoder.decode(packet), stream)
        except av.InvalidDataError:
            continue
    yield from _timed(decoder.decode(None), stream)


def _timed(frames: list[AudioFrame], stream: AudioStream) -> Iterator[AudioFrame]:
    for frame in frames:
        frame.time_base = cast("Fraction", stream.time_base)
        yield frame


def _resampled(frames: Iterator[AudioFrame], resampler: AudioResampler) -> Iterator[AudioFrame]:
    for frame in frames:
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _cut(frame: AudioFrame, start: int, stop: int) -> AudioFrame | None:
    """The samples ``[start, stop)`` of a frame."""
    if start >= stop:
        return None
    if start == 0 and stop == frame.samples:
        return frame
    size = _sample_bytes(frame)
    return _frame_of([bytes(plane)[start * size : stop * size] for plane in frame.planes], stop - start, frame)


def _silence(count: int, like: AudioFrame) -> Iterator[AudioFrame]:
    size = _sample_bytes(like)
    for at in range(0, count, 1024):
        samples = min(count - at, 1024)
        quiet = _frame_of([bytes(samples * size) for _ in like.planes], samples, like)
        quiet.pts, quiet.time_base = at, Fraction(1, like.sample_rate)
        yield quiet


def _sample_bytes(frame: AudioFrame) -> int:
    """Bytes of one sample in one plane."""
    return frame.format.bytes * (1 if frame.format.is_planar else frame.layout.nb_channels)


def _frame_of(planes: list[bytes], samples: int, like: AudioFrame) -> AudioFrame:
    made = AudioFrame(format=like.format.name, layout=like.layout.name, samples=samples, align=1)
    for plane, data in zip(made.planes, planes, strict=True):
        plane.update(data)
    made.sample_rate = like.sample_rate
    return made


_BIT_RATES = {"aac": 192_000, "libopus": 160_000}
_SAMPLE_FORMATS: dict[str, str] = {"aac": "fltp", "libopus": "flt"}


class SoundEncoder:
    """Sound that the container cannot hold as it is, encoded anew: exactly the clip's samples."""

    def __init__(self, output: Output, encoder: str, stream: AudioStream) -> None:
        source = stream.codec_context
        self.rate = 48000 if encoder == "libopus" else source.sample_rate
        self._layout = source.layout.name if source.layout.nb_channels <= 2 else "stereo"
        self._format = _SAMPLE_FORMATS[encoder]
        self._context = output.encoded_audio(encoder, self.rate, self._layout, _BIT_RATES[encoder])
        self._context.format = self._format
        self._context.open()

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
