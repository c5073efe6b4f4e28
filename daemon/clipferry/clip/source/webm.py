"""WebM and Matroska as one file: Cues say where clusters lie; a splice of the head and the wanted clusters is what is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial

from ..container import time_zero
from ..container.matroska import cluster_entry, ebml
from ..container.matroska.clusters import EDGE_S, Clusters, begins_s, entry_s, time_s
from ..container.matroska.header import element_at, element_of_segment, read_head
from ..download.remote_file import CancellationScope, RemoteFile
from ..download.spliced_file import Piece, SplicedFile
from ..model import OpenMedia, Window
from .base import Source

_AUDIO_AFTER_S = 0.06
"""Audio kept behind the end: its times are those before the codec's delay is taken off."""
_HEAD_BYTES = 64
"""Of a cluster: its size and its Timestamp."""


class WebmIndex:
    """Which clusters of one file a window needs.

    Raises:
        BadMedia: broken; DrmProtected.
    """

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._head = read_head(file)
        self._late: float | None = None

    def duration_s(self) -> float | None:
        length_s, clusters = self._head.length_s, self._head.cues.clusters
        if length_s is None:
            return None
        return max(length_s, clusters[-1].seconds if clusters else 0.0) - self.zero_s()

    def zero_s(self) -> float:
        return self.late_s()

    def late_s(self) -> float:
        if self._late is None:
            clusters = self._head.cues.clusters
            first = element_at(self._file, self._head.first_cluster)
            late_s = time_zero.late(clusters[0].seconds if clusters else time_s(self._file, self._head, first))
            if late_s and len(self._head.tracks.numbers) > 1:
                late_s = time_zero.late(begins_s(self._file, self._head, first))
            self._late = late_s
        return self._late

    # Which bytes -----------------------------------------------------------------------------------------------------

    def _bytes(self, window: Window) -> tuple[int, int | None, int]:
        """Return the bytes from the cluster before the window to about its end, since Cues are no finer; and where the last cluster begins."""
        clusters = self._head.cues.clusters
        pictures, zero_s = self._head.tracks.video is not None, self.zero_s()
        start = window.start_s if pictures else window.start_s - cluster_entry.AUDIO_BEFORE_S
        if not clusters:
            begin = self._walk_to(start + zero_s) if start > 0 else self._head.first_cluster
            return begin, None, begin
        times = [one.seconds - zero_s for one in clusters]
        first = max(0, bisect_right(times, start + EDGE_S) - 1)
        begin = clusters[first].position if first else self._head.first_cluster
        if window.end_s is None:
            return begin, None, begin
        end_s = window.end_s if pictures else window.end_s + _AUDIO_AFTER_S
        last = next((i for i in range(first, len(times)) if times[i] >= end_s), len(times)) - 1
        last = max(last, first)
        cluster, size = clusters[last].position, self._file.size
        more = last + 1 < len(times)
        until = times[last + 1] if more else (self._head.length_s or times[last] + 1.0) - zero_s
        end = clusters[last + 1].position if more else size
        if end is None:
            return begin, None, begin
        share = (end_s - times[last]) / max(until - times[last], 1e-9)
        return begin, min(end, cluster + int(min(1.0, max(0.0, share)) * 1.02 * (end - cluster)) + 4096), cluster

    def _walk_to(self, start_s: float) -> int:
        """Without Cues: from cluster to cluster up to the last that can be entered by ``start_s`` on the file's own clock."""
        at = entered = self._head.first_cluster
        while (found := element_of_segment(self._file, self._head, at)) is not None:
            if found.id == ebml.CLUSTER and at != self._head.first_cluster:
                seconds = entry_s(self._file, self._head, found)
                if seconds is not None and seconds > start_s + EDGE_S:
                    break
                entered = entered if seconds is None else at
            if found.end is None:
                break
            at = found.end
        return entered

    def estimate_bytes(self, window: Window) -> int:
        if not self._head.cues.clusters:
            return self._file.size or 0
        start, end, _ = self._bytes(window)
        return self._file.missing(start, end if end is not None else self._file.size or start)

    # The file that is read -------------------------------------------------------------------------------------------

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia:
        start, end, last = self._bytes(window)
        zero_s = source.zero_s()
        if window.end_s is not None and last > start:
            scope.then = partial(self._foresee, last, window.end_s + zero_s, scope)
        entry = cluster_entry.guess(self._head, start, window.start_s + zero_s)
        if entry:
            self._file.want(start, start + _HEAD_BYTES, scope)
        if self._head.cues.clusters or window.end_s is None:
            self._file.want(entry or start, end, scope)
        pieces = self._pieces(start, window, zero_s, entry)
        return source.opened(SplicedFile(pieces).as_file(), "matroska", zero_s, scope, seekable=False)

    def _foresee(self, cluster: int, until_s: float, scope: CancellationScope) -> None:
        """Once the front of the last cluster is here, request what the guess has left out of it, long before the reader gets there."""
        end: int | None = cluster
        pieces = Clusters(self._file, self._head, until_s).pieces(cluster)
        while end is not None and not self._file.missing(end, end + ebml.MAX_HEAD):
            scope.then = None
            piece = next(pieces, None)
            if piece is None:
                return
            end = end if isinstance(piece, bytes) else piece[2]

    def _pieces(self, start: int, window: Window, zero_s: float, entry: int = 0) -> Iterator[Piece]:
        """Yield the head without its index, and the clusters from ``start`` on. ``entry``: where that one is entered, if there."""
        head = self._head
        yield head.top
        yield ebml.SEGMENT.to_bytes(4, "big") + ebml.UNKNOWN_SIZE
        for kind, data in ((ebml.INFO, head.info), (ebml.TRACKS, head.track_data)):
            yield kind.to_bytes(4, "big") + ebml.encoded_size(len(data)) + data
        into = cluster_entry.entered(self._file, head, start, entry, window.start_s + zero_s) if entry else None
        clusters = Clusters(self._file, head, None if window.end_s is None else window.end_s + zero_s)
        yield from clusters.pieces(start, into)
