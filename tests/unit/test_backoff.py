from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.system.backoff import backoff_s

chances = st.floats(0, 1, exclude_max=True)


def test_it_doubles_up_to_the_longest() -> None:
    waits = [backoff_s(failures, 2.0, 15.0) for failures in range(1, 7)]
    assert waits == [2.0, 4.0, 8.0, 15.0, 15.0, 15.0]


@given(st.integers(1, 100_000), chances)
def test_it_never_overflows_nor_exceeds_the_longest(failures: int, chance: float) -> None:
    assert 1.0 <= backoff_s(failures, 2.0, 300.0, chance=chance) <= 300.0


@given(st.lists(chances, min_size=2, max_size=2, unique=True))
def test_waits_at_the_longest_are_still_spread(pair: list[float]) -> None:
    low, high = (backoff_s(1000, 2.0, 300.0, chance=chance / 2) for chance in sorted(pair))
    assert low <= high
    assert low >= 150.0


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.5, 0.999])
def test_each_failure_waits_no_shorter_than_the_one_before(chance: float) -> None:
    waits = [backoff_s(failures, 0.5, 15.0, chance=chance) for failures in range(1, 40)]
    assert all(one <= other for one, other in itertools.pairwise(waits))
