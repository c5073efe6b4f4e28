"""Comparison of re-encoded audio with the source's: a tenth of a second near each end, decoded on both sides and correlated."""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from operator import mul
from typing import NamedTuple, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec import CodecContext
from av.container import InputContainer
from av.packet import Packet

from ..cut.record.source_log import AudioLog
from .check import check
from .source_audio import source_audio

_RATE = 4000
"""Sample rate of the comparison: covers speech and most of music, and few enough samples to be correlated in Python."""
_RUN_S, _STEP_S = 0.1, 0.1
_INSET_S = 0.03
"""From an end of the clip to the first run: a codec may fade there."""
_FARTHEST_S = 0.7
_SHIFT_S = 0.06
"""Range of the search, earlier and later."""
_LOOSE_S = 0.01
"""Containers with milliseconds, and decoders that start at one packet or another."""
_SIMILAR, _SURE = 0.5, 0.8
_QUIET, _LOUD = 40.0, 400.0
"""Root mean square, of 32768: too quiet to compare; clearly audible."""
_GAP_S = 0.05
_MICROSECOND = Fraction(1, 1_000_000)
_KEPT_S = 1.0
"""Kept at each end of a file that is decoded completely."""


class SampleRun(NamedTuple):
    """Samples without a gap; ``begin_s`` on the clip's clock."""

    begin_s: float
    samples: array[int]

    def part(self, begin_s: float, end_s: float) -> array[int] | None:
        """Return the samples of ``[begin_s, end_s)``; ``None``: the run does not cover them."""
        first, last = round((begin_s - self.begin_s) * _RATE), round((end_s - self.begin_s) * _RATE)
        return self.samples[first:last] if 0 <= first < last <= len(self.samples) else None


def sample_runs(frames: Iterable[AudioFrame], time_base: Fraction, zero_s: float) -> list[SampleRun]:
    """Convert decoded frames to mono runs. ``zero_s``: 0 of the clip on their clock."""
    found: list[SampleRun] = []
    run: list[AudioFrame] = []
    due_s = 0.0
    for frame in frames:
        at_s = float(frame.pts * time_base) if frame.pts is not None else due_s
        if run and (abs(at_s - due_s) > _GAP_S or frame.sample_rate != run[0].sample_rate):
            found += _run_of(run, time_base, zero_s)
            run = []
        run.append(frame)
        due_s = at_s + frame.samples / frame.sample_rate
    return [*found, *_run_of(run, time_base, zero_s)]


