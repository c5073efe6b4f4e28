"""Formats that come in pieces: HLS playlists and the fragment lists that yt-dlp gives for DASH."""

from __future__ import annotations

import math
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlsplit

from ...container.hls.aes128 import DecryptedFile, plain
from ...container.hls.media_playlist import Init, Segment
from ...container.segment_types import kind_of
from ...download.remote_file import Address, CancellationScope, RemoteFile
from ...download.spliced_file import Bytes, Piece, SplicedFile
from ...errors import BadMedia, Cancelled, NetworkError, UrlExpired
from ...http.media_url import Link
from ...http.small_files import fetch_with
from ...model import Format, OpenMedia, Window
from .. import mp4_fragmented
from ..base import Source, SourceContext
from . import audio_segments, mp4_segments, mpegts_segments

AHEAD = 4
"""Segments that are fetched while one is read."""
_EDGE_S = 0.0005
_SPILL_S = 0.5
"""How much later than its picture sound is stored, at most."""


class Timed(NamedTuple):
    """A segment and when it begins, by the sum of the durations before it."""

    segment: Segment
    start_s: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.segment.duration_s


class SegmentedSource(Source):
    """Base of both. Subclasses fill ``_timed`` in ``_index``."""

    def __init__(self, format_: Format, terms: SourceContext, beside: Source | None) -> None:
        super().__init__(format_, terms, beside)
        self.timed: list[Timed] = []
        self._links: dict[int, Link] = {}
        self._linking = Lock()
        self._open: dict[int, Bytes] = {}
        self._kept: dict[int, RemoteFile] = {}
        self._keeping = Lock()
        self._small: dict[Init, bytes] = {}
        self._kind = ""
        self._zeros: dict[int, float] = {}
        self._drifts: dict[int, float] = {}

    # Filled in by subclasses -----------------------------------------------------------------------------------------

    def growing(self) -> bool:
        """Whether segments may be added later, of which nothing is known yet."""
        return False

    def more(self, scope: CancellationScope) -> bool:
        """Wait for segments behind the last one known; ``False``: there will be none."""
        return False

    @abstractmethod
    def fresh_segments(self) -> dict[int, Segment]:
        """Every segment, by its place, as the renewed format has it."""

    # Segments --------------------------------------------------------------------------------------------------------

    def _link_at(self, place: int) -> Link:
        with self._linking:
            if place not in self._links:
                self._links[place] = self._linked(self.timed[place].segment.url)
            return self._links[place]

    def _linked(self, url: str) -> Link:
        link = self.link()
        return Link(url, link.headers, link.cookies, scope=link.url)

    def _renew_at(self, place: int, stale: Link) -> bool:
        with self._renewing:  # a renewal under way has the format's new address before the segments'
            if self._link_at(place) is not stale:
                return True
            return self.renew(self.link())

    def _renewed(self) -> None:
        fresh = self.fresh_segments()
        with self._linking:
            for place, segment in fresh.items():
                section = self.timed[place].segment.section
                self.timed[place] = Timed(segment._replace(section=section), self.timed[place].start_s)
                self._links[place] = self._linked(segment.url)

    def bytes_at(self, place: int) -> Bytes:
        """The segment at ``place``, decrypted."""
        if place not in self._open:
            segment, remote = self.timed[place].segment, self.remote_at(place)
            self._open[place] = DecryptedFile(remote, self._key_at(place), segment.key.iv) if segment.key else remote
        return self._open[place]

    def remote_at(self, place: int) -> RemoteFile:
        """The segment at ``place`` as the site has it."""
        with self._keeping:
            if place not in self._kept:
                segment = self.timed[place].segment
                start, end = segment.byte_range or (0, None)
                address = Address(lambda: self._link_at(place), lambda stale: self._renew_at(place, stale))
                size = self._known_size(segment) if end is None else end - start
                self._kept[place] = self.resource(self._name_of(segment), address, base=start, size=size)
            return self._kept[place]

    def _name_of(self, segment: Segment) -> str:
        """Under which its bytes are kept."""
        return f"segment {segment.sequence} {urlsplit(segment.url).path} {segment.byte_range}"

    def _known_size(self, segment: Segment) -> int | None:
        """Bytes of a segment that is a file of its own, where that is known before the site tells."""
        del segment
        return None

    def _release(self, place: int) -> None:
        """Done with a segment: its files are closed."""
        if place in self._kept:
            self._kept[place].release()

    def _fetch(self, place: int, of: Callable[[Segment], Init | None]) -> bytes:
        """The initialisation segment or the key (``of``) of the segment at ``place``; fetched once."""
        wanted = of(self.timed[place].segment)
        if wanted is None:
            return b""
        if wanted not in self._small:
            stale = self.link()
            try:
                data, _ = fetch_with(self.client, self._linked(wanted.url), part=wanted.byte_range)
            except UrlExpired:
                if not self.renew(stale):
                    raise
                wanted = of(self.timed[place].segment) or wanted
                data, _ = fetch_with(self.client, self._linked(wanted.url), part=wanted.byte_range)
            self._small[wanted] = data
        return self._small[wanted]

    def _key_at(self, place: int) -> bytes:
        return self._fetch(place, lambda segment: Init(segment.key.url) if segment.key else None)

    def init_at(self, place: int) -> bytes:
        data = self._fetch(place, lambda segment: segment.init)
        init = self.timed[place].segment.init
        if init is None or init.key is None or kind_of(data[:16]) in ("mov", "matroska"):
            return data  # many sites encrypt the media alone
        key = self._fetch(
            place, lambda segment: Init(segment.init.key.url) if segment.init and segment.init.key else None
        )
        return plain(data, key, init.key.iv)

    def kind(self) -> str:
        """What the segments are by their first bytes: ``mov``, ``matroska``, ``mpegts`` or ``packed`` sound."""
        if not self._kind:
            first = self._present(0)
            start = self.init_at(first)[:16]
            if not start:
                self.bytes_at(first).want(0, mpegts_segments.HEAD, urgent=True)
                start = self.bytes_at(first).read_exactly(0, 12)
            self._kind = kind_of(start)
            if not self._kind:
                raise BadMedia(detail=f"segments of an unknown kind: {start.hex()}")
        return self._kind

    # The contract ----------------------------------------------------------------------------------------------------

    def duration_s(self) -> float | None:
        self.prepare()
        return self.timed[-1].end_s

    def estimate_bytes(self, window: Window) -> int:
        """By bit rate: segments do not tell their size."""
        self.prepare()
        length = (self.timed[-1].end_s if window.end_s is None else window.end_s) - window.start_s
        known = self.format.size_bytes
        rate = (self.format.bit_rate or 0) / 8 or (known / max(self.timed[-1].end_s, 1e-9) if known else 0.0)
        return int(max(0.0, length + self.timed[0].segment.duration_s) * rate)

    def zero_s(self) -> float:
        if self.beside is not None:
            return self.beside.zero_s()
        self.prepare()
        return self.section_zero_s(self.timed[0].segment.section)

    def section_zero_s(self, section: int) -> float:
        """Presentation time 0 on the clock of a section (what lies between two discontinuities)."""
        if section not in self._zeros:
            own = [i for i, one in enumerate(self.timed) if one.segment.section == section]
            place = next((i for i in own if not self.timed[i].segment.gap), None)
            if place is None:
                return -self.timed[own[0]].start_s
            # Where a stream is entered in its middle sound from before is stored behind the picture: that goes on with the picture.
            entered = self.growing() or place > 0
            first_s = self.first_time_s(place) if entered else self.begins_s(place)
            self._zeros[section] = first_s - self.timed[place].start_s
        return self._zeros[section]

    def begins_s(self, place: int) -> float:
        """When the earliest track of the segment begins, on its own clock."""
        if self.kind() == "mpegts":
            return mpegts_segments.begins_s(self.bytes_at(place))
        if self.kind() == "mov":
            return mp4_segments.begins_s(self, place)
        return self.first_time_s(place)

    def first_time_s(self, place: int) -> float:
        """When the segment's first picture is shown, on its own clock."""
        if self.kind() == "mpegts":
            return mpegts_segments.first_time_s(self.bytes_at(place))
        if self.kind() == "mov":
            return mp4_segments.first_time_s(self, place)
        if self.kind() == "packed":
            return audio_segments.first_time_s(self, place)
        return self.timed[place].start_s

    def _present(self, place: int) -> int:
        """The segment at ``place``, or the next one that is not missing.

        Raises:
            BadMedia: all of them are.
        """
        found = next((i for i in range(place, len(self.timed)) if not self.timed[i].segment.gap), None)
        if found is None:
            raise BadMedia("The stream lacks that part of the video.")
        return found

    def _span(self, window: Window) -> tuple[int, float]:
        """The first segment to read, and the time on the playlist's sums at which to stop."""
        starts = [one.start_s for one in self.timed]
        first = max(0, bisect_right(starts, window.start_s + _EDGE_S) - 1)
        while first > 0 and self.timed[first].segment.gap:
            first -= 1
        first = self._present(first)
        end = math.inf if window.end_s is None else window.end_s
        return first, end

    def _media(self, window: Window, scope: CancellationScope) -> OpenMedia:
        first, end_s = self._span(window)
        self.fetch_ahead(first, end_s, scope)
        pieces, origin_s = self._pieces(window, first, end_s, scope)
        demuxer = "mov" if self.kind() == "packed" else self.kind()
        return self.opened(SplicedFile(pieces).as_file(), demuxer, origin_s, scope, seekable=False)

    def _pieces(
        self, window: Window, first: int, end_s: float, scope: CancellationScope
    ) -> tuple[Iterator[Piece], float]:
        """What libav is to read, and where presentation time 0 lies in it."""
        if self.kind() == "matroska":
            return self.joined(first, end_s, scope), self.beside.zero_s() if self.beside is not None else 0.0
        while first > 0 and self.timed[first].start_s + self._drift_s(first) > window.start_s + _EDGE_S:
            first -= 1  # durations in playlists are rounded: over hours their sums run ahead
            if self.timed[first].segment.gap:
                first = self._present(first)
                break
        if self.kind() in ("mov", "packed"):
            make = mp4_segments.pieces if self.kind() == "mov" else audio_segments.pieces
            return make(self, window, first, end_s, scope), float(mp4_fragmented.LEAD_S)
        return mpegts_segments.pieces(self, first, end_s, scope)

    def _drift_s(self, place: int) -> float:
        """How much later a segment really begins than the sum of the durations before it says."""
        if place not in self._drifts:
            drift = self.first_time_s(place) - self.zero_at(place) - self.timed[place].start_s
            self._drifts[place] = drift if self.kind() == "mov" else mpegts_segments.unwrapped(drift)
        return self._drifts[place]

    def _expected_s(self, place: int) -> float:
        """When the segment at ``place`` begins, by the sum of the durations and by how far off that was for the one before it."""
        one, before = self.timed[place], self.timed[place - 1] if place else None
        known = before is not None and not before.segment.gap and before.segment.section == one.segment.section
        return one.start_s + (self._drift_s(place - 1) if known and self._tells_time() else 0.0)

    def _over(self, place: int, end_s: float) -> bool:
        """Whether the segment at ``place``, the one before which was read, begins at ``end_s`` or later. The last duration may be
        wrong: near the end the segment's own time counts, whose front is read for what spills over anyway."""
        expected_s = self._expected_s(place)
        gap = self.timed[place].segment.gap
        if gap or not end_s - _EDGE_S <= expected_s < end_s + _SPILL_S or not self._tells_time():
            return expected_s >= end_s - _EDGE_S
        return self.timed[place].start_s + self._drift_s(place) >= end_s - _EDGE_S

    def _tells_time(self) -> bool:
        """Whether segments tell when they begin, and stay here while they are read."""
        return self.kind() != "matroska" and not self.growing()

    def zero_at(self, place: int) -> float:
        """Presentation time 0 on the clock of the segment at ``place``."""
        section = self.timed[place].segment.section
        if self.beside is not None and section == self.timed[0].segment.section:
            return self.beside.zero_s()
        return self.section_zero_s(section)

    def walk(self, first: int, end_s: float, scope: CancellationScope) -> Iterator[int]:
        """The places from ``first`` on that begin before ``end_s``, the next ones fetched meanwhile."""
        place = first
        while place == first or place < len(self.timed) or self._goes_on(end_s, scope):
            if scope.over.is_set():
                raise Cancelled
            if place >= len(self.timed):
                raise NetworkError("The stream's playlist stopped growing.")
            if place > first and self._over(place, end_s):
                return
            self.fetch_ahead(place, end_s, scope)
            if not self.timed[place].segment.gap:
                if not self.ready(place, scope):
                    return
                yield place
                self._release(place)
            place += 1

    def _goes_on(self, end_s: float, scope: CancellationScope) -> bool:
        """Whether there is more behind the last segment known, for as long as something before ``end_s`` is missing."""
        return self.timed[-1].end_s < end_s - _EDGE_S and self.more(scope)

    def fetch_ahead(self, place: int, end_s: float, scope: CancellationScope) -> None:
        """Send for the segment at ``place`` and the next ones."""
        for near in range(place, min(place + AHEAD, len(self.timed))):
            if not self.timed[near].segment.gap and (near == place or self.timed[near].start_s < end_s):
                self.bytes_at(near).want(0, None, scope)

    def ready(self, place: int, scope: CancellationScope) -> bool:
        """Whether the segment at ``place`` is to be read; ``False``: all ends before it."""
        del place, scope
        return True

    def joined(self, first: int, end_s: float, scope: CancellationScope) -> Iterator[Piece]:
        init = self.init_at(first)
        yield init
        for place in self.walk(first, end_s, scope):
            if self.init_at(place) != init:
                raise BadMedia("The video changes its format in the middle of the clip.")
            yield self.bytes_at(place), 0, None
            after = self.spill(place, end_s) if self.kind() == "mpegts" else None
            if after is not None and self.timed[after].segment.section == self.timed[place].segment.section:
                yield mpegts_segments.head(self.bytes_at(after))

    def spill(self, place: int, end_s: float) -> int | None:
        """Where the window ends near the end of the segment at ``place``, the next one: sound is often stored a little later than its
        picture, so that of the last moments may travel there."""
        after = place + 1
        if after >= len(self.timed) or self.timed[after].segment.gap or self.init_at(after) != self.init_at(place):
            return None
        return after if self._expected_s(after) < end_s + _SPILL_S and self._over(after, end_s) else None

    def raw(self) -> OpenMedia:
        self.prepare()
        scope = CancellationScope()
        pieces = self.joined(0, math.inf, scope)
        return self.opened(SplicedFile(pieces).as_file(), "", 0.0, scope, seekable=False)
