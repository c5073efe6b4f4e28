"""Extents against a set of single bytes."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.download.interval_set import IntervalSet

stretch = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(st.tuples(st.booleans(), stretch), max_size=30), stretch)
def test_extents_are_a_set_of_bytes(steps: list[tuple[bool, tuple[int, int]]], asked: tuple[int, int]) -> None:
    extents, known = IntervalSet(), set[int]()
    for adds, (start, end) in steps:
        if adds:
            extents.add(start, end)
            known |= set(range(start, end))
        else:
            extents.remove(start, end)
            known -= set(range(start, end))
    stretches = list(extents)
    assert {byte for start, end in stretches for byte in range(start, end)} == known
    assert all(start < end for start, end in stretches)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(stretches))
    start, end = asked
    gaps = {byte for a, b in extents.missing(start, end) for byte in range(a, b)}
    assert gaps == set(range(start, end)) - known
    assert extents.covers(start, end) == (not gaps)
    run = extents.run_end(start)
    assert set(range(start, run)) <= known
    assert run not in known
    assert extents.total() == len(known)