def _run_of(run: list[AudioFrame], time_base: Fraction, zero_s: float) -> Iterator[SampleRun]:
    if not run:
        return
    # Timestamps may jitter; samples do not.
    before, begins = 0, []
    for frame in run:
        if frame.pts is not None:
            begins.append(float(frame.pts * time_base) - before / frame.sample_rate)
        before += frame.samples
    begin_s = sorted(begins)[len(begins) // 2] if begins else 0.0
    resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
    samples = array("h")
    every: list[AudioFrame | None] = [*run, None]
    for one in every:
        if one is not None:
            one.pts = None
        for made in resampler.resample(one):
            samples.frombytes(bytes(made.planes[0])[: made.samples * 2])
    yield SampleRun(begin_s - zero_s, samples)


def source_runs(log: AudioLog, zero_s: float) -> list[SampleRun]:
    """Decode the source's audio near the marks. ``zero_s``: the presentation time that is 0 in the clip."""
    audio = source_audio(log, 0.0)
    found: list[SampleRun] = []
    run: list[tuple[float, bytes]] = []
    previous = None
    for row, data in log.kept:
        if previous is not None and row != previous + 1:
            found += sample_runs(_of_packets(log, run), _MICROSECOND, zero_s)
            run = []
        run.append((audio.begin_s[row], data))
        previous = row
    return [*found, *sample_runs(_of_packets(log, run), _MICROSECOND, zero_s)]


def _of_packets(log: AudioLog, packets: Iterable[tuple[float, bytes]]) -> Iterator[AudioFrame]:
    """Decode consecutive packets, each with its presentation time in seconds."""
    decoder = cast("AudioCodecContext", CodecContext.create(log.decoder, "r"))
    decoder.extradata = log.extradata
    decoder.sample_rate = log.sample_rate
    if log.layout:
        decoder.layout = log.layout
    for at_s, data in packets:
        packet = Packet(data)
        packet.pts, packet.time_base = round(at_s / _MICROSECOND), _MICROSECOND
        try:
            frames = decoder.decode(packet)
        except av.FFmpegError:
            continue
        for frame in frames:
            frame.pts = packet.pts if frame.pts is None else frame.pts
            yield frame


def file_runs(media: InputContainer, stream: AudioStream, zero_s: float, end_s: float) -> list[SampleRun]:
    """Decode the file's audio near its ends.

    Args:
        zero_s: 0 of the clip on the file's clock.
        end_s: of the audio, on the clip's clock.
    """
    time_base = cast("Fraction", stream.time_base)
    found: list[SampleRun] = []
    until_s = _FARTHEST_S + 0.3
    begins_s = [0.0] if end_s < 2 * until_s else [0.0, end_s - until_s]
    for begin_s in begins_s:
        media.seek(math.floor((begin_s + zero_s - 0.1) / time_base), stream=stream)
        last_s = end_s + 1 if begin_s or len(begins_s) == 1 else until_s
        found += sample_runs(_decoded(media, stream, last_s + zero_s), time_base, zero_s)
    return found


def _decoded(media: InputContainer, stream: AudioStream, until_s: float) -> Iterator[AudioFrame]:
    for packet in media.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from frames
        if packet.pts is not None and packet.pts * cast("Fraction", stream.time_base) > until_s:
            return


def check_samples(frames: Iterable[AudioFrame], log: AudioLog, start_s: float) -> int:
    """Compare a whole file of samples with the source from ``start_s`` (presentation seconds) on.

    Returns:
        The number of samples.

    Raises:
        VerificationFailed: see :func:`check_same_audio`.
    """
    front: list[AudioFrame] = []
    rear: deque[AudioFrame] = deque()
    samples = kept = rate = 0
    for frame in frames:
        rate = frame.sample_rate
        frame.pts = samples
        samples += frame.samples
        if samples < _KEPT_S * rate:
            front.append(frame)
            continue
        rear.append(frame)
        kept += frame.samples
        while kept - rear[0].samples > _KEPT_S * rate:
            kept -= rear.popleft().samples
    if rate:
        found = sample_runs([*front, *rear], Fraction(1, rate), 0.0)
        check_same_audio(source_runs(log, start_s), found, samples / rate)
    return samples


def check_same_audio(source: list[SampleRun], found: list[SampleRun], length_s: float) -> None:
    """Compare near both ends of a clip of ``length_s``.

    Raises:
        VerificationFailed: the file's audio is shifted, or is other audio.
    """
    count = int(min(_FARTHEST_S, max(length_s - 2 * _INSET_S, 0.0)) / _STEP_S)
    for begins_s in (
        [_INSET_S + number * _STEP_S for number in range(count)],
        [length_s - _INSET_S - _RUN_S - number * _STEP_S for number in range(count)],
    ):
        _check_end(source, found, [begin_s for begin_s in begins_s if begin_s > 0])


def _check_end(source: list[SampleRun], found: list[SampleRun], begins_s: list[float]) -> None:
    """Compare the first run in which the source is loud enough."""
    for begin_s in begins_s:
        wanted = _part(source, begin_s, begin_s + _RUN_S)
        if wanted is None:
            continue
        if _rms(wanted) < _QUIET:
            got = _part(found, begin_s, begin_s + _RUN_S)
            check(got is None or _rms(got) < _LOUD, f"sound at {begin_s:.2f} s, where the source is silent")
            continue
        around = _part(found, begin_s - _SHIFT_S, begin_s + _RUN_S + _SHIFT_S)
        if around is None:
            here = _part(found, begin_s, begin_s + _RUN_S)
            check(here is not None, f"no sound at {begin_s:.2f} s")
            continue
        correlation = _correlation(wanted, around)
        middle, loose = round(_SHIFT_S * _RATE), round(_LOOSE_S * _RATE)
        near = max(correlation[middle - loose : middle + loose + 1])
        best = max(correlation)
        if near < _SIMILAR or (near < _SURE < best and best - near > 1 - _SURE):
            off_s = (correlation.index(best) - middle) / _RATE
            what = f"{off_s * 1000:.0f} ms off" if best > _SURE else "another's"
            check(condition=False, what=f"the sound at {begin_s:.2f} s is {what} (correlation {near:.2f})")
        return


def _part(runs: list[SampleRun], begin_s: float, end_s: float) -> array[int] | None:
    return next((part for one in runs if (part := one.part(begin_s, end_s)) is not None), None)


def _rms(samples: array[int]) -> float:
    return math.sqrt(sum(map(mul, samples, samples)) / len(samples)) if samples else 0.0


def _correlation(wanted: array[int], around: array[int]) -> list[float]:
    """Return the normalised correlation for each place of ``wanted`` in ``around``."""
    size = len(wanted)
    energy = math.sqrt(sum(map(mul, wanted, wanted)))
    values = around.tolist()
    power = sum(map(mul, values[:size], values[:size]))
    found: list[float] = []
    for shift in range(len(values) - size + 1):
        if shift:
            power += values[shift + size - 1] ** 2 - values[shift - 1] ** 2
        product = sum(map(mul, wanted, values[shift : shift + size]))
        found.append(product / (energy * math.sqrt(power)) if power > 0 else 0.0)
    return found
