"""What the retention settings delete: nothing unless that is turned on, and never a pinned clip."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipferry.jobs.job import Job
from clipferry.jobs.policy.expiry import expired
from clipferry.protocol.jobs import JobState, OutputParams
from clipferry.protocol.settings import RetentionSettings

DAY = 86400.0
NOW = 400 * DAY


def clip(number: int, age_days: float, size: int, pinned: bool = False) -> Job:
    at = NOW - age_days * DAY
    return Job(
        *(str(number), "u", OutputParams(), at, at, JobState.DONE), finished_at=at, size_bytes=size, pinned=pinned
    )


clips = st.lists(st.tuples(st.floats(0, 390), st.integers(0, 1000), st.booleans()), max_size=30).map(
    lambda rows: [clip(number, *row) for number, row in enumerate(sorted(rows, key=lambda row: -row[0]))]
)
rules = st.builds(
    RetentionSettings, max_age_days=st.none() | st.integers(1, 400), max_total_bytes=st.none() | st.integers(1, 20_000)
)


@given(clips)
def test_nothing_goes_unless_it_was_turned_on(all_: list[Job]) -> None:
    assert expired(all_, RetentionSettings(), NOW) == []


@given(clips, rules)
def test_what_stays_and_what_goes(all_: list[Job], wanted: RetentionSettings) -> None:
    gone = expired(all_, wanted, NOW)
    stays = [one for one in all_ if one not in gone]
    assert not any(one.pinned for one in gone)
    if wanted.max_age_days is not None:
        limit = NOW - wanted.max_age_days * DAY
        assert all(one.pinned or (one.finished_at or 0) >= limit for one in stays)
    if wanted.max_total_bytes is not None:
        total = sum(one.size_bytes or 0 for one in stays)
        assert total <= wanted.max_total_bytes or all(one.pinned for one in stays)
    elif wanted.max_age_days is not None:
        assert all((one.finished_at or 0) < NOW - wanted.max_age_days * DAY for one in gone)


def test_the_oldest_go_first() -> None:
    all_ = [clip(1, 9, 100), clip(2, 5, 100), clip(3, 1, 100)]
    assert [one.id for one in expired(all_, RetentionSettings(max_total_bytes=250), NOW)] == ["1"]
