"""Read the segments of a format: their addresses, keys, initialisation segments and bytes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlsplit

from ...container.hls.aes128 import DecryptedFile, plain
from ...container.hls.media_playlist import Init, Segment
from ...container.segment_types import kind_of
from ...download.remote_file import Address, CancellationScope, RemoteFile
from ...download.spliced_file import Bytes
from ...errors import BadMedia, UrlExpired
from ...http.media_url import Link
from ...http.small_files import fetch_with
from ...model import Format, Window
from ..base import Source, SourceContext
from .mpegts_times import HEAD

AHEAD = 4
"""Segments that are fetched while one is read."""


class Timed(NamedTuple):
    """A segment and when it begins, by the sum of the durations before it."""

    segment: Segment
    start_s: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.segment.duration_s


class SegmentReader(Source):
    """A source whose ``timed`` segments subclasses list in ``_index``. A *place* is an index into that list."""

    def __init__(self, format_: Format, context: SourceContext, beside: Source | None) -> None:
        super().__init__(format_, context, beside)
        self.timed: list[Timed] = []
        self._links: dict[int, Link] = {}
        self._linking = Lock()
        self._open: dict[int, Bytes] = {}
        self._kept: dict[int, RemoteFile] = {}
        self._keeping = Lock()
        self._small: dict[Init, bytes] = {}
        self._kind = ""

    def growing(self) -> bool:
        """Return whether segments may be added later, of which nothing is known yet."""
        return False

    def more(self, scope: CancellationScope) -> bool:
        """Wait for segments behind the last one known; ``False``: there will be none."""
        return False

    @abstractmethod
    def fresh_segments(self) -> dict[int, Segment]:
        """Return every segment, by its place, as the renewed format has it."""

    def bytes_at(self, place: int) -> Bytes:
        """Return the segment at ``place``, decrypted."""
        if place not in self._open:
            segment, remote = self.timed[place].segment, self.remote_at(place)
            self._open[place] = DecryptedFile(remote, self._key_at(place), segment.key.iv) if segment.key else remote
        return self._open[place]

    def remote_at(self, place: int) -> RemoteFile:
        """Return the segment at ``place`` as the site has it."""
        with self._keeping:
            if place not in self._kept:
                segment = self.timed[place].segment
                start, end = segment.byte_range or (0, None)
                size = self._known_size(segment) if end is None else end - start
                address = Address(lambda: self._link_at(place), lambda stale: self._renew_at(place, stale), start, size)
                self._kept[place] = self.resource(self._name_of(segment), address)
            return self._kept[place]

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
        """Return what the segments are by their first bytes: ``mov``, ``matroska``, ``mpegts`` or ``packed`` audio."""
        if not self._kind:
            first = self._present(0)
            start = self.init_at(first)[:16]
            if not start:
                self.bytes_at(first).want(0, HEAD, urgent=True)
                start = self.bytes_at(first).read_exactly(0, 12)
            self._kind = kind_of(start)
            if not self._kind:
                raise BadMedia(detail=f"segments of an unknown kind: {start.hex()}")
        return self._kind

    def duration_s(self) -> float | None:
        self.prepare()
        return self.timed[-1].end_s

    def estimate_bytes(self, window: Window) -> int:
        """Estimate by bit rate: segments have no declared size."""
        self.prepare()
        length = (self.timed[-1].end_s if window.end_s is None else window.end_s) - window.start_s
        known = self.format.size_bytes
        rate = (self.format.bit_rate or 0) / 8 or (known / max(self.timed[-1].end_s, 1e-9) if known else 0.0)
        return int(max(0.0, length + self.timed[0].segment.duration_s) * rate)

    def fetch_ahead(self, place: int, end_s: float, scope: CancellationScope) -> None:
        """Request the segment at ``place`` and the next ones."""
        for near in range(place, min(place + AHEAD, len(self.timed))):
            if not self.timed[near].segment.gap and (near == place or self.timed[near].start_s < end_s):
                self.bytes_at(near).want(0, None, scope)

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

    def _name_of(self, segment: Segment) -> str:
        """Under which its bytes are kept."""
        return f"segment {segment.sequence} {urlsplit(segment.url).path} {segment.byte_range}"

    def _known_size(self, segment: Segment) -> int | None:
        """Return bytes of a segment that is a file of its own, if that is known before the response."""
        del segment
        return None

    def _release(self, place: int) -> None:
        """Done with a segment: its files are closed."""
        if place in self._kept:
            self._kept[place].release()

    def _fetch(self, place: int, of: Callable[[Segment], Init | None]) -> bytes:
        """Return the initialisation segment or the key (``of``) of the segment at ``place``; fetched once."""
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

    def _present(self, place: int) -> int:
        """Return the segment at ``place``, or the next one that is not missing.

        Raises:
            BadMedia: all of them are.
        """
        found = next((i for i in range(place, len(self.timed)) if not self.timed[i].segment.gap), None)
        if found is None:
            raise BadMedia("segment_missing")
        return found
