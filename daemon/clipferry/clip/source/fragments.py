"""The fragment lists that yt-dlp makes of DASH manifests."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import BadMedia
from .m3u8 import Init, Segment
from .segmented import SegmentedSource, Timed

_LATE_S = 0.5


class FragmentsSource(SegmentedSource):
    """``Delivery.FRAGMENTS``: an initialisation segment without a duration, then media with one."""

    def _index(self) -> None:
        init: Init | None = None
        at = 0.0
        for number, fragment in enumerate(self.format.fragments):
            if fragment.duration_s is None and number == 0:
                init = Init(fragment.url, fragment.byte_range)
                continue
            duration = fragment.duration_s or 0.0
            segment = Segment(fragment.url, duration, number, 0, fragment.byte_range, init=init)
            self._timed.append(Timed(segment, at))
            at += duration
        if not self._timed or at <= 0:
            raise BadMedia("The site lists no pieces of the video.")

    def section_zero_s(self, section: int) -> float:
        """Fragments keep the manifest's own clock, which begins at 0; one that clearly does not is told by the first fragment."""
        if section not in self._zeros:
            first = self.first_time_s(0) if self.kind() == "mov" else 0.0
            self._zeros[section] = first if abs(first) >= _LATE_S else 0.0
        return self._zeros[section]

    def fresh_urls(self) -> dict[int, str]:
        fresh = [fragment.url for fragment in self.format.fragments]
        shift = len(fresh) - len(self._timed)
        if shift not in (0, 1) or any(urlsplit(url).path.rpartition("/")[2] == "" for url in fresh):
            raise BadMedia("The video changed on the site while it was being read.")
        return {place: fresh[place + shift] for place in range(len(self._timed))}
