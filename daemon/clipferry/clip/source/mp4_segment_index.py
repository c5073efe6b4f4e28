"""The index of one fragmented MP4 file: a sidx in front, or none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from ..container import time_zero
from ..container.mp4 import boxes
from ..download.remote_file import CancellationScope, RemoteFile
from ..errors import BadMedia
from ..model import OpenMedia, Window
from . import movie_fragments, mp4_fragmented
from .base import Source

_EDGE_S = 0.0005
_HOP = 16 * 1024
_SPILL_S = 0.5
_WORTH_A_REQUEST = 12 * 1024
_PACKET = 1024
"""Samples of a packet of AAC; a fragment's head spends 4 bytes on each in most files."""


class Entry(NamedTuple):
    """One line of the sidx, in seconds on its timeline."""

    start: int
    end: int
    start_s: float
    end_s: float


class FragmentIndex:
    """``init`` is ``ftyp`` + ``moov``; ``body``: where the first fragment begins."""

    def __init__(self, file: RemoteFile, init: bytes, body: int, indexes: dict[int, boxes.Sidx]) -> None:
        self._file = file
        self._init = init
        self._tracks = movie_fragments.parse_init(init)
        self._body = body
        self._entries: list[Entry] = []
        self._first: float | None = None
        self._late: float | None = None
        pictures = [indexes[track.id] for track in self._tracks if track.kind == "vide" and track.id in indexes]
        for index in [*pictures, *indexes.values()][:1]:
            scale = index.timescale
            self._entries = [
                Entry(r.start, r.end, r.time / scale, (r.time + r.duration) / scale)
                for r in _flattened(file, list(index.references), scale)
            ]

    @property
    def _video(self) -> bool:
        return any(track.kind == "vide" for track in self._tracks)

    def duration_s(self) -> float | None:
        return self._entries[-1].end_s - self.late_s() if self._entries else None

    def zero_s(self) -> float:
        """Return where presentation time 0 lies on the tracks' clock: the sidx's timeline is the presentation's."""
        return self.late_s() + (self._shift_s() if self._entries else 0.0)

    def late_s(self) -> float:
        if self._late is None:
            own_s = time_zero.late(self._entries[0].start_s if self._entries else self._first_s())
            sound_s = self._sound_s() if own_s and self._video else None
            if sound_s is not None and self._entries:
                sound_s -= self._first_s() - own_s
            self._late = time_zero.late(time_zero.earliest(own_s, sound_s) or 0.0)
        return self._late

    def _shift_s(self) -> float:
        """Return by how much the tracks' clock is ahead of the sidx's timeline: some packagers leave out the edit list for B-frames, some
        begin one at 0 and the other not. The first fragment shows it; for audio that begins at 0 it is not used. What is earlier than the
        sidx gives is hidden by an edit list."""
        if not self._video and time_zero.late(self._entries[0].start_s) == 0:
            return 0.0
        return max(self._first_s() - self._entries[0].start_s, 0.0)

    def _first_s(self) -> float:
        """Return when the first frame (or audio) of the file is shown, on the tracks' clock."""
        if self._first is None:
            self._first = self._first_of("vide" if self._video else None) or 0.0
        return self._first

    def _sound_s(self) -> float | None:
        """Return when the first audio sample of a file with video is presented, on the tracks' clock; ``None``: it has none."""
        return self._first_of("soun") if any(track.kind == "soun" for track in self._tracks) else None

    def _first_of(self, kind: str | None) -> float | None:
        """Return when the first sample of the tracks of ``kind`` is shown: in one of the first fragments, which may be one track's each."""
        walk = movie_fragments.moofs(movie_fragments.Part(self._file, self._body, None), self._tracks)
        found = (moof.first_pts_s(kind) for moof in islice(walk, 2 * len(self._tracks)))
        return next((first_s for first_s in found if first_s is not None), None)

    # Which bytes -----------------------------------------------------------------------------------------------------

    def _span(self, window: Window, zero_s: float) -> tuple[int, int]:
        """Return first and last-but-one entry that ``window`` touches; ``zero_s``: presentation time 0 on the sidx's timeline."""
        starts = [entry.start_s - zero_s for entry in self._entries]
        first = max(0, bisect_right(starts, window.start_s + _EDGE_S) - 1)
        if window.end_s is None:
            return first, len(self._entries)
        last = next((i for i in range(first, len(starts)) if starts[i] >= window.end_s), len(starts))
        return first, max(last, first + 1)

    def _plan(self, window: Window, zero_s: float) -> list[tuple[int, int]]:
        """Return ranges to fetch. The end of the last fragment is estimated, low for video: its moof gives the rest exactly. Of audio,
        the front of the first fragment is left out where that saves enough: then its moof comes first, and gives what follows."""
        first, last = self._span(window, zero_s)
        head, tail = self._entries[first], self._entries[last - 1]
        end = tail.end
        if window.end_s is not None:
            share = max(0.0, (window.end_s + zero_s - tail.start_s) / max(tail.end_s - tail.start_s, 1e-9))
            if self._video:
                end = min(end, tail.start + int(share * 0.9 * (tail.end - tail.start)) + 4096)
            else:
                moof = self._moof_size(tail)
                end = min(end, tail.start + moof + int(share * 1.01 * (tail.end - tail.start - moof)) + 2048)
        if not self._video:
            front = head.start + self._moof_size(head)
            share = (window.start_s - mp4_fragmented.AUDIO_BEFORE_S + zero_s - head.start_s) / max(
                head.end_s - head.start_s, 1e-9
            )
            skip = front + int(share * (head.end - front))
            if skip - front > _WORTH_A_REQUEST and skip < end:
                return [(head.start, front), (skip, end)]
        return [(head.start, end)]

    def _moof_size(self, entry: Entry) -> int:
        """Return about the bytes per second of audio."""
        return 512 + 4 * int((entry.end_s - entry.start_s) * self._tracks[0].timescale / _PACKET)

    def estimate_bytes(self, window: Window) -> int:
        if not self._entries:
            return self._file.size or 0
        return sum(self._file.missing(a, b) for a, b in self._plan(window, self.late_s()))

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia:
        timeline = movie_fragments.Timeline(source.zero_s())
        until = 0
        if self._entries:
            zero_s = timeline.zero_s - self._shift_s()
            stretches = self._plan(window, zero_s)
            first, last = self._span(window, zero_s)
            if self._video and window.end_s is not None and last - first > 1:
                scope.then = partial(self._foresee, self._entries[last - 1], window, timeline, scope)
            self._file.want(*stretches[0], scope)
            if len(stretches) > 1 and last - first > 1:
                until = stretches[-1][1]
            fragments = self._indexed(window, zero_s)
        else:
            if window.start_s <= 0 and window.end_s is None:
                self._file.want(self._body, None, scope)
            fragments = self._walked(window, timeline)
        pieces = mp4_fragmented.splice(
            self._init, mp4_fragmented.announced(fragments, window, timeline, scope, until), window
        )
        file = mp4_fragmented.reader(pieces)
        shown = mp4_fragmented.shown(self._tracks, timeline)
        return source.opened(file, "mov", float(movie_fragments.LEAD_S), scope, seekable=False, shown=shown)

    def _foresee(
        self, tail: Entry, window: Window, timeline: movie_fragments.Timeline, scope: CancellationScope
    ) -> None:
        """Once the head of the last fragment is here, request what the plan has left out of it, long before the reader gets there."""
        if self._file.missing(tail.start, tail.start + 8):
            return
        head = boxes.header(self._file.read_exactly(tail.start, 8).ljust(16, b"\xff"))
        if head.kind != b"moof" or head.size is None or self._file.missing(tail.start, tail.start + head.size):
            return
        scope.then = None
        moof = islice(movie_fragments.moofs(movie_fragments.Part(self._file, tail.start, tail.end), self._tracks), 1)
        for _ in mp4_fragmented.announced(moof, window, timeline, scope):
            pass

    def _indexed(self, window: Window, zero_s: float) -> Iterator[movie_fragments.Moof]:
        first, last = self._span(window, zero_s)
        if self._video and window.end_s is not None:
            # Audio is often stored a little later than its frame, and a reference before frames that are shown earlier: what
            # belongs to the last moments may lie in the next fragments. They are read only as far as it does.
            while last < len(self._entries) and self._entries[last].start_s - zero_s < window.end_s + _SPILL_S:
                last += 1
        part = movie_fragments.Part(self._file, self._entries[first].start, self._entries[last - 1].end)
        return movie_fragments.moofs(part, self._tracks)

    def _walked(self, window: Window, timeline: movie_fragments.Timeline) -> Iterator[movie_fragments.Moof]:
        """Without an index: hop from fragment to fragment, reading their heads, until the window begins."""
        whole = window.start_s <= 0
        walk = movie_fragments.moofs(
            movie_fragments.Part(self._file, self._body, None), self._tracks, hop=0 if whole else _HOP
        )
        held: list[movie_fragments.Moof] = []
        sound: movie_fragments.Moof | None = None
        for moof in walk:
            if self._video and all(run.track.kind != "vide" for run in moof.runs):
                sound = moof  # of a file that has a fragment for each track
                held += [moof] if held else []
            elif _begins_by(moof, window.start_s, timeline):
                held = [moof] if sound is None else [sound, moof]
            else:
                return chain(held or ([sound] if sound is not None else []), [moof], walk)
        return iter(held)


