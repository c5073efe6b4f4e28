"""The sample tables of a movie box (ISO/IEC 14496-12, 8.5 to 8.7): which bytes are shown when. Pure."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from ...errors import BadMedia
from . import boxes, movie_boxes

MAX_SAMPLES = 20_000_000
_FASTEST = 400_000
"""Samples in a second: raw audio has 192,000."""
_NOT_SYNC = 0x01010000
"""Sample flags (8.8.3.1): depends on others, is no random access point."""
_SYNC = 0x02000000


class Unsupported(Exception):
    """Audio, but of a kind that is left to libav."""


class _Runs(NamedTuple):
    """A run-length table: where each run begins, and the value that it has throughout."""

    starts: array[int]
    values: array[int]

    def at(self, index: int) -> int:
        return self.values[bisect_right(self.starts, index) - 1]


class SampleTable:
    """The samples of one track, in decoding order. Positions count from the beginning of the file."""

    def __init__(self, moov: bytes, start: int, end: int, track: movie_boxes.Track) -> None:
        self.track = track
        parts = {kind: (a, b) for kind, a, b in boxes.children(moov, start, end)}
        self._sizes, self._fixed, self.count = _sizes(moov, parts, sound=track.kind == "soun")
        self._chunks = _offsets(moov, parts)
        self._sync = _words(moov, parts, b"stss", 4, 4) if b"stss" in parts else None
        if self._sync is not None and list(self._sync) != sorted(self._sync):
            raise BadMedia(detail="stss out of order")
        times = _words(moov, parts, b"stts", 4, 8)
        steps = times[1::2]
        if sum(map(mul, times[::2], steps)) > 1 << 62:
            raise BadMedia(detail="impossible stts")
        self._run_starts = array("q", accumulate(times[::2], initial=0))
        self._run_times: array[int] = array("q", accumulate(map(mul, times[::2], steps), initial=0))
        self._run_steps = array("q", steps)
        self._run_steps.append(0)
        if self._fixed and self.count > _FASTEST * (1 + sum(map(mul, times[::2], steps)) / track.timescale):
            raise BadMedia(detail=f"{self.count} samples at once")
        self._shifts = _shifts(moov, parts)
        self._chunk_runs = self._read_chunk_runs(_words(moov, parts, b"stsc", 4, 12))
        self.earliest_shift = min(self._shifts.values, default=0)

    def _read_chunk_runs(self, words: array[int]) -> list[tuple[int, int, int, int]]:
        """Return first chunk, first sample, samples per chunk and description of each run of chunks (stsc)."""
        runs: list[tuple[int, int, int, int]] = []
        sample = 0
        for index in range(0, len(words), 3):
            chunk, per_chunk, description = words[index] - 1, words[index + 1], words[index + 2]
            if runs:
                before = runs[-1]
                sample += (chunk - before[0]) * before[2]
            if per_chunk == 0 or (runs and chunk <= runs[-1][0]) or chunk < 0:
                raise BadMedia(detail="broken stsc")
            if description != 1:
                raise Unsupported("several sample descriptions")
            runs.append((chunk, sample, per_chunk, description))
        if self.count and (not runs or runs[0][0] != 0):
            raise BadMedia(detail="no stsc")
        return runs

    def dts(self, index: int) -> int:
        run = min(bisect_right(self._run_starts, index) - 1, len(self._run_steps) - 1)
        return self._run_times[run] + (index - self._run_starts[run]) * self._run_steps[run]

    def pts(self, index: int) -> int:
        return self.dts(index) + (self._shifts.at(index) if self._shifts.starts else 0)

    def decoded_by(self, time: int) -> int:
        """Return how many samples have a decoding time of at most ``time``."""
        run = bisect_right(self._run_times, time) - 1
        if run < 0:
            return 0
        run = min(run, len(self._run_steps) - 1)
        step = self._run_steps[run]
        inside = (time - self._run_times[run]) // step + 1 if step else 1
        return min(self._run_starts[run] + inside, self.count)

    def sync_by(self, index: int) -> int:
        """Return the last random access point at or before ``index``; the first sample where there is none."""
        if self._sync is None:
            return index
        place = bisect_right(self._sync, index + 1) - 1
        return max(0, self._sync[place] - 1) if place >= 0 else 0

    def samples(self, first: int, last: int) -> Iterator[movie_boxes.Sample]:
        """Yield the samples ``[first, last)``; their offsets count from the beginning of the file."""
        index = first
        while index < min(last, self.count):
            chunk, start, per_chunk = self._chunk_of(index)
            if chunk >= len(self._chunks):
                raise BadMedia(detail="more samples than chunks")
            at = self._chunks[chunk] + self._size_of(start, index)
            for index in range(index, min(start + per_chunk, last, self.count)):  # noqa: B020 (continues where it stands)
                size = self._fixed or self._sizes[index]
                dts = self.dts(index)
                sync = self._sync is None or self.sync_by(index) == index
                yield movie_boxes.Sample(
                    at, size, dts, self.pts(index), self.dts(index + 1) - dts, _SYNC if sync else _NOT_SYNC
                )
                at += size
            index += 1

    def _size_of(self, first: int, last: int) -> int:
        return self._fixed * (last - first) if self._fixed else sum(self._sizes[first:last])

    def _chunk_of(self, index: int) -> tuple[int, int, int]:
        """Return the chunk that holds a sample, its first sample, and how many it has."""
        chunk, sample, per_chunk, _ = self._chunk_runs[
            bisect_right(self._chunk_runs, index, key=lambda run: run[1]) - 1
        ]
        further = (index - sample) // per_chunk
        return chunk + further, sample + further * per_chunk, per_chunk


Parts = dict[bytes, tuple[int, int]]


def _words(moov: bytes, parts: Parts, kind: bytes, head: int, entry: int) -> array[int]:
    """Return the 32-bit numbers of a table box: ``head`` bytes of version and flags, a count, entries of ``entry`` bytes."""
    if kind not in parts:
        return array("I")
    start, end = parts[kind]
    fields = boxes.Fields(moov, start + head, end)
    count = fields.take(32)
    if count * entry > fields.left:
        raise BadMedia(detail=f"{kind!r} ends too soon")
    first = start + head + 4
    return _big_endian("I", moov[first : first + count * entry])


def _big_endian(code: str, data: bytes) -> array[int]:
    words: array[int] = array(code)
    if words.itemsize != (8 if code == "Q" else 4):
        raise Unsupported("an odd machine")
    words.frombytes(data)
    if sys.byteorder == "little":
        words.byteswap()
    return words


def _sizes(moov: bytes, parts: Parts, *, sound: bool) -> tuple[array[int], int, int]:
    """Return every sample's size, or the one that all have; and how many there are. Where all are alike no byte stands for one, so that their
    number may be anything: so many as of raw audio are left to libav, which then has an entry for each chunk only."""
    if b"stsz" not in parts:
        raise Unsupported("no stsz")
    start, end = parts[b"stsz"]
    fields = boxes.Fields(moov, start + 4, end)
    fixed, count = fields.take(32), fields.take(32)
    if count > MAX_SAMPLES:
        times = _words(moov, parts, b"stts", 4, 8)
        if not (sound and len(times) == 2 and times[1] == 1):
            raise BadMedia(detail=f"{count} samples")
        raise Unsupported("raw sound")
    if fixed:
        return array("I"), fixed, count
    if count * 4 > fields.left:
        raise BadMedia(detail="stsz ends too soon")
    return _big_endian("I", moov[start + 12 : start + 12 + count * 4]), 0, count


def _offsets(moov: bytes, parts: Parts) -> array[int]:
    if b"co64" in parts:
        start, end = parts[b"co64"]
        fields = boxes.Fields(moov, start + 4, end)
        count = fields.take(32)
        if count * 8 > fields.left:
            raise BadMedia(detail="co64 ends too soon")
        return _big_endian("Q", moov[start + 8 : start + 8 + count * 8])
    return _words(moov, parts, b"stco", 4, 4)


def _shifts(moov: bytes, parts: Parts) -> _Runs:
    """Composition offsets (ctts); version 1 has them signed, and many writers of version 0 mean that too."""
    words = _words(moov, parts, b"ctts", 4, 8)
    starts = array("q", accumulate(words[::2], initial=0))
    values = array("q", (value - (1 << 32) if value >> 31 else value for value in words[1::2]))
    if any(abs(value) > 1 << 30 for value in values):
        raise BadMedia(detail="impossible ctts")
    values.append(0)
    return _Runs(starts, values) if len(values) > 1 else _Runs(array("q"), array("q"))
