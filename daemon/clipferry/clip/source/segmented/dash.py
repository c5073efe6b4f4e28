"""The fragment lists that yt-dlp makes of DASH manifests."""

from __future__ import annotations

from ...container import time_zero
from ...container.hls.media_playlist import Init, Segment
from ...errors import BadMedia
from .segment_reader import Timed
from .segmented_source import SegmentedSource


class FragmentsSource(SegmentedSource):
    """``Delivery.FRAGMENTS``: an initialisation segment without a duration, then media with one."""

    _late: float | None = None

    def _index(self) -> None:
        at = 0.0
        for segment in self._segments():
            self.timed.append(Timed(segment, at))
            at += segment.duration_s
        if not self.timed or at <= 0:
            raise BadMedia("no_segments")

    def _segments(self) -> list[Segment]:
        init: Init | None = None
        found: list[Segment] = []
        for number, fragment in enumerate(self.format.fragments):
            if fragment.duration_s is None and number == 0:
                init = Init(fragment.url, fragment.byte_range)
            else:
                found.append(
                    Segment(fragment.url, fragment.duration_s or 0.0, number, 0, fragment.byte_range, init=init)
                )
        return found

    def section_zero_s(self, section: int) -> float:
        """Fragments keep the manifest's own clock, which begins at 0; one that clearly does not is told by the first fragment."""
        if section not in self._zeros:
            self._zeros[section] = self.late_s() - self.early_s()
        return self._zeros[section]

    def late_s(self) -> float:
        if self._late is None:
            self.prepare()
            first = self.begins_s(0) if self.kind() == "mov" else 0.0
            self._late = first if abs(first) >= time_zero.LATE_S else 0.0
        return self._late

    def fresh_segments(self) -> dict[int, Segment]:
        segments = self._segments()
        if len(segments) != len(self.timed):
            raise BadMedia("changed_while_read")
        return dict(enumerate(segments))
