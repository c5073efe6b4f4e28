"""Decode a range of audio to samples, each in its place: silence where the source has a gap or begins late."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from ..packets import AnyPacket, pts_of

if TYPE_CHECKING:
    from ..demuxer import Reader

_PREROLL_S = Fraction(1, 4)
"""Decoded before the start: a transform codec's frame needs the one before it, Opus 80 ms (RFC 7845 4.6), MP3 up to 511 bytes, which
at 32 kbit/s are 130 ms (ISO/IEC 11172-3, 2.4.2.7)."""
_OVERRUN_S = Fraction(1, 10)
"""Decoded after the end."""
_ROUNDING_S = Fraction(5, 1000)
"""Smaller gaps are rounding of a container's clock (Matroska's and FLV's count milliseconds) or of a codec that keeps samples back at
a mode change; larger ones are a gap or repeated audio."""
_JITTER_S = Fraction(25, 1000)
"""Deviations of timestamps up to this may be temporary."""
_FOR_GOOD_S, _FAR_FOR_GOOD_S = 1, Fraction(2, 10)
"""What is off by no more than that, or by more, for so long is off for good."""
_MAX_GAP_S = 3600
"""A timestamp farther off is invalid, and not filled with silence."""


def decode_samples(
    reader: Reader, zero_s: float, end_s: float | None, *, sample_format: str, layout: str, rate: int
) -> Iterator[AudioFrame]:
    """Decode exactly the samples of ``[zero_s, end_s)`` (presentation seconds); ``pts`` counts samples from 0, without gaps.

    Where the source begins late, has a gap or a packet that does not decode there is silence; overlapping audio is played once. What the
    source lacks at its end is left out, and without any audio in the range there are no samples.
    """
    stream = reader.audio
    assert stream is not None
    zero = Fraction(zero_s + reader.origin_s)
    stop = None if end_s is None else round((Fraction(end_s) - Fraction(zero_s)) * rate)
    decoding = _AudioDecoder(reader, stream, zero, end_s)
    frames = _resampled(decoding.frames(), sample_format, layout, rate)
    at = 0
    like: AudioFrame | None = None
    for frame, place in _placed(frames, zero, rate):
        if stop is not None and place >= stop:
            break
        part = _slice(frame, max(at - place, 0), frame.samples if stop is None else min(frame.samples, stop - place))
        if part is None:
            continue
        like = frame
        yield from _silence(at, place, frame)
        at = max(at, place)
        part.pts, part.time_base = at, Fraction(1, rate)
        at += part.samples
        yield part
    if like is not None and stop is not None and decoding.goes_on:
        yield from _silence(at, stop, like)


def _placed(frames: Iterator[AudioFrame], zero: Fraction, rate: int) -> Iterator[tuple[AudioFrame, int]]:
    """Yield each frame with the place of its first sample; 0 is ``zero`` (seconds of the source's clock).

    A frame follows the one before it unless the timestamps deviate lastingly: some muxers count short blocks of Vorbis as long ones.
    """
    ahead: deque[_PlacedFrame] = deque()
    held = 0
    place: int | None = None
    while True:
        while held < _FOR_GOOD_S * rate and (frame := next(frames, None)) is not None:
            ahead.append(_PlacedFrame(frame, _timestamp_place(frame, zero, rate)))
            held += frame.samples
        if not ahead:
            return
        frame, stamped = ahead[0]
        if place is None:
            near = sorted(one for one in _offsets(ahead, 0) if stamped is None or abs(one - stamped) < _JITTER_S * rate)
            place = near[len(near) // 2] if near else 0
        elif stamped is not None and _ROUNDING_S * rate < abs(stamped - place) < _MAX_GAP_S * rate:
            place += _lasting_offset(ahead, place, rate)
        ahead.popleft()
        held -= frame.samples
        yield frame, place
        place += frame.samples


class _PlacedFrame(NamedTuple):
    frame: AudioFrame
    place: int | None
    """By its timestamp."""


def _timestamp_place(frame: AudioFrame, zero: Fraction, rate: int) -> int | None:
    if frame.pts is None:
        return None
    return round((Fraction(frame.pts) * cast("Fraction", frame.time_base) - zero) * rate)


def _offsets(frames: Iterable[_PlacedFrame], place: int) -> Iterator[int]:
    """Yield by how many samples each timestamp is later than if all frames followed each other from ``place`` on."""
    for frame, stamped in frames:
        if stamped is not None:
            yield stamped - place
        place += frame.samples


def _lasting_offset(frames: Iterable[_PlacedFrame], place: int, rate: int) -> int:
    """Return by how many samples the frames, which follow each other, begin later than ``place``; 0: timestamps deviate only for a while."""
    least, count, first = 0, 0, 0
    for off, (frame, _) in zip(_offsets(frames, place), frames, strict=False):
        first = first or off
        if abs(off) <= _ROUNDING_S * rate or (off > 0) != (first > 0):
            return 0
        least = off if not least else min(least, off, key=abs)
        count += frame.samples
        if abs(least) > _JITTER_S * rate and count >= _FAR_FOR_GOOD_S * rate:
            return least
    # Near the end there may be fewer frames to judge by.
    return least if abs(least) > _JITTER_S * rate or count >= _FOR_GOOD_S * rate else 0


class _AudioDecoder:
    """Decodes a range with preroll and overrun."""

    goes_on = False
    """The stream has packets after the range; valid once :meth:`frames` is exhausted."""

    def __init__(self, reader: Reader, stream: AudioStream, zero: Fraction, end_s: float | None) -> None:
        assert stream.time_base is not None
        self._stream = stream
        # The stream's own decoder: it knows the time base, and so moves the timestamp along with samples that it skips.
        self._decoder = stream.codec_context
        self._packets = reader.packets(stream)
        preroll = _PREROLL_S / stream.time_base
        self._begin = zero / stream.time_base - preroll
        self._end = None if end_s is None else reader.ticks(stream, end_s)
        self._stop = None if self._end is None else self._end + _OVERRUN_S / stream.time_base

    def frames(self) -> Iterator[AudioFrame]:
        for packet in self._packets:
            pts = pts_of(packet)
            if pts < self._begin:
                continue
            self.goes_on = self._end is not None and pts >= self._end
            if self._stop is not None and pts >= self._stop:
                break
            yield from self._decoded(packet)
        yield from self._decoded(None)

    def _decoded(self, packet: AnyPacket | None) -> Iterator[AudioFrame]:
        """Return the decoded frames; none for a corrupt packet, for which libav's decoders return many errors (``EPERM``, ``EAGAIN``,
        ``PATCHWELCOME``)."""
        try:
            frames = self._decoder.decode(packet)
        except av.FFmpegError:
            return
        for frame in frames:
            frame.time_base = cast("Fraction", self._stream.time_base)
            yield frame


def _resampled(frames: Iterator[AudioFrame], sample_format: str, layout: str, rate: int) -> Iterator[AudioFrame]:
    """Convert the frames to the wanted format. A live stream may change its format; a resampler accepts only its first one."""
    resampler: AudioResampler | None = None
    before: tuple[str, str, int] | None = None
    for frame in frames:
        form = frame.format.name, frame.layout.name, frame.sample_rate
        if resampler is None or form != before:
            if resampler is not None:
                yield from resampler.resample(None)
            resampler, before = AudioResampler(format=sample_format, layout=layout, rate=rate), form
        yield from resampler.resample(frame)
    if resampler is not None:
        yield from resampler.resample(None)


def _slice(frame: AudioFrame, start: int, stop: int) -> AudioFrame | None:
    """Return the samples ``[start, stop)`` of a frame."""
    if start >= stop:
        return None
    if start == 0 and stop == frame.samples:
        return frame
    size = _sample_bytes(frame)
    return _frame_of([bytes(plane)[start * size : stop * size] for plane in frame.planes], stop - start, frame)


def _silence(start: int, stop: int, like: AudioFrame) -> Iterator[AudioFrame]:
    """Yield frames of silence for the places ``[start, stop)``."""
    size = _sample_bytes(like)
    for at in range(start, stop, 1024):
        count = min(stop - at, 1024)
        quiet = _frame_of([bytes(count * size) for _ in like.planes], count, like)
        quiet.pts, quiet.time_base = at, Fraction(1, like.sample_rate)
        yield quiet


def _sample_bytes(frame: AudioFrame) -> int:
    """Return the bytes of one sample in one plane."""
    return frame.format.bytes * (1 if frame.format.is_planar else frame.layout.nb_channels)


def _frame_of(planes: list[bytes], samples: int, like: AudioFrame) -> AudioFrame:
    made = AudioFrame(format=like.format.name, layout=like.layout.name, samples=samples, align=1)
    for plane, data in zip(made.planes, planes, strict=True):
        plane.update(data)
    made.sample_rate = like.sample_rate
    return made
