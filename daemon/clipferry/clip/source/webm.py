"""WebM and Matroska as one file: Cues say where clusters lie; a splice of the head and the wanted clusters is what is read."""

from __future__ import annotations

import math
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterator
from itertools import pairwise

from ..errors import BadMedia, DrmProtected
from ..model import OpenMedia, Window
from . import blocks, ebml
from .base import Source
from .resource import OPEN, Interest, Resource
from .splice import Piece, Splice

MAX_HEAD_BYTES = 32 * 1024 * 1024
_EDGE_S = 0.0005
_AUDIO_BEFORE_S = 0.15
"""Sound kept before the start: a decoder of Opus needs 80 ms to settle (RFC 7845, section 4.6), and times are those before the
codec's delay is taken off."""
_AUDIO_AFTER_S = 0.06
"""Sound kept behind the end: its times are those before the codec's delay is taken off."""
_VIDEO, _AUDIO = 1, 2
_SOUND_LATE_S = 0.1
"""Block times of sound are before CodecDelay is taken off (RFC 9559, section 5.1.4.1.25), which libav does: 6.5 ms for Opus."""
_INTERLEAVE_S = 1.0
"""How far apart in time blocks of two tracks may lie in the file."""
_REORDER_S = 1.0
"""How much later than its successors a picture of a codec with B-frames may be stored."""
_WORTH_A_REQUEST = 12 * 1024
_LOOK_BYTES = 8 * 1024
"""In which a block is looked for, some twenty packets of sound."""
_IN_ORDER = (b"V_VP8", b"V_VP9", b"V_AV1")
_TOP_LEVEL = frozenset(
    {ebml.CLUSTER, ebml.CUES, ebml.SEEK_HEAD, ebml.INFO, ebml.TRACKS, 0x1254C367, 0x1043A770, 0x1941A469}
)


_HEAD_BYTES = 64
"""Of a cluster: its size and its Timestamp."""


