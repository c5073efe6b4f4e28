"""Rewrite the fragments of an MP4 so that they hold only the samples of a window, on a known timeline.

libav moves the timestamps of fragments with negative composition offsets, and edit lists act differently on a file that cannot
seek. So every movie fragment is rebuilt: only the samples of the window, offsets never negative, the edit list worked in, and
all of it ``LEAD_S`` later, so that no decoding time falls below zero. Payload bytes are passed on untouched.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, pairwise
from typing import IO

from ..container.mp4 import boxes, movie_boxes
from ..download.interval_set import IntervalSet
from ..download.remote_file import CancellationScope
from ..download.spliced_file import Piece, SplicedFile
from ..errors import BadMedia
from ..model import Window
from .movie_fragments import Moof, Timeline, parse_init, without_edits

AUDIO_BEFORE_S = 0.1
"""Audio kept before the start: a decoder needs some packets to settle (Opus 80 ms, RFC 7845, section 4.6)."""
AUDIO_AFTER_S = 0.05
_EDGE_S = 0.0005
_MOST_REORDERED = 16
"""Frames that are stored in front of one and shown behind it, at most (``max_num_reorder_frames``, ITU-T H.264, E.2.1)."""
_INTERLEAVE_S = 1.0
"""How far apart in time fragments of two tracks may lie in the file, beyond their own length."""


def limit(track: movie_boxes.Track, window: Window, timeline: Timeline) -> float | None:
    """Return the presentation time at which samples of ``track`` are no longer needed: the end of ``window``, for audio a little more, or
    of the edit list; ``None``: all are."""
    ends = [] if track.length_s is None else [track.empty_s + track.length_s - timeline.zero_s]
    if window.end_s is not None:
        ends.append(window.end_s + (AUDIO_AFTER_S if track.kind == "soun" else 0.0))
    return min(ends) - _EDGE_S if ends else None


def shown(tracks: Iterable[movie_boxes.Track], timeline: Timeline) -> Window | None:
    """Return the presentation times that the edit list of the frames shows; ``None``: there are none."""
    track = next((track for track in tracks if track.kind == "vide"), None)
    if track is None:
        return None
    begin_s = track.empty_s - timeline.zero_s
    return Window(begin_s, None if track.length_s is None else begin_s + track.length_s)


class FragmentLookahead:
    """Tells track by track whether fragments behind those seen so far can hold samples that are shown before the end of the window.

    Decoding times only grow, and no sample is shown earlier, relative to its decoding time, than the earliest one seen.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._seen: Counter[int] = Counter()
        """Samples of each track."""
        self._earliest: dict[int, int] = {}
        """The lowest composition offset of each track."""

    def after(self, run: movie_boxes.Run, timeline: Timeline) -> bool:
        """Return whether samples shown before the end can follow ``run``, the track's next one."""
        track = run.track
        limit_s = limit(track, self._window, timeline)
        if limit_s is None or not run.samples:
            return True
        self._seen[track.id] += len(run.samples)
        offsets = (sample.pts - sample.dts for sample in run.samples)
        earliest = self._earliest[track.id] = min(self._earliest.get(track.id, 1 << 62), *offsets)
        if track.kind != "soun" and self._seen[track.id] <= _MOST_REORDERED:
            return True  # too few to know how far the stream reorders
        last = run.samples[-1]
        return timeline.shown_s(track, last.dts + last.duration + earliest) < limit_s


def chosen(
    run: movie_boxes.Run, window: Window, timeline: Timeline, *, from_start: bool, followed: bool = False
) -> tuple[int, int]:
    """Return first and last-but-one index of the samples that ``window`` needs.

    Args:
        from_start: a random access point came before.
        followed: a later fragment may hold frames that are shown before the end, and any sample here may be their reference.
    """
    shown = [timeline.shown_s(run.track, sample.pts) for sample in run.samples]
    sound = run.track.kind == "soun"
    last = len(shown)
    limit_s = limit(run.track, window, timeline)
    if limit_s is not None and (sound or not followed):
        last = max((i + 1 for i, time in enumerate(shown) if time < limit_s), default=0)
    if from_start:
        return 0, last
    if sound:
        before = window.start_s - AUDIO_BEFORE_S
        scale = run.track.timescale
        keep = (i for i, time in enumerate(shown) if time + run.samples[i].duration / scale > before)
        return min(next(keep, last), last), last
    keys = [i for i, time in enumerate(shown) if run.samples[i].sync and time <= window.start_s + _EDGE_S]
    return min(max(keys, default=0), last), last


