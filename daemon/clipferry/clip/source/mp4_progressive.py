"""Progressive MP4: put the samples of a window, without the bytes between them, into generated fragments."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from ..container import time_zero
from ..container.mp4 import boxes, movie_boxes
from ..container.mp4.sample_table import SampleTable, Unsupported
from ..download.interval_set import IntervalSet
from ..download.remote_file import CancellationScope, RemoteFile
from ..download.spliced_file import SplicedFile
from ..errors import BadMedia, DrmProtected
from ..model import OpenMedia, Window
from . import movie_fragments, mp4_fragmented
from .base import Source

_REORDERED = 32
"""Samples among which the first and the last to be shown are."""
_SLICE_S = 1.0
"""Of each fragment that is made."""
_GAP = 64 * 1024
"""Ranges closer than this are fetched as one."""
_EDGE_S = 0.0005
_KEPT = frozenset({b"tkhd", b"mdhd", b"hdlr", b"vmhd", b"smhd", b"dinf", b"stsd"})
_OPENED = frozenset({b"mdia", b"minf", b"stbl"})


class ProgressiveIndex:
    """The first video track and the audio track that plays by default, by their sample tables.

    Raises:
        BadMedia: broken; DrmProtected; Unsupported: audio, but left to libav.
    """

    def __init__(self, file: RemoteFile, moov: bytes) -> None:
        self._file = file
        self._tables: list[SampleTable] = []
        self._init, places = _fragmented(moov)
        for track in movie_boxes.tracks(moov):
            if track.id in places:
                if track.edits > 1:
                    raise Unsupported("several edits")
                self._tables.append(SampleTable(moov, *places[track.id], track))
        self._tables = [table for table in self._tables if table.count]
        if not self._tables:
            raise BadMedia(detail="no samples")
        starts = {table.track.kind: self._first_s(table) for table in self._tables}
        self._zero_s = time_zero.late(time_zero.earliest(starts.get("vide"), starts.get("soun")) or 0.0)

    @staticmethod
    def _first_s(table: SampleTable) -> float:
        """Return when the first sample of a track is shown."""
        first = min(table.pts(index) for index in range(min(table.count, _REORDERED)))
        return movie_fragments.seconds(table.track, first)

    def duration_s(self) -> float | None:
        return max(map(_end_s, self._tables)) - self._zero_s

    def nominal_s(self) -> float | None:
        ends = [_limited(table.track, table.dts(table.count) / table.track.timescale) for table in self._tables]
        return max(ends) - self._zero_s

    def late_s(self) -> float:
        return self._zero_s

    def zero_s(self) -> float:
        return self._zero_s

    def _ranges(self, window: Window, timeline: movie_fragments.Timeline) -> list[tuple[int, int]]:
        """Return for each table the samples that the window can need: from a random access point on, up to the end in decoding order."""
        found: list[tuple[int, int]] = []
        for table in self._tables:
            track = table.track

            def clock(seconds: float, track: movie_boxes.Track = track) -> int:
                return math.floor((seconds + timeline.zero_s - track.empty_s) * track.timescale) + track.media_start

            sound = track.kind == "soun"
            start = clock(window.start_s - mp4_fragmented.AUDIO_BEFORE_S if sound else window.start_s + _EDGE_S)
            first = table.sync_by(max(0, table.decoded_by(start - table.earliest_shift) - 1))
            while first > 0 and table.pts(first) > start:
                first = table.sync_by(first - 1)
            limit_s = mp4_fragmented.limit(track, window, timeline)
            last = table.count if limit_s is None else table.decoded_by(clock(limit_s) - table.earliest_shift)
            found.append((first, max(first, last)))
        return found

    def _stretches(self, window: Window, timeline: movie_fragments.Timeline) -> list[tuple[int, int]]:
        if window.start_s <= 0 and window.end_s is None:
            return [(0, self._file.size or 0)]
        wanted = IntervalSet()
        for table, (first, last) in zip(self._tables, self._ranges(window, timeline), strict=True):
            for sample in table.samples(first, last):
                wanted.add(sample.offset, sample.offset + sample.size)
        return joined(wanted)

    def estimate_bytes(self, window: Window) -> int:
        stretches = self._stretches(window, movie_fragments.Timeline(self._zero_s))
        return sum(self._file.missing(start, end) for start, end in stretches)

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia:
        timeline = movie_fragments.Timeline(source.zero_s())
        for start, end in self._stretches(window, timeline):
            self._file.want(start, end, scope)
        fragments = ((moof, timeline) for moof in self._fragments(window, timeline))
        pieces = mp4_fragmented.splice(self._init, fragments, window)
        file, shown = (
            SplicedFile(pieces).as_file(),
            mp4_fragmented.shown((table.track for table in self._tables), timeline),
        )
        return source.opened(file, "mov", float(movie_fragments.LEAD_S), scope, seekable=False, shown=shown)

    def _fragments(self, window: Window, timeline: movie_fragments.Timeline) -> Iterator[movie_fragments.Moof]:
        """Slices of a second, each with the samples of all tracks that are decoded in it."""
        ranges = self._ranges(window, timeline)
        at = [first for first, _ in ranges]
        while any(place < last for place, (_, last) in zip(at, ranges, strict=True)):
            times = [
                movie_fragments.seconds(table.track, table.dts(place))
                for table, place, (_, last) in zip(self._tables, at, ranges, strict=True)
                if place < last
            ]
            until = min(times) + _SLICE_S
            runs: list[movie_boxes.Run] = []
            for index, (table, (_, last)) in enumerate(zip(self._tables, ranges, strict=True)):
                track = table.track
                limit = math.ceil((until - track.empty_s) * track.timescale) + track.media_start
                stop = min(last, max(at[index], table.decoded_by(limit - 1)))
                if at[index] < stop:
                    runs.append(movie_boxes.Run(track, 0, tuple(table.samples(at[index], stop))))
                at[index] = stop
            if not runs:
                raise BadMedia(detail="decoding times that do not grow")
            yield movie_fragments.Moof(self._file, 0, tuple(runs))


def _end_s(table: SampleTable) -> float:
    """Return when a track is over: with the last of its samples to be shown, or earlier where its edit list ends."""
    last = range(max(0, table.count - _REORDERED), table.count)
    end = max(table.pts(index) + table.dts(index + 1) - table.dts(index) for index in last)
    return _limited(table.track, (end - table.track.media_start) / table.track.timescale)


def _limited(track: movie_boxes.Track, length_s: float) -> float:
    """Return when ``length_s`` of a track's media are over, of which its edit list may show less."""
    return track.empty_s + (length_s if track.length_s is None else min(length_s, track.length_s))


