from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.download.download_queue import MOST_BYTES, pieces
from clipferry.clip.download.remote_file import OPEN
from clipferry.clip.http.retry_policy import ConcurrencyController, RetryPolicy, retry_after_s


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_and_stay_within_bounds(failures: int, chance: float) -> None:
    retry_policy = RetryPolicy()
    wait = retry_policy.wait_s(failures, chance)
    assert 0 < wait <= retry_policy.longest_wait_s
    assert retry_policy.wait_s(failures + 1, chance) >= wait


def test_retry_after_is_read_in_both_forms() -> None:
    assert retry_after_s("7", 0.0) == 7
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT", 1445412470.0) == 10
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT", 1e10) == 0
    assert retry_after_s("99999999999999", 0.0) == 86400


@given(st.one_of(st.none(), st.text(max_size=60)), st.floats(0, 4e9))
def test_any_retry_after_is_a_wait_or_none(text: str | None, now: float) -> None:
    wait = retry_after_s(text, now)
    assert wait is None or 0 <= wait <= 86400


@given(st.integers(0, 1 << 40), st.integers(1, 1 << 31))
def test_requests_cover_the_stretch_once_and_none_is_throttled(start: int, size: int) -> None:
    parts = pieces(start, start + size)
    assert parts[0][0] == start
    assert parts[-1][1] == start + size
    assert all(before[1] == after[0] for before, after in itertools.pairwise(parts))
    assert all(0 < end - begin <= MOST_BYTES for begin, end in parts)
    assert len(parts) == -(-size // MOST_BYTES)


def test_an_open_end_is_one_request() -> None:
    assert pieces(5, OPEN) == [(5, OPEN)]


def test_connections_are_added_while_they_help() -> None:
    pace = ConcurrencyController(most=4)
    now = 0.0
    for rate in (1_000, 2_000, 3_000, 4_000, 8_000):
        for _ in range(4):
            now += 0.5
            pace.moved(rate, now)
    assert pace.limit == 4
    pace.trouble()
    assert pace.limit == 3
    for _ in range(9):
        pace.trouble()
    assert pace.limit == 1


def test_connections_are_not_added_where_they_bring_nothing() -> None:
    pace = ConcurrencyController(most=4)
    now = 0.0
    for _ in range(60):
        now += 0.5
        pace.moved(1_000, now)
    assert pace.limit <= 3