def rebuilt(moof: Moof, picked: list[tuple[movie_boxes.Run, int, int]], timeline: Timeline, number: int) -> list[Piece]:
    """``moof`` and its media data with only the ``picked`` samples of each run."""
    picked = [one for one in picked if one[1] < one[2]]
    if not picked:
        return []
    stretches = IntervalSet()
    for run, first, last in picked:
        for sample in run.samples[first:last]:
            if sample.offset < -moof.start:
                raise BadMedia(detail="sample before the file")
            stretches.add(sample.offset, sample.offset + sample.size)
    runs = [(run, list(_contiguous(run.samples[first:last]))) for run, first, last in picked]
    size = 8 + 16
    for run, groups in runs:
        size += 8 + (20 if run.description else 16) + 20 + sum(20 + 16 * len(group) for group in groups)
    starts = [start for start, _ in stretches]
    before = [0, *accumulate(end - start for start, end in stretches)]
    total = before[-1]
    head = 8 if total < (1 << 32) - 8 else 16

    def place(offset: int) -> int:
        """Return where a byte of the old fragment lies in the new one, counted from its beginning."""
        index = bisect_right(starts, offset) - 1
        return size + head + (before[index] + offset - starts[index] if index >= 0 else 0)

    body = [boxes.box(b"mfhd", struct.pack(">II", 0, number))]
    try:
        body += [_traf(run, groups, timeline, place) for run, groups in runs]
    except struct.error as error:
        raise BadMedia(detail=f"impossible numbers in a fragment: {error}") from error
    pieces: list[Piece] = [boxes.box(b"moof", b"".join(body))]
    pieces.append(
        struct.pack(">I4s", total + 8, b"mdat") if head == 8 else struct.pack(">I4sQ", 1, b"mdat", total + 16)
    )
    pieces += [(moof.resource, moof.start + start, moof.start + end) for start, end in stretches]
    return pieces


def _contiguous(samples: tuple[movie_boxes.Sample, ...]) -> Iterator[list[movie_boxes.Sample]]:
    group = [samples[0]]
    for before, sample in pairwise(samples):
        if sample.offset != before.offset + before.size:
            yield group
            group = []
        group.append(sample)
    yield group


def _traf(
    run: movie_boxes.Run, groups: list[list[movie_boxes.Sample]], timeline: Timeline, place: Callable[[int], int]
) -> bytes:
    lowest = min(0, *(s.pts - s.dts for group in groups for s in group), 0)
    first = timeline.written(run.track, groups[0][0].dts) + lowest
    if first < 0:
        raise BadMedia(detail="decoding time before the beginning")
    flags = 0x020000 | (0x2 if run.description else 0)
    heads = struct.pack(">II", flags, run.track.id)
    heads += struct.pack(">I", run.description) if run.description else b""
    parts = [boxes.box(b"tfhd", heads), boxes.box(b"tfdt", struct.pack(">IQ", 1 << 24, first))]
    for group in groups:
        words = [1 << 24 | 0xF01, len(group), place(group[0].offset)]
        for s in group:
            words += [s.duration, s.size, s.flags, s.pts - s.dts - lowest]
        parts.append(boxes.box(b"trun", struct.pack(f">{len(words)}I", *words)))
    return boxes.box(b"traf", b"".join(parts))


def splice(init: bytes, fragments: Iterable[tuple[Moof, Timeline]], window: Window) -> Iterator[Piece]:
    """Yield the initialisation segment and the fragments of ``window``, of which the first holds a random access point at or before
    its start. Ends where the window ends."""
    yield without_edits(init)
    tracks = {track.id for track in parse_init(init)} if init else set()
    begun: set[int] = set()
    over: set[int] = set()
    following = FragmentLookahead(window)
    for number, (moof, timeline) in enumerate(fragments, 1):
        picked = []
        for run in moof.runs:
            followed = following.after(run, timeline)
            if not followed:
                over.add(run.track.id)
            first, last = chosen(run, window, timeline, from_start=run.track.id in begun, followed=followed)
            if first < last:
                begun.add(run.track.id)
            picked.append((run, first, last))
        yield from rebuilt(moof, picked, timeline, number)
        all_over = over >= (tracks or {run.track.id for run in moof.runs})
        if all_over or (window.end_s is not None and _behind(moof, window.end_s, timeline)):
            return


def _behind(moof: Moof, end_s: float, timeline: Timeline) -> bool:
    """Return whether a fragment lies so far behind ``end_s`` that of no other track, stored in fragments of its own, anything is owing."""
    first_s = moof.first_pts_s()
    return first_s is not None and first_s - timeline.zero_s > end_s + _INTERLEAVE_S


def announced(
    fragments: Iterable[Moof], window: Window, timeline: Timeline, scope: CancellationScope, until: int = 0
) -> Iterator[tuple[Moof, Timeline]]:
    """Yield the fragments, each with its samples of the window requested as soon as its head is known; with the first ones all up to the
    byte ``until``."""
    following = FragmentLookahead(window)
    for moof in fragments:
        picked = (
            run.samples[
                slice(*chosen(run, window, timeline, from_start=False, followed=following.after(run, timeline)))
            ]
            for run in moof.runs
        )
        wanted = [(moof.start + sample.offset, sample.size) for samples in picked for sample in samples]
        if wanted:
            end = max(until, *(at + size for at, size in wanted))
            moof.resource.want(min(at for at, _ in wanted), end, scope)
            until = 0
        yield moof, timeline


def reader(pieces: Iterator[Piece]) -> IO[bytes]:
    return SplicedFile(pieces).as_file()