class WebmIndex:
    """Head and Cues of one file."""

    def __init__(self, file: Resource) -> None:
        self._file = file
        self._scale_ns = 1_000_000
        self._length_s: float | None = None
        self._video_track: int | None = None
        self._tracks: dict[int, int] = {}
        self._reordering: set[int] = set()
        self._info = self._track_data = b""
        self._cues: bytes | None = None
        top = self._element(0)
        if top.id != ebml.EBML or top.end is None or top.size is None or top.size > 4096:
            raise BadMedia(detail="not EBML")
        self._top = file.read_exactly(0, top.end)
        segment = self._element(top.end)
        if segment.id != ebml.SEGMENT:
            raise BadMedia(detail="no Segment")
        self._origin = segment.payload
        self._first_cluster = self._read_head(segment)
        self._clusters = self._read_cues()

    # Reading the head ------------------------------------------------------------------------------------------------

    def _element(self, at: int) -> ebml.Element:
        left = ebml.MAX_HEAD if self._file.size is None else min(ebml.MAX_HEAD, self._file.size - at)
        if left < 2:
            raise BadMedia(detail="the file ends too soon")
        return ebml.element(self._file.read_exactly(at, left), 0, at)

    def _payload(self, found: ebml.Element) -> bytes:
        if found.size is None or found.size > MAX_HEAD_BYTES:
            raise BadMedia(detail=f"element {found.id:x} too large")
        self._file.want(found.payload, found.payload + found.size, urgent=True)
        return self._file.read_exactly(found.payload, found.size)

    def _read_head(self, segment: ebml.Element) -> int:
        """Everything before the first cluster; gives where that one begins."""
        at, cues_at = segment.payload, None
        while True:
            found = self._element(at)
            if found.id == ebml.CLUSTER:
                break
            if found.id == ebml.SEEK_HEAD:
                cues_at = self._seek_cues(self._payload(found)) or cues_at
            elif found.id == ebml.INFO:
                self._info = self._payload(found)
            elif found.id == ebml.TRACKS:
                self._track_data = self._payload(found)
            elif found.id == ebml.CUES:
                self._cues = self._payload(found)
            if found.end is None:
                raise BadMedia(detail="head of unknown size")
            at = found.end
        self._parse_info()
        self._parse_tracks()
        if self._cues is None and cues_at is not None:
            try:
                found = self._element(self._origin + cues_at)
                self._cues = self._payload(found) if found.id == ebml.CUES else None
            except BadMedia:
                self._cues = None  # a SeekHead that points nowhere: the clusters are walked instead
        return at

    def _seek_cues(self, payload: bytes) -> int | None:
        for entry, data in ebml.children(payload):
            if entry.id == ebml.SEEK:
                values = {part.id: value for part, value in ebml.children(data)}
                if values.get(ebml.SEEK_ID) == ebml.CUES.to_bytes(4, "big"):
                    return ebml.number(values.get(ebml.SEEK_POSITION, b""))
        return None

    def _parse_info(self) -> None:
        for part, value in ebml.children(self._info):
            if part.id == ebml.TIMESTAMP_SCALE:
                self._scale_ns = ebml.number(value)
            elif part.id == ebml.DURATION and len(value) in (4, 8):
                length = struct.unpack(">f" if len(value) == 4 else ">d", value)[0]
                self._length_s = length if math.isfinite(length) and length > 0 else None
        if not 0 < self._scale_ns <= 1_000_000_000:
            raise BadMedia(detail="impossible TimestampScale")
        if self._length_s is not None:
            self._length_s *= self._scale_ns / 1e9

    def _parse_tracks(self) -> None:
        for entry, data in ebml.children(self._track_data):
            if entry.id != ebml.TRACK_ENTRY:
                continue
            values = {part.id: value for part, value in ebml.children(data)}
            if ebml.CONTENT_ENCODINGS in values:
                for _, encoding in ebml.children(values[ebml.CONTENT_ENCODINGS]):
                    if any(part.id == ebml.CONTENT_ENCRYPTION for part, _ in ebml.children(encoding)):
                        raise DrmProtected
            kind, track = ebml.number(values.get(ebml.TRACK_TYPE, b"")), ebml.number(values.get(ebml.TRACK_NUMBER, b""))
            self._tracks[track] = kind
            if kind == _VIDEO and values.get(ebml.CODEC_ID, b"") not in _IN_ORDER:
                self._reordering.add(track)
            if kind == _VIDEO and self._video_track is None:
                self._video_track = track
        if not self._tracks:
            raise BadMedia(detail="no tracks")

    def _read_cues(self) -> list[tuple[float, int]]:
        """Time in seconds and position of every cluster that the Cues name (for the picture, if there is one)."""
        found: dict[int, float] = {}
        for point, data in ebml.children(self._cues or b""):
            if point.id != ebml.CUE_POINT:
                continue
            time = None
            for part, value in ebml.children(data):
                if part.id == ebml.CUE_TIME:
                    time = ebml.number(value)
                elif part.id == ebml.CUE_TRACK_POSITIONS and time is not None:
                    place = {
                        p.id: ebml.number(v) for p, v in ebml.children(value) if p.size is not None and p.size <= 8
                    }
                    track = place.get(ebml.CUE_TRACK)
                    if ebml.CUE_CLUSTER_POSITION in place and (self._video_track is None or track == self._video_track):
                        at = self._origin + place[ebml.CUE_CLUSTER_POSITION]
                        seconds = time * self._scale_ns / 1e9
                        found[at] = min(found.get(at, seconds), seconds)
        clusters = sorted((seconds, at) for at, seconds in found.items())
        if any(a[1] >= b[1] for a, b in pairwise(clusters)):
            raise BadMedia(detail="Cues out of order")
        return clusters

    # The index -------------------------------------------------------------------------------------------------------

    def duration_s(self) -> float | None:
        """Writers and players take Duration for the last timestamp."""
        return None if self._length_s is None else max(0.0, self._length_s - self.zero_s())

    def zero_s(self) -> float:
        first = self._clusters[0][0] if self._clusters else self._cluster_time_s(self._first_cluster)
        return first if first >= 0.5 else 0.0

    def _cluster_time_s(self, at: int) -> float:
        cluster = self._element(at)
        if cluster.id != ebml.CLUSTER:
            raise BadMedia(detail="no Cluster where there should be one")
        at = cluster.payload
        for _ in range(8):
            found = self._element(at)
            if found.id == ebml.TIMESTAMP:
                return ebml.number(self._payload(found)) * self._scale_ns / 1e9
            if found.end is None:
                break
            at = found.end
        raise BadMedia(detail="Cluster without a Timestamp")

    def _bytes(self, window: Window) -> tuple[int, int | None]:
        """From the cluster before the window to about where it ends: Cues tell no finer."""
        if not self._clusters:
            return self._walk_to(window.start_s), None
        times = [seconds - self.zero_s() for seconds, _ in self._clusters]
        start = window.start_s if self._video_track is not None else window.start_s - _AUDIO_BEFORE_S
        first = max(0, bisect_right(times, start + _EDGE_S) - 1)
        begin = self._clusters[first][1] if first else self._first_cluster
        if window.end_s is None:
            return begin, None
        end_s = window.end_s if self._video_track is not None else window.end_s + _AUDIO_AFTER_S
        last = next((i for i in range(first, len(times)) if times[i] >= end_s), len(times)) - 1
        last = max(last, first)
        cluster, size = self._clusters[last][1], self._file.size
        more = last + 1 < len(times)
        until = times[last + 1] if more else (self._length_s or times[last] + 1.0) - self.zero_s()
        end = self._clusters[last + 1][1] if more else size
        if end is None:
            return begin, None
        share = (end_s - times[last]) / max(until - times[last], 1e-9)
        return begin, min(end, cluster + int(min(1.0, max(0.0, share)) * 1.02 * (end - cluster)) + 4096)

    def _walk_to(self, start_s: float) -> int:
        """Without Cues: from cluster to cluster up to the last that begins by ``start_s``."""
        at = self._first_cluster
        while start_s > 0:
            end = self._element(at).end
            if end is None or (self._file.size is not None and end + 2 >= self._file.size):
                break
            if self._element(end).id != ebml.CLUSTER or self._cluster_time_s(end) - self.zero_s() > start_s:
                break
            at = end
        return at

    def estimate_bytes(self, window: Window) -> int:
        if not self._clusters:
            return self._file.size or 0
        start, end = self._bytes(window)
        return self._file.missing(start, end if end is not None else self._file.size or start)

    def open(self, window: Window, source: Source, interest: Interest) -> OpenMedia:
        start, end = self._bytes(window)
        zero_s = source.zero_s()
        entry = self._entry(start, window.start_s + zero_s)
        if entry:
            self._file.want(start, start + _HEAD_BYTES, interest)
        if self._clusters or window.end_s is None:
            self._file.want(entry or start, end, interest)
        pieces = self._pieces(start, window, zero_s, entry)
        return source.opened(Splice(pieces).as_file(), "matroska", source.zero_s(), interest, seekable=False)

    def _entry(self, cluster: int, start_s: float) -> int:
        """Of sound alone: from where in the first cluster reading is enough, by its bit rate; 0: from its beginning."""
        index = bisect_left(self._clusters, cluster, key=lambda one: one[1])
        if self._video_track is not None or len(self._tracks) > 1 or index + 1 >= len(self._clusters):
            return 0
        (begins_s, at), (ends_s, end) = self._clusters[index : index + 2]
        share = (start_s - _AUDIO_BEFORE_S - begins_s) / max(ends_s - begins_s, 1e-9)
        entry = at + int(share * (end - at) * 0.97) - _LOOK_BYTES // 2
        return entry if at == cluster and entry - at > _WORTH_A_REQUEST and entry + _LOOK_BYTES < end else 0

    def _entered(
        self, cluster: ebml.Element, start: int, entry: int, start_s: float
    ) -> tuple[ebml.Element, int] | None:
        """The Timestamp of the cluster at ``start`` and the first block behind ``entry``; ``None``: that is too late already, or
        cannot be told."""
        stamp = self._element(cluster.payload)
        (track,) = self._tracks
        found = blocks.first_block(self._file.read_exactly(entry, _LOOK_BYTES), track)
        if stamp.id != ebml.TIMESTAMP or found is None:
            return None
        seconds = (ebml.number(self._payload(stamp)) + found[1]) * self._scale_ns / 1e9
        return (stamp, entry + found[0]) if seconds <= start_s - _AUDIO_BEFORE_S + _EDGE_S else None

    def _pieces(self, at: int, window: Window, zero_s: float, entry: int = 0) -> Iterator[Piece]:
        yield self._top
        yield ebml.SEGMENT.to_bytes(4, "big") + ebml.UNKNOWN_SIZE
        for kind, data in ((ebml.INFO, self._info), (ebml.TRACKS, self._track_data)):
            yield kind.to_bytes(4, "big") + ebml.encoded_size(len(data)) + data
        until = None if window.end_s is None else window.end_s + zero_s
        while self._file.size is None or at + 2 < self._file.size:
            if not self._file.read(at, 1):
                return
            found = self._element(at)
            if found.id == ebml.CLUSTER:
                into = self._entered(found, at, entry, window.start_s + zero_s) if entry else None
                entry = 0
                after = yield from self._cluster(found, at, until, into)
                if after is None:
                    return
                at = after
            elif found.end is None:
                raise BadMedia(detail=f"element {found.id:x} of unknown size")
            else:
                at = found.end

    def _cluster(
        self, cluster: ebml.Element, start: int, until: float | None, into: tuple[ebml.Element, int] | None = None
    ) -> Generator[Piece, None, int | None]:
        """The cluster that begins at ``start``, whole or up to ``until``; gives where the next element is, ``None`` at the end.
        ``into``: its Timestamp, and the block that is enough to begin with."""
        if cluster.end is not None and into is None and (until is None or self._over_by(cluster.end) <= until):
            yield self._file, start, cluster.end
            return cluster.end
        yield ebml.CLUSTER.to_bytes(4, "big") + ebml.UNKNOWN_SIZE
        at, time = cluster.payload, 0
        if into is not None:
            stamp, at = into
            time = ebml.number(self._payload(stamp))
            yield self._file, cluster.payload, stamp.end
        open_tracks = set(self._tracks)
        while cluster.end is None or at < cluster.end:
            if not self._file.read(at, 1):
                return None
            found = self._element(at)
            if found.id in _TOP_LEVEL:
                return at
            if found.end is None or found.size is None:
                raise BadMedia(detail=f"element {found.id:x} of unknown size")
            if found.id == ebml.TIMESTAMP:
                time = ebml.number(self._payload(found))
            elif found.id in (ebml.SIMPLE_BLOCK, ebml.BLOCK_GROUP) and until is not None:
                track, shift = self._block(found)
                seconds = (time + shift) * self._scale_ns / 1e9
                late_s = 0.0 if track == self._video_track else _SOUND_LATE_S
                if seconds >= until + late_s - _EDGE_S:
                    open_tracks.discard(track)
                if not open_tracks or seconds >= until + (_REORDER_S if track in self._reordering else _INTERLEAVE_S):
                    return None
                if track not in open_tracks and track not in self._reordering:
                    at = found.end
                    continue
                self._ask_on(at, found.end, cluster.end, self._rate_bps(start) * (until - seconds))
            yield self._file, at, found.end
            at = found.end
        return at

    def _ask_on(self, at: int, behind: int, most: int | None, left: float) -> None:
        """Where the first guess at the last cluster's share was too low: ask for the block at ``at`` and for ``left`` bytes
        ``behind`` it."""
        end = min(behind + max(0, int(left)) + 2048, self._file.size or OPEN, most or OPEN)
        if not self._file.coming(min(behind + ebml.MAX_HEAD, end) - 1):
            self._file.want(at, end, urgent=True)

    def _rate_bps(self, cluster: int) -> float:
        """Bytes a second of the cluster, by the Cues."""
        index = bisect_left(self._clusters, cluster, key=lambda one: one[1])
        if index + 1 >= len(self._clusters):
            return 0.0
        (begins_s, at), (ends_s, end) = self._clusters[index : index + 2]
        return (end - at) / max(ends_s - begins_s, 0.1)

    def _over_by(self, position: int) -> float:
        """The earliest time of what lies at ``position``, as the Cues tell."""
        index = bisect_left(self._clusters, position, key=lambda one: one[1])
        return self._clusters[index][0] if index < len(self._clusters) else math.inf

    def _block(self, found: ebml.Element) -> tuple[int, int]:
        """Track and relative time of a block (RFC 9559, section 10.2)."""
        at, left = found.payload, min(found.size or 0, 64)
        data = self._file.read_exactly(at, left)
        if found.id == ebml.BLOCK_GROUP:
            first = ebml.element(data)
            if first.id != ebml.BLOCK:
                return 0, 0
            data = data[first.payload :]
        track, length = ebml.vint(data, 0, marker=False)
        if len(data) < length + 2:
            raise BadMedia(detail="block too short")
        return track, int.from_bytes(data[length : length + 2], "big", signed=True)