def _begins_by(moof: movie_fragments.Moof, start_s: float, timeline: movie_fragments.Timeline) -> bool:
    """Return whether the fragment has a random access point at or before ``start_s`` to begin from."""
    video = [run for run in moof.runs if run.track.kind == "vide"] or list(moof.runs)
    return any(
        sample.sync and timeline.shown_s(run.track, sample.pts) <= start_s + _EDGE_S
        for run in video
        for sample in run.samples
    )


def _flattened(
    file: RemoteFile, references: list[boxes.Reference], timescale: int, depth: int = 0
) -> list[boxes.Reference]:
    """References to media only: an index of indexes is followed."""
    flat: list[boxes.Reference] = []
    for reference in references:
        if not reference.index:
            flat.append(reference)
            continue
        if depth > 2 or len(flat) > 1_000_000:
            raise BadMedia(detail="sidx nested too deep")
        data = file.read_exactly(reference.start, min(reference.end - reference.start, 1 << 20))
        head = boxes.header(data)
        if head.kind != b"sidx" or head.size is None or head.size > len(data):
            raise BadMedia(detail="sidx refers to something else")
        inner = boxes.sidx(data[head.payload : head.size], reference.start + head.size)
        if inner.timescale != timescale:
            raise BadMedia(detail="sidx in another time scale")
        flat += _flattened(file, list(inner.references), timescale, depth + 1)
    return flat
