"""The clusters of a WebM or Matroska file (RFC 9559, section 5.1.3), passed on from one on and up to the end of a clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator

from ...download.remote_file import OPEN, RemoteFile
from ...download.spliced_file import Piece
from ...errors import BadMedia
from .. import time_zero
from . import blocks, ebml
from .cluster_entry import ClusterEntry
from .header import TOP_LEVEL, Head, element_at, element_of_segment, payload_of

EDGE_S = 0.0005
_SOUND_LATE_S = 0.1
"""Block times of audio are before CodecDelay is taken off (RFC 9559, section 5.1.4.1.25), which libav does: 6.5 ms for Opus."""
_INTERLEAVE_S = 1.0
"""How far apart in time blocks of two tracks may lie in the file."""
_MOST_REORDERED = 16
"""Frames that are stored in front of one and shown behind it, at most (``max_num_reorder_frames``, ITU-T H.264, E.2.1)."""
_BLOCKS = (ebml.SIMPLE_BLOCK, ebml.BLOCK_GROUP)
_LOOK = 64
"""Elements of a cluster in which its first frame is searched for."""


def time_s(file: RemoteFile, head: Head, cluster: ebml.Element) -> float:
    """Return the Timestamp of ``cluster``.

    Raises:
        BadMedia: it is none, or has none where there should be one.
    """
    at = cluster.payload
    for _ in range(8):
        found = element_at(file, at)
        if found.id == ebml.TIMESTAMP:
            return head.seconds(ebml.number(payload_of(file, found)))
        if found.end is None:
            break
        at = found.end
    raise BadMedia(detail="Cluster without a Timestamp")


def begins_s(file: RemoteFile, head: Head, cluster: ebml.Element) -> float:
    """Return when the earliest block of ``cluster`` is shown that belongs to one of the first of each track, on the file's own clock.

    Raises:
        BadMedia: broken.
    """
    begins_s = time_s(file, head, cluster)
    starts: dict[int, float] = {}
    at = cluster.payload
    for _ in range(_LOOK):
        found = element_of_segment(file, head, at)
        if found is None or found.end is None or found.id in TOP_LEVEL or len(starts) == len(head.tracks.numbers):
            break
        if found.id in _BLOCKS:
            track, shift = _block(file, found)
            if track is not None:
                starts.setdefault(track, begins_s + head.seconds(shift))
        at = found.end
    picture_s = starts.get(head.tracks.video) if head.tracks.video is not None else None
    sound_s = min((start_s for track, start_s in starts.items() if track != head.tracks.video), default=None)
    found_s = time_zero.earliest(picture_s, sound_s)
    return begins_s if found_s is None else found_s


def entry_s(file: RemoteFile, head: Head, cluster: ebml.Element) -> float | None:
    """Return the time from which the frames of ``cluster`` can be decoded without earlier ones, on the file's own clock: the time of its first one
    if that is a keyframe; ``None``: it is not. Of audio only its Timestamp.

    Raises:
        BadMedia: broken.
    """
    begins_s = time_s(file, head, cluster)
    if head.tracks.video is None:
        return begins_s
    at = cluster.payload
    for _ in range(_LOOK):
        found = element_of_segment(file, head, at)
        if found is None or found.end is None or found.id in TOP_LEVEL:
            break
        if found.id in _BLOCKS:
            track, shift = _block(file, found)
            if track == head.tracks.video:
                return begins_s + head.seconds(shift) if _stands_alone(file, found) else None
        at = found.end
    return None


def _block(file: RemoteFile, found: ebml.Element) -> tuple[int | None, int]:
    """Return track and relative time of a SimpleBlock or of the Block in a BlockGroup, which need not be the first in it."""
    at, end = found.payload, found.end
    while found.id == ebml.BLOCK_GROUP and end is not None and at < end:
        part = element_at(file, at)
        if part.end is None:
            break
        if part.id == ebml.BLOCK:
            found = part
        at = part.end
    if found.id == ebml.BLOCK_GROUP:
        return None, 0
    return blocks.head(file.read_exactly(found.payload, min(found.size or 0, blocks.HEAD)))


def _stands_alone(file: RemoteFile, found: ebml.Element) -> bool:
    """Return whether a block is a keyframe: its flag (section 10.3), or in a group that it refers to no other."""
    if found.id == ebml.SIMPLE_BLOCK:
        data = file.read_exactly(found.payload, min(found.size or 0, blocks.HEAD))
        flags = ebml.vint(data, 0, marker=False)[1] + 2
        return len(data) > flags and data[flags] & 0x80 != 0
    at = found.payload
    while found.end is not None and at < found.end:
        part = element_at(file, at)
        if part.end is None or part.id == ebml.REFERENCE_BLOCK:
            return False
        at = part.end
    return True


class Clusters:
    """``until_s``: the end of the clip on the file's own clock; ``None``: everything is passed on."""

    def __init__(self, file: RemoteFile, head: Head, until_s: float | None) -> None:
        self._file = file
        self._head = head
        self._until_s = until_s
        self._behind: Counter[int] = Counter()
        """Blocks of each track that were later than the end."""

    def pieces(self, at: int, into: ClusterEntry | None = None) -> Iterator[Piece]:
        """Yield the cluster that begins at ``at`` and those behind it. ``into``: what is enough of the first one."""
        while (found := element_of_segment(self._file, self._head, at)) is not None:
            if found.id == ebml.CLUSTER:
                after = yield from self._cluster(found, at, into)
                if after is None:
                    return
                at, into = after, None
            elif found.end is None:
                raise BadMedia(detail=f"element {found.id:x} of unknown size")
            else:
                at = found.end

    def _cluster(
        self, cluster: ebml.Element, start: int, into: ClusterEntry | None
    ) -> Generator[Piece, None, int | None]:
        """Yield the cluster that begins at ``start``, whole or up to the end; return where the next element is, ``None`` at the end."""
        until = self._until_s
        if cluster.end is not None and into is None and self._ends_by(cluster.end):
            yield self._file, start, cluster.end
            return cluster.end
        yield ebml.CLUSTER.to_bytes(4, "big") + ebml.UNKNOWN_SIZE
        at, time = cluster.payload, 0
        if into is not None:
            at, time = into.block, into.time
            yield self._file, cluster.payload, into.stamp_end
        while cluster.end is None or at < cluster.end:
            if not self._file.read(at, 1):
                return None
            found = element_at(self._file, at)
            if found.id in TOP_LEVEL:
                return at
            if found.end is None:
                raise BadMedia(detail=f"element {found.id:x} of unknown size")
            if found.id == ebml.TIMESTAMP:
                time = ebml.number(payload_of(self._file, found))
            elif found.id in _BLOCKS and until is not None:
                track, shift = _block(self._file, found)
                if track is not None:
                    seconds = self._head.seconds(time + shift)
                    if self._all_here(track, seconds, until):
                        return None
                    if self._over(track):
                        at = found.end
                        continue
                    self._ask_on(at, found.end, cluster.end, self._head.cues.rate_bps(start) * (until - seconds))
            yield self._file, at, found.end
            at = found.end
        return at

    def _all_here(self, track: int, seconds: float, until: float) -> bool:
        """Return whether nothing before the end can come any more: a block of ``track`` at ``seconds`` is next."""
        late_s = 0.0 if track == self._head.tracks.video else _SOUND_LATE_S
        if seconds >= until + late_s - EDGE_S:
            self._behind[track] += 1
        long_over = self._over(track) and seconds >= until + _INTERLEAVE_S
        return long_over or all(self._over(number) for number in self._head.tracks.numbers)

    def _over(self, track: int) -> bool:
        """Return whether all blocks of ``track`` before the end have come: with B-frames only once so many later ones did that no frame
        before it can still be owing."""
        return self._behind[track] > (_MOST_REORDERED if track in self._head.tracks.reordering else 0)

    def _ends_by(self, position: int) -> bool:
        """Return whether what lies at ``position`` belongs to the clip, by the Cues."""
        return self._until_s is None or self._head.cues.over_by_s(position) <= self._until_s

    def _ask_on(self, at: int, behind: int, most: int | None, left: float) -> None:
        """Request more if the estimate for the last cluster was too low: the block at ``at`` and ``left`` bytes
        ``behind`` it."""
        end = min(behind + max(0, int(left)) + 2048, self._file.size or OPEN, most or OPEN)
        if not self._file.coming(min(behind + ebml.MAX_HEAD, end) - 1):
            self._file.want(at, end, urgent=True)
