"""A finished file → where its sound lies on the source's timeline, to a fraction of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from ..media import sound
from .frames import pictures

SURE = 0.5
"""Correlation from which a stretch counts as found."""


@dataclass(frozen=True, slots=True)
class Track:
    """The decoded sound of a file: mono samples at ``sound.RATE``; silence where the timestamps leave a gap."""

    start_s: float
    samples: sound.Samples
    gaps: tuple[tuple[float, float], ...]
    """Holes and overlaps between decoded frames longer than two samples: (when, how long; negative: overlap), seconds."""

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.samples) / sound.RATE

    def cut(self, start_s: float, length_s: float) -> sound.Samples:
        first = round((start_s - self.start_s) * sound.RATE)
        return self.samples[max(first, 0) : max(first, 0) + round(length_s * sound.RATE)]


def track(path: Path, *, edit_lists: bool = True) -> Track:
    """Decode the first audio stream of ``path``."""
    placed: list[tuple[float, sound.Samples]] = []
    with av.open(str(path), options={} if edit_lists else {"ignore_editlist": "1"}) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=sound.RATE)
        straight = stream.rate == sound.RATE
        for frame in container.decode(stream):
            if frame.pts is None or frame.time_base is None:
                continue
            at = float(Fraction(frame.pts) * frame.time_base)
            if straight:
                planes = frame.to_ndarray()
                scale = {"i2": 1 << 15, "i4": 1 << 31}.get(planes.dtype.str[1:], 1)
                channels = frame.layout.nb_channels
                mono = planes.reshape(-1, channels).mean(axis=1) if not frame.format.is_planar else planes.mean(axis=0)
                placed.append((at, (mono / scale).astype(np.float32)))
            else:
                placed += [(at, part.to_ndarray()[0]) for part in resampler.resample(frame)]
    return _join(placed)


def _join(placed: list[tuple[float, sound.Samples]]) -> Track:
    if not placed:
        return Track(0.0, np.zeros(0, np.float32), ())
    start = placed[0][0]
    pieces: list[sound.Samples] = []
    gaps: list[tuple[float, float]] = []
    written = 0
    for at, samples in placed:
        due = round((at - start) * sound.RATE)
        # Matroska keeps milliseconds: up to 48 samples of rounding either way are its own, not a hole.
        if abs(due - written) > 60:
            gaps.append((at, (due - written) / sound.RATE))
            if due > written:
                pieces.append(np.zeros(due - written, np.float32))
                written = due
        pieces.append(samples)
        written += len(samples)
    return Track(start, np.concatenate(pieces), tuple(gaps))


def sound_position(
    heard: Track, at_s: float, *, near_s: float, reach_s: float = 1.0, length_s: float = 0.4
) -> tuple[float, float]:
    """The source time, in seconds, of what is heard at ``at_s``, looked for around ``near_s``; and the correlation."""
    piece = heard.cut(at_s, length_s)
    if len(piece) < sound.RATE // 20:
        return float("nan"), 0.0
    position, sure = sound.locate(piece, near=round(near_s * sound.RATE), reach=round(reach_s * sound.RATE))
    return position / sound.RATE, sure


def sound_seconds(path: Path, *, up_to_s: float = 120.0) -> list[tuple[float, float]]:
    """For every half second of ``path``: (pts, source time) of the sound, both in seconds; stretches not found are left out.

    Knows nothing beforehand: searches the first ``up_to_s`` seconds of the sound.
    """
    heard = track(path)
    found = []
    for step in range(int((heard.end_s - heard.start_s) / 0.5)):
        at = heard.start_s + step * 0.5
        position, sure = sound_position(heard, at, near_s=up_to_s / 2, reach_s=up_to_s / 2, length_s=0.5)
        if sure > SURE:
            found.append((at, position))
    return found


@dataclass(frozen=True, slots=True)
class Offset:
    """At ``at_s`` in the file the sound is ``offset_s`` late against the picture (negative: early)."""

    at_s: float
    offset_s: float
    sure: float


def av_offsets(path: Path, times: dict[int, float], *, points: int = 3, edit_lists: bool = True) -> list[Offset]:
    """How far sound and picture of ``path`` are apart, at ``points`` places from its beginning to its end.

    ``times``: presentation time of each picture number in the source (:func:`constant` or :func:`origin.verify.times_of`).
    """
    heard = track(path, edit_lists=edit_lists)
    shown = [(pts, number) for pts, number in pictures(path, edit_lists=edit_lists).seen if number is not None]
    if not shown:
        return []
    length = min(0.4, max(0.1, (heard.end_s - heard.start_s) / 2))
    first = max(shown[0][0], heard.start_s)
    last = min(shown[-1][0], heard.end_s - length)
    offsets = []
    for step in range(points):
        wanted = first + (last - first) * step / max(1, points - 1)
        pts, number = min(shown, key=lambda one: abs(one[0] - wanted))
        at = min(max(pts, heard.start_s), max(heard.start_s, heard.end_s - length))
        picture_at = times[number] + (at - pts)
        position, sure = sound_position(heard, at, near_s=picture_at, length_s=length)
        offsets.append(Offset(at, picture_at - position, sure))
    return offsets


def constant(fps: Fraction | float, count: int) -> dict[int, float]:
    """Presentation times of ``count`` pictures at a constant rate."""
    return {number: float(number / fps) for number in range(count)}
