"""Relate the segments' own clocks to presentation time, and iterate over those of a window.

Durations in playlists are rounded and their sums drift; a discontinuity starts another clock (a *section* lies between two).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterator

from ...download.remote_file import CancellationScope
from ...download.spliced_file import Piece
from ...errors import BadMedia, Cancelled, NetworkError
from ...model import Format, Window
from ..base import Source, SourceContext
from . import mpegts_times
from .segment_reader import SegmentReader

EDGE_S = 0.0005
"""Two times that differ by less are the same."""
_SPILL_S = 0.5
"""How much later than its frame audio is stored, at most."""


class SegmentClock(SegmentReader):
    """A source whose segments can be placed in time."""

    def __init__(self, format_: Format, context: SourceContext, beside: Source | None) -> None:
        super().__init__(format_, context, beside)
        self._zeros: dict[int, float] = {}
        self._drifts: dict[int, float] = {}

    @abstractmethod
    def begins_s(self, place: int) -> float:
        """Return when the earliest track of the segment begins, on its own clock."""

    @abstractmethod
    def first_time_s(self, place: int) -> float:
        """Return when the segment's first frame is shown, on its own clock."""

    def zero_s(self) -> float:
        if self.beside is not None:
            return self.beside.zero_s()
        self.prepare()
        return self.section_zero_s(self.timed[0].segment.section)

    def zero_at(self, place: int) -> float:
        """Presentation time 0 on the clock of the segment at ``place``."""
        section = self.timed[place].segment.section
        if self.beside is not None and section == self.timed[0].segment.section:
            return self.beside.zero_s()
        return self.section_zero_s(section)

    def section_zero_s(self, section: int) -> float:
        """Presentation time 0 on the clock of a section (what lies between two discontinuities)."""
        if section not in self._zeros:
            own = [i for i, one in enumerate(self.timed) if one.segment.section == section]
            place = next((i for i in own if not self.timed[i].segment.gap), None)
            if place is None:
                return -self.timed[own[0]].start_s
            # Where a stream is entered in its middle audio from before is stored behind the frame: that continues with the frame.
            entered = self.growing() or place > 0
            first_s = self.first_time_s(place) if entered else self.begins_s(place)
            self._zeros[section] = first_s - self.timed[place].start_s
        return self._zeros[section]

    def walk(self, first: int, end_s: float, scope: CancellationScope) -> Iterator[int]:
        """Yield the places from ``first`` on that begin before ``end_s``, the next ones fetched meanwhile."""
        place = first
        while place == first or place < len(self.timed) or self._goes_on(end_s, scope):
            if scope.over.is_set():
                raise Cancelled
            if place >= len(self.timed):
                raise NetworkError("playlist_stopped")
            if place > first and self._over(place, end_s):
                return
            self.fetch_ahead(place, end_s, scope)
            if not self.timed[place].segment.gap:
                if not self.ready(place, scope):
                    return
                yield place
                self._release(place)
            place += 1

    def ready(self, place: int, scope: CancellationScope) -> bool:
        """Return whether the segment at ``place`` is to be read; ``False``: all ends before it."""
        del place, scope
        return True

    def joined(self, first: int, end_s: float, scope: CancellationScope) -> Iterator[Piece]:
        init = self.init_at(first)
        yield init
        for place in self.walk(first, end_s, scope):
            if self.init_at(place) != init:
                raise BadMedia("video_changes")
            yield self.bytes_at(place), 0, None
            after = self.spill(place, end_s) if self.kind() == "mpegts" else None
            if after is not None and self.timed[after].segment.section == self.timed[place].segment.section:
                yield mpegts_times.head(self.bytes_at(after))

    def spill(self, place: int, end_s: float) -> int | None:
        """Return the place of the next segment if the window ends near the end of that at ``place``: audio is often stored a little later
        than its frame, so that the last of it may be there."""
        after = place + 1
        if after >= len(self.timed) or self.timed[after].segment.gap or self.init_at(after) != self.init_at(place):
            return None
        return after if self._expected_s(after) < end_s + _SPILL_S and self._over(after, end_s) else None

    def _goes_on(self, end_s: float, scope: CancellationScope) -> bool:
        """Return whether there is more behind the last segment known, for as long as something before ``end_s`` is missing."""
        return self.timed[-1].end_s < end_s - EDGE_S and self.more(scope)

    def _span(self, window: Window) -> tuple[int, float]:
        """Return the first segment to read, and the time on the playlist's sums at which to stop."""
        starts = [one.start_s for one in self.timed]
        first = max(0, bisect_right(starts, window.start_s + EDGE_S) - 1)
        while first > 0 and self.timed[first].segment.gap:
            first -= 1
        first = self._present(first)
        end = math.inf if window.end_s is None else window.end_s
        return first, end

    def _drift_s(self, place: int) -> float:
        """Return how much later a segment really begins than the sum of the durations before it states."""
        if place not in self._drifts:
            drift = self.first_time_s(place) - self.zero_at(place) - self.timed[place].start_s
            self._drifts[place] = drift if self.kind() == "mov" else mpegts_times.unwrapped(drift)
        return self._drifts[place]

    def _expected_s(self, place: int) -> float:
        """Return when the segment at ``place`` begins, by the sum of the durations and by how far off that was for the one before it."""
        one, before = self.timed[place], self.timed[place - 1] if place else None
        known = before is not None and not before.segment.gap and before.segment.section == one.segment.section
        return one.start_s + (self._drift_s(place - 1) if known and self._tells_time() else 0.0)

    def _over(self, place: int, end_s: float) -> bool:
        """Return whether the segment at ``place``, the one before which was read, begins at ``end_s`` or later. The last duration may be
        wrong: near the end the segment's own time counts, whose front is read for what spills over anyway."""
        expected_s = self._expected_s(place)
        gap = self.timed[place].segment.gap
        if gap or not end_s - EDGE_S <= expected_s < end_s + _SPILL_S or not self._tells_time():
            return expected_s >= end_s - EDGE_S
        return self.timed[place].start_s + self._drift_s(place) >= end_s - EDGE_S

    def _tells_time(self) -> bool:
        """Return whether segments carry the time of their beginning, and are kept while they are read."""
        return self.kind() != "matroska" and not self.growing()
