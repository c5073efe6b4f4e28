"""A set of byte positions, kept as sorted, disjoint, non-touching ranges ``[start, end)``. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class IntervalSet:
    """Which bytes of a file are there (or requested)."""

    def __init__(self, stretches: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in stretches:
            self.add(start, end)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(list(zip(self._starts, self._ends, strict=True)))

    def __repr__(self) -> str:
        return f"Extents({list(self)})"

    def add(self, start: int, end: int) -> None:
        if start >= end:
            return
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def remove(self, start: int, end: int) -> None:
        if start >= end:
            return
        first = bisect_right(self._ends, start)
        last = bisect_left(self._starts, end)
        if first >= last:
            return
        kept = [(a, b) for a, b in ((self._starts[first], start), (end, self._ends[last - 1])) if a < b]
        self._starts[first:last] = [a for a, _ in kept]
        self._ends[first:last] = [b for _, b in kept]

    def run_end(self, position: int) -> int:
        """Return where the range that holds ``position`` ends; ``position`` itself if it is in none."""
        index = bisect_right(self._starts, position) - 1
        return self._ends[index] if index >= 0 and self._ends[index] > position else position

    def missing(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the gaps within ``[start, end)``, in order."""
        gaps: list[tuple[int, int]] = []
        position = start
        for index in range(bisect_right(self._ends, start), len(self._starts)):
            if self._starts[index] >= end or position >= end:
                break
            if self._starts[index] > position:
                gaps.append((position, self._starts[index]))
            position = self._ends[index]
        if position < end:
            gaps.append((position, end))
        return gaps

    def covers(self, start: int, end: int) -> bool:
        return start >= end or self.run_end(start) >= end

    def total(self) -> int:
        return sum(self._ends) - sum(self._starts)

    def clear(self) -> None:
        self._starts.clear()
        self._ends.clear()
