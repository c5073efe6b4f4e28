"""The clusters of a WebM or Matroska file (RFC 9559, section 5.1.3), passed on from one on and up to the end of a clip."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from ..errors import BadMedia
from . import blocks, ebml
from .entering import Entered
from .matroska import Head, element_at, payload_of
from .resource import OPEN, Resource
from .splice import Piece

EDGE_S = 0.0005
_SOUND_LATE_S = 0.1
"""Block times of sound are before CodecDelay is taken off (RFC 9559, section 5.1.4.1.25), which libav does: 6.5 ms for Opus."""
_INTERLEAVE_S = 1.0
"""How far apart in time blocks of two tracks may lie in the file."""
_REORDER_S = 1.0
"""How much later than its successors a picture of a codec with B-frames may be stored."""
_TOP_LEVEL = frozenset(
    {ebml.CLUSTER, ebml.CUES, ebml.SEEK_HEAD, ebml.INFO, ebml.TRACKS, 0x1254C367, 0x1043A770, 0x1941A469}
)


class Clusters:
    """``until_s``: the end of the clip on the file's own clock; ``None``: everything is passed on."""

    def __init__(self, file: Resource, head: Head, until_s: float | None) -> None:
        self._file = file
        self._head = head
        self._until_s = until_s

    def pieces(self, at: int, into: Entered | None = None) -> Iterator[Piece]:
        """The cluster that begins at ``at`` and those behind it. ``into``: what is enough of the first one."""
        while self._file.size is None or at + 2 < self._file.size:
            if not self._file.read(at, 1):
                return
            found = element_at(self._file, at)
            if found.id == ebml.CLUSTER:
                after = yield from self._cluster(found, at, into)
                if after is None:
                    return
                at, into = after, None
            elif found.end is None:
                raise BadMedia(detail=f"element {found.id:x} of unknown size")
            else:
                at = found.end

    def _cluster(self, cluster: ebml.Element, start: int, into: Entered | None) -> Generator[Piece, None, int | None]:
        """The cluster that begins at ``start``, whole or up to the end; gives where the next element is, ``None`` at the end."""
        until = self._until_s
        if cluster.end is not None and into is None and self._ends_by(cluster.end):
            yield self._file, start, cluster.end
            return cluster.end
        yield ebml.CLUSTER.to_bytes(4, "big") + ebml.UNKNOWN_SIZE
        at, time = cluster.payload, 0
        if into is not None:
            at, time = into.block, into.time
            yield self._file, cluster.payload, into.stamp_end
        open_tracks = set(self._head.tracks.numbers)
        reordering = self._head.tracks.reordering
        while cluster.end is None or at < cluster.end:
            if not self._file.read(at, 1):
                return None
            found = element_at(self._file, at)
            if found.id in _TOP_LEVEL:
                return at
            if found.end is None or found.size is None:
                raise BadMedia(detail=f"element {found.id:x} of unknown size")
            if found.id == ebml.TIMESTAMP:
                time = ebml.number(payload_of(self._file, found))
            elif found.id in (ebml.SIMPLE_BLOCK, ebml.BLOCK_GROUP) and until is not None:
                data = self._file.read_exactly(found.payload, min(found.size, blocks.HEAD))
                track, shift = blocks.head(data, found.id)
                seconds = self._head.seconds(time + shift)
                late_s = 0.0 if track == self._head.tracks.video else _SOUND_LATE_S
                if seconds >= until + late_s - EDGE_S:
                    open_tracks.discard(track)
                if not open_tracks or seconds >= until + (_REORDER_S if track in reordering else _INTERLEAVE_S):
                    return None
                if track not in open_tracks and track not in reordering:
                    at = found.end
                    continue
                self._ask_on(at, found.end, cluster.end, self._head.cues.rate_bps(start) * (until - seconds))
            yield self._file, at, found.end
            at = found.end
        return at

    def _ends_by(self, position: int) -> bool:
        """Whether what lies at ``position`` belongs to the clip, as the Cues tell."""
        return self._until_s is None or self._head.cues.over_by_s(position) <= self._until_s

    def _ask_on(self, at: int, behind: int, most: int | None, left: float) -> None:
        """Where the first guess at the last cluster's share was too low: ask for the block at ``at`` and for ``left`` bytes
        ``behind`` it."""
        end = min(behind + max(0, int(left)) + 2048, self._file.size or OPEN, most or OPEN)
        if not self._file.coming(min(behind + ebml.MAX_HEAD, end) - 1):
            self._file.want(at, end, urgent=True)
