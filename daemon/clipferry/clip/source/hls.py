"""HLS: a media playlist, read once or, while the broadcast goes on, again and again (RFC 8216, section 6.3.4)."""

from __future__ import annotations

import time

from ..errors import NetworkError, UrlExpired
from . import m3u8
from .resource import Interest
from .segmented import SegmentedSource, Timed
from .small import fetch_with

_PATIENT_S = 90.0
"""A live playlist that does not grow for so long has ended without saying so."""


class HlsSource(SegmentedSource):
    """``Delivery.HLS``."""

    _playlist: m3u8.Playlist
    _read_at = 0.0

    def _index(self) -> None:
        self._playlist = self._read()
        self._append(self._playlist)

    def _read(self) -> m3u8.Playlist:
        link = self.link()
        try:
            data, url = fetch_with(self.client, link)
        except UrlExpired:
            if not self.renew(link):
                raise
            data, url = fetch_with(self.client, self.link())
        self._read_at = time.monotonic()
        return m3u8.parse(data, url)

    def _append(self, playlist: m3u8.Playlist) -> int:
        """Segments that were not known; gives how many."""
        known = self.timed[-1].segment.sequence if self.timed else -1
        at = self.timed[-1].end_s if self.timed else 0.0
        added = 0
        for segment in playlist.segments:
            if segment.sequence > known:
                if known >= 0 and segment.sequence > known + 1 + added:
                    raise NetworkError("The broadcast went on faster than it could be read.")
                self.timed.append(Timed(segment, at))
                at, added = at + segment.duration_s, added + 1
        return added

    def growing(self) -> bool:
        return not self._playlist.ended

    def more(self, interest: Interest) -> bool:
        until = time.monotonic() + max(_PATIENT_S, 3 * self._playlist.target_s)
        pause = self._playlist.target_s
        while not self._playlist.ended and time.monotonic() < until and not interest.over.is_set():
            self.client.sleep(max(0.0, self._read_at + pause - time.monotonic()))
            self._playlist = self._read()
            if self._append(self._playlist):
                return True
            pause = self._playlist.target_s / 2
        return False

    def _renewed(self) -> None:
        if self.timed:
            super()._renewed()

    def fresh_segments(self) -> dict[int, m3u8.Segment]:
        data, url = fetch_with(self.client, self.link())
        fresh = {segment.sequence: segment for segment in m3u8.parse(data, url).segments}
        known = {place: one.segment.sequence for place, one in enumerate(self.timed)}
        return {place: fresh[sequence] for place, sequence in known.items() if sequence in fresh}
