"""Transport stream in one file: times are located by bisection over its timestamps, since it has no index."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..container import mpegts
from ..download.remote_file import CancellationScope, RemoteFile
from ..download.spliced_file import Piece, SplicedFile
from ..model import OpenMedia, Window
from .base import Source
from .segmented import mpegts_times

_LOOK = mpegts.PACKET * 348
"""Bytes that are examined in one place: a frame begins in so many, nearly always."""
_TABLES = mpegts.PACKET * 348
"""The tables of programs repeat every tenth of a second; those of the front are put before what is read."""
_BEFORE_S = 1.0
"""Audio and video of one time lie so far apart, at most (ISO/IEC 13818-1, 2.4.2.6: a decoder holds one second)."""
_AFTER_S = 1.5
_STEPS = 24
_FRAME_S = 0.04
"""How long the last frame is shown, where only one is there to measure it."""


class TsIndex:
    """Where the times of one file lie.

    Raises:
        BadMedia: it holds no timestamps.
    """

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._zero_s = mpegts_times.begins_s(file)
        self._known: dict[int, float | None] = {}
        self._end_s = self._last_s()

    def late_s(self) -> float:
        return 0.0  # its clock is its own

    def zero_s(self) -> float:
        return self._zero_s

    def duration_s(self) -> float | None:
        return self._end_s

    def _last_s(self) -> float | None:
        """Return where the last frame ends; ``None`` where that cannot be determined."""
        size = self._file.size
        if size is None:
            return None
        for look in (_LOOK, 8 * _LOOK):
            start = max(0, (size - look) // mpegts.PACKET * mpegts.PACKET)
            data = self._file.read_exactly(start, (size - start) // mpegts.PACKET * mpegts.PACKET)
            times = list(mpegts.timestamps(data))
            kind = mpegts.VIDEO if any(kind == mpegts.VIDEO for kind, _ in times) else mpegts.AUDIO
            found = sorted(self._shown_s(time) for one, time in times if one == kind)
            if found and (kind == mpegts.VIDEO or look > _LOOK or start == 0):
                steps = sorted(b - a for a, b in pairwise(found) if b > a)
                last_s = found[-1] + (steps[len(steps) // 2] if steps else _FRAME_S)
                return last_s if last_s > 0 else None
        return None

    def _shown_s(self, time: int) -> float:
        return mpegts_times.unwrapped(time / mpegts.CLOCK - self._zero_s)

    def _time_at(self, at: int) -> float | None:
        """Return the first presentation time behind ``at``."""
        if at not in self._known:
            found = mpegts.first_time(mpegts_times.head(_From(self._file, at)))
            self._known[at] = None if found is None else self._shown_s(found)
        return self._known[at]

    def _find(self, seconds: float) -> int:
        """Return the last position, to about one probe, after which all times near it are ``seconds`` or later; 0: the front."""
        size, length_s = self._file.size, self._end_s
        if size is None or length_s is None or seconds <= 0:
            return 0
        low, high, low_s, high_s = 0, size, 0.0, length_s
        for step in range(_STEPS):
            if high - low <= _LOOK or low_s >= seconds - _BEFORE_S / 2:
                break
            # By the average rate at first, a little early, then by halves.
            share = (seconds - _BEFORE_S / 4 - low_s) / max(high_s - low_s, 1e-3) if step % 3 < 2 else 0.5
            place = (low + int(min(0.99, max(0.01, share)) * (high - low))) // mpegts.PACKET * mpegts.PACKET
            time = self._time_at(place)
            if place <= low or time is None:
                break
            if time <= seconds:
                low, low_s = place, time
            else:
                high, high_s = place, time
        return low

    def _bytes(self, window: Window) -> tuple[int, int | None]:
        start = self._find(window.start_s - _BEFORE_S) if window.start_s > 0 else 0
        if window.end_s is None or self._end_s is None or window.end_s + _AFTER_S >= self._end_s:
            return start, None
        size = self._file.size or 0
        end = self._find(window.end_s + _AFTER_S) + 4 * _LOOK
        return start, min(size, end) if end > start else None

    def estimate_bytes(self, window: Window) -> int:
        start, end = self._bytes(window)
        return self._file.missing(start, end if end is not None else self._file.size or start)

    def open(self, window: Window, source: Source, scope: CancellationScope) -> OpenMedia:
        start, end = self._bytes(window)
        self._file.want(start, end, scope)
        return source.opened(
            SplicedFile(self._pieces(start, end)).as_file(), "mpegts", source.zero_s(), scope, seekable=False
        )

    def _pieces(self, start: int, end: int | None) -> Iterator[Piece]:
        if start:
            yield _tables(mpegts_times.head(self._file, _TABLES))
        yield self._file, start, end


def _tables(data: bytes) -> bytes:
    """Return the packets in ``data`` that hold the tables of programs (ISO/IEC 13818-1, 2.4.4.3 and 2.4.4.8), each the first of its kind."""
    wanted = {0}
    found: dict[int, bytes] = {}
    for at in range(0, len(data) - mpegts.PACKET + 1, mpegts.PACKET):
        packet = data[at : at + mpegts.PACKET]
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if pid not in wanted or pid in found or not packet[1] & 0x40:
            continue
        found[pid] = packet
        if pid == 0 and packet[3] & 0x30 == 0x10:
            section = packet[5 + packet[4] :]
            end = min(3 + ((section[1] & 0x0F) << 8 | section[2]) - 4, len(section)) if len(section) > 3 else 0
            wanted |= {(section[i + 2] & 0x1F) << 8 | section[i + 3] for i in range(8, end - 3, 4)}
    return b"".join(found.values())


class _From:
    """A remote file from a place on."""

    def __init__(self, file: RemoteFile, base: int) -> None:
        self._file, self._base = file, base

    @property
    def size(self) -> int | None:
        size = self._file.size
        return None if size is None else max(0, size - self._base)

    def want(
        self, start: int, end: int | None, scope: CancellationScope | None = None, *, urgent: bool = False
    ) -> None:
        self._file.want(self._base + start, None if end is None else self._base + end, scope, urgent=urgent)

    def read(self, position: int, count: int) -> bytes:
        return self._file.read(self._base + position, count)

    def read_exactly(self, position: int, count: int) -> bytes:
        return self._file.read_exactly(self._base + position, count)
