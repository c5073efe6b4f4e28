"""Formats that come in segments: open a window of them by the kind of segment (fragmented MP4, MPEG-TS, packed audio, WebM)."""

from __future__ import annotations

from collections.abc import Iterator

from ...download.remote_file import CancellationScope
from ...download.spliced_file import Piece, SplicedFile
from ...model import OpenMedia, Window
from .. import movie_fragments
from . import audio_segments, mp4_segments, mpegts_segments, mpegts_times
from .segment_clock import EDGE_S, SegmentClock


class SegmentedSource(SegmentClock):
    """Base of HLS playlists and of the fragment lists that yt-dlp gives for DASH."""

    def begins_s(self, place: int) -> float:
        """Return when the earliest track of the segment begins, on its own clock."""
        if self.kind() == "mpegts":
            return mpegts_times.begins_s(self.bytes_at(place))
        if self.kind() == "mov":
            return mp4_segments.begins_s(self, place)
        return self.first_time_s(place)

    def first_time_s(self, place: int) -> float:
        """Return when the segment's first frame is shown, on its own clock."""
        if self.kind() == "mpegts":
            return mpegts_times.first_time_s(self.bytes_at(place))
        if self.kind() == "mov":
            return mp4_segments.first_time_s(self, place)
        if self.kind() == "packed":
            return audio_segments.first_time_s(self, place)
        return self.timed[place].start_s

    def _media(self, window: Window, scope: CancellationScope) -> OpenMedia:
        first, end_s = self._span(window)
        self.fetch_ahead(first, end_s, scope)
        pieces, origin_s = self._pieces(window, first, end_s, scope)
        demuxer = "mov" if self.kind() == "packed" else self.kind()
        return self.opened(SplicedFile(pieces).as_file(), demuxer, origin_s, scope, seekable=False)

    def _pieces(
        self, window: Window, first: int, end_s: float, scope: CancellationScope
    ) -> tuple[Iterator[Piece], float]:
        """Return what libav is to read, and where presentation time 0 lies in it."""
        if self.kind() == "matroska":
            return self.joined(first, end_s, scope), self.beside.zero_s() if self.beside is not None else 0.0
        while first > 0 and self.timed[first].start_s + self._drift_s(first) > window.start_s + EDGE_S:
            first -= 1  # durations in playlists are rounded: over hours their sums run ahead
            if self.timed[first].segment.gap:
                first = self._present(first)
                break
        if self.kind() in ("mov", "packed"):
            make = mp4_segments.pieces if self.kind() == "mov" else audio_segments.pieces
            return make(self, window, first, end_s, scope), float(movie_fragments.LEAD_S)
        return mpegts_segments.pieces(self, first, end_s, scope)
