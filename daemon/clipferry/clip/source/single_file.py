"""A format that is one remote file: finds out how its index is kept, and leaves the rest to the one who knows that kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from ..container.file_types import START_BYTES, file_kind, refused
from ..container.mp4 import boxes, movie_boxes
from ..container.mp4.sample_table import Unsupported
from ..download.remote_file import CancellationScope
from ..errors import BadMedia
from ..http.file_identity import signed_mark
from ..model import Format, OpenMedia, Window
from .base import Source, SourceContext
from .mp4_progressive import ProgressiveIndex
from .mp4_segment_index import FragmentIndex
from .webm import WebmIndex

_FRAGMENT_KINDS = frozenset({b"sidx", b"moof", b"styp", b"emsg", b"prft"})
_TRAILER_BYTES = 64
"""For each fragment there may be so much in an index at the end (``mfra``), behind all of them."""
MAX_INDEX_BYTES = 64 * 1024 * 1024


class Index(Protocol):
    """Which bytes belong to which time of one remote file."""

    def duration_s(self) -> float | None: ...
    def estimate_bytes(self, window: Window) -> int: ...
    def late_s(self) -> float:
        """Return how late the file's timeline begins, with the earliest of its tracks; 0: at most with a delay."""

    def zero_s(self) -> float:
        """Return where presentation time 0 lies on the tracks' own clock."""

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia: ...


def first_request(duration_s: float | None) -> int:
    """Return how much of the front to request: enough for the index of a fragmented file of that length in most cases (12 bytes of
    sidx, 15 of Cues for every five seconds) and the first fragment's head, and little enough not to count."""
    return min(64 * 1024, 3072 + int(3 * (duration_s or 900.0)))


class FileSource(Source):
    """``Delivery.FILE``."""

    def __init__(self, format_: Format, context: SourceContext, beside: Source | None) -> None:
        super().__init__(format_, context, beside)
        # Found again under new signatures: by the site's own mark of the file, or else by its path.
        mark = signed_mark(format_.url) or urlsplit(format_.url).path
        self.file = self.resource(f"file {mark}", self.own_address())
        self._kind: Index | None = None

    def begin(self) -> None:
        self.file.want(0, first_request(self.context.duration_s or None))

    @property
    def index(self) -> Index:
        self.prepare()
        assert self._kind is not None
        return self._kind

    def _index(self) -> None:
        start = b""
        while len(start) < START_BYTES and (more := self.file.read(len(start), START_BYTES - len(start))):
            start += more
        kind = file_kind(start)
        if kind == "matroska":
            self._kind = WebmIndex(self.file)
        elif kind == "mp4":
            self._kind = self._mp4()
        elif kind:
            self._kind = self._without_index(kind)
        else:
            raise refused(start)

    def _without_index(self, kind: str) -> Index:
        """Kinds of files that most clips are not made of."""
        if kind == "mpegts":
            from .mpegts_file import TsIndex  # noqa: PLC0415

            return TsIndex(self.file)
        if kind == "packed":
            from .audio_frames import FrameIndex  # noqa: PLC0415

            return FrameIndex(self.file)
        from .demuxed_audio import DemuxedIndex  # noqa: PLC0415

        return DemuxedIndex(self.file, kind)

    def _mp4(self) -> Index:
        """Walk over the top boxes to the movie box, and in a fragmented file on to the segment index."""
        at, init = 0, b""
        indexes: dict[int, boxes.Sidx] = {}
        while self.file.size is None or at + 8 <= self.file.size:
            head = boxes.header(self.file.read_exactly(at, 8).ljust(16, b"\xff"))
            if head.payload == 16:
                head = boxes.header(self.file.read_exactly(at, 16))
            end = self.file.size if head.size is None else at + head.size
            if head.kind == b"sidx":
                data = self._whole_box(at, end)
                found = boxes.sidx(data[head.payload :], at + len(data))
                indexes.setdefault(found.track, found)
            elif head.kind == b"moov":
                moov = self._whole_box(at, end)
                if not boxes.find(moov, "moov/mvex"):
                    return self._progressive(moov)
                if movie_boxes.holds_samples(moov):
                    return self._edited()
                init += moov
            elif head.kind == b"ftyp":
                init = self._whole_box(at, end)
            if (head.kind in (b"moof", b"mdat") and b"moov" in init) or end is None:
                break
            if head.kind == b"mdat":
                self.file.want(
                    end, None if (self.file.size or end) - end < MAX_INDEX_BYTES else end + 1024, urgent=True
                )
            at = end
        if not init:
            raise BadMedia(detail="no moov")
        return FragmentIndex(self.file, init, at, {} if self._goes_on(indexes) else indexes)

    def _goes_on(self, indexes: Mapping[int, boxes.Sidx]) -> bool:
        """Return whether there are fragments behind those listed by the indexes: some files have one for each fragment, some wrong ones."""
        known = [reference for index in indexes.values() for reference in index.references]
        end, size = max((reference.end for reference in known), default=0), self.file.size
        if not known or size is None or size - end < _TRAILER_BYTES * (2 + len(known)):
            return False
        try:
            return boxes.header(self.file.read_exactly(end, 8).ljust(16, b"\xff")).kind in _FRAGMENT_KINDS
        except BadMedia:
            return True

    def _progressive(self, moov: bytes) -> Index:
        try:
            return ProgressiveIndex(self.file, moov)
        except Unsupported:
            return self._edited()

    def _edited(self) -> Index:
        from .mp4_edit_lists import EditedIndex  # noqa: PLC0415 (it needs libav, which otherwise is loaded after the reader)

        return EditedIndex(self.file)

    def _whole_box(self, at: int, end: int | None) -> bytes:
        if end is None or end - at > MAX_INDEX_BYTES:
            raise BadMedia(detail="an index too large to be one")
        self.file.want(at, end, urgent=True)
        return self.file.read_exactly(at, end - at)

    def duration_s(self) -> float | None:
        return self.index.duration_s()

    def estimate_bytes(self, window: Window) -> int:
        return self.index.estimate_bytes(window)

    def zero_s(self) -> float:
        return self.beside.zero_s() if self.beside is not None else self.index.zero_s() - self.early_s()

    def late_s(self) -> float:
        return self.index.late_s()

    def nominal_s(self) -> float | None:
        return self.index.nominal_s() if isinstance(self.index, ProgressiveIndex) else self.duration_s()

    def _media(self, window: Window, scope: CancellationScope) -> OpenMedia:
        return self.index.open(window, self, scope)