def joined(wanted: IntervalSet) -> list[tuple[int, int]]:
    """Return ranges that are worth a request of their own."""
    found: list[tuple[int, int]] = []
    for start, end in wanted:
        if found and start <= found[-1][1] + _GAP:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _fragmented(moov: bytes) -> tuple[bytes, dict[int, tuple[int, int]]]:
    """Return an initialisation segment of the tracks that we read, their tables empty; and where each one's tables lie in ``moov``."""
    traks = boxes.find(moov, "moov/trak")
    chosen: dict[str, tuple[bool, int, int]] = {}
    for start, end in traks:
        handlers = boxes.find(moov, "mdia/hdlr", start, end)
        kind = moov[handlers[0][0] + 8 : handlers[0][0] + 12].decode("latin-1") if handlers else ""
        heads = boxes.find(moov, "tkhd", start, end)
        enabled = bool(heads and moov[heads[0][0] + 3] & 1)
        if kind in ("vide", "soun") and heads and (kind not in chosen or (enabled and not chosen[kind][0])):
            chosen[kind] = (enabled, start, end)
    parts, extends = [], []
    places: dict[int, tuple[int, int]] = {}
    for _, start, end in chosen.values():
        a, _ = boxes.find(moov, "tkhd", start, end)[0]
        at = a + (20 if moov[a] else 12)
        track_id = int.from_bytes(moov[at : at + 4], "big")
        tables = boxes.find(moov, "mdia/minf/stbl", start, end)
        if not tables:
            raise BadMedia(detail="a track without sample tables")
        places[track_id] = tables[0]
        parts.append(boxes.box(b"trak", _emptied(moov, start, end)))
        extends.append(boxes.box(b"trex", struct.pack(">6I", 0, track_id, 1, 0, 0, 0)))
    heads = boxes.find(moov, "moov/mvhd")
    if not heads or not parts:
        raise BadMedia(detail="neither picture nor sound")
    movie = boxes.box(b"mvhd", moov[slice(*heads[0])]) + b"".join(parts) + boxes.box(b"mvex", b"".join(extends))
    return boxes.box(b"ftyp", b"iso5\0\0\2\0iso5iso6mp41") + boxes.box(b"moov", movie), places


def _emptied(moov: bytes, start: int, end: int) -> bytes:
    """Return the payload of a ``trak`` with what describes it and without its samples."""
    parts: list[bytes] = []
    for kind, a, b in boxes.children(moov, start, end):
        if kind in _OPENED:
            parts.append(boxes.box(kind, _emptied(moov, a, b)))
            if kind == b"stbl":
                empty = [boxes.box(name, bytes(8)) for name in (b"stts", b"stsc", b"stco")]
                parts[-1] = boxes.box(kind, _emptied(moov, a, b) + b"".join([*empty, boxes.box(b"stsz", bytes(12))]))
        elif kind in _KEPT:
            if kind == b"stsd" and moov[a + 12 : a + 16] in (b"encv", b"enca"):
                raise DrmProtected
            parts.append(boxes.box(kind, moov[a:b]))
    return b"".join(parts)
