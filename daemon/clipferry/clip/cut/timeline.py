"""Pure arithmetic of a cut: its edges, what of the last GOP can be kept, decode times.

Timestamps are integers in ticks of the source stream. *Reorder* is the number of frames that may precede a frame in decode order
and follow it in display order (H.264 ``num_reorder_frames``); it bounds everything here.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .strategy_errors import ReorderExceeded


class Marks(NamedTuple):
    """The edges of a clip on one stream: the last frame with ``pts <= start`` to the last with ``pts < end`` (``None``: to the end)."""

    start: int
    end: int | None

    @classmethod
    def of(cls, start: Fraction, end: Fraction | None, tolerance: Fraction) -> Marks:
        """Round exact positions in ticks; ``tolerance`` (ticks) is how far a mark may miss the frame it means."""
        last = None if end is None else math.ceil(end - tolerance)
        return cls(math.floor(start + tolerance), last)

    def before_end(self, pts: int) -> bool:
        return self.end is None or pts < self.end


def first_frame(pts: Sequence[int], marks: Marks) -> int | None:
    """Return the frame on screen at the start: the last at or before it; ``None``: all come later."""
    return max((p for p in pts if p <= marks.start), default=None)


def keep_before(held: Sequence[int], missing: Sequence[int]) -> int:
    """Return how many of the packets ``held`` (pts in decode order, the last of a copied run) can stay, if the frames ``missing`` are
    encoded and appended.

    All that stay have to display before all that are appended, and none may follow in decode order a packet that goes.
    """
    keep = len(held)
    earliest = min(missing, default=None)
    while earliest is not None:
        cut = next((i for i in range(keep) if held[i] > earliest), keep)
        if cut == keep:
            break
        earliest = min(earliest, *held[cut:keep])
        keep = cut
    return keep


class DecodeClock:
    """Decode times for packets in decode order, from their presentation times alone and without looking ahead.

    The packet at place *i* is decoded when the frame ``reorder`` places earlier in display order is shown, so
    ``dts = sorted_pts[i - reorder]``. That value is final once packet *i* is known: a later packet displays after at least
    ``i - reorder + 1`` of those seen. The first ``reorder`` packets count down from the first frame by ``step``.
    """

    def __init__(self, reorder: int, step: int, first_pts: int) -> None:
        self._reorder = reorder
        self._step = max(step, 1)
        self._first = first_pts
        self._count = 0
        self._waiting: list[int] = []
        self._last: int | None = None

    def next(self, pts: int) -> int:
        """Return the decode time of the next packet.

        Raises:
            ReorderExceeded: it would be after the presentation time.
        """
        heapq.heappush(self._waiting, pts)
        if self._count < self._reorder:
            dts = self._first - (self._reorder - self._count) * self._step
        else:
            dts = heapq.heappop(self._waiting)
        self._count += 1
        if self._last is not None:
            dts = max(dts, self._last + 1)  # two frames at one time
        if dts > pts:
            raise ReorderExceeded(self._reorder + 1)
        self._last = dts
        return dts


def needed_reorder(pts: Sequence[int]) -> int:
    """Return the reorder depth of a run of packets in decode order."""
    seen: list[int] = []
    depth = 0
    for p in pts:
        depth = max(depth, sum(1 for other in seen[-32:] if other > p))
        seen.append(p)
    return depth
