"""When a version has to go: at once when it cannot be used, else when three clips of two sites failed within its first hour."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import all_kinds
from clipferry.ytdlp.probation import JOBS, PROBATION_S, SITES, SUSPECT, UNUSABLE, Probation

CODES = st.sampled_from(sorted(all_kinds()))
FAILURES = st.lists(
    st.tuples(CODES, st.integers(1, 5).map(str), st.sampled_from(["a", "b", "c"]), st.floats(0, 2 * PROBATION_S)),
    max_size=20,
)


def new() -> Probation:
    return Probation("2030.1.1", ends=PROBATION_S)


def fail(record: Probation, *failures: tuple[str, str], code: str = "extractor_failed", now: float = 1.0) -> Probation:
    for job, site in failures:
        record = record.after(code, job=job, site=site, now=now)
    return record


def test_three_clips_of_two_sites() -> None:
    record = fail(new(), ("1", "a"), ("2", "a"), ("3", "b"))
    assert record.lost("extractor_failed")
    assert record.jobs == {"1", "2", "3"}


def test_fewer_clips_or_one_site_are_not_enough() -> None:
    assert not fail(new(), ("1", "a"), ("2", "b")).lost("extractor_failed")
    assert not fail(new(), ("1", "a"), ("2", "a"), ("3", "a"), ("4", "a")).lost("extractor_failed")
    assert not fail(new(), ("1", "a"), ("1", "a"), ("2", "b"), ("2", "b")).lost("extractor_failed")


def test_after_its_first_hour_it_is_trusted() -> None:
    record = fail(new(), ("1", "a"), ("2", "a"), ("3", "b"), now=PROBATION_S)
    assert not record.lost("extractor_failed")
    assert record.lost("engine_broken")


def test_what_a_site_says_is_no_fault_of_its() -> None:
    for code in ("site_error", "private_video", "network", "rate_limited", "bad_media", "disk_full"):
        assert fail(new(), ("1", "a"), ("2", "a"), ("3", "b"), code=code) == new()


def test_every_code_that_counts_is_one_that_exists() -> None:
    import clipferry.jobs.errors  # noqa: F401, PLC0415

    assert set(all_kinds()) >= UNUSABLE | SUSPECT


@given(FAILURES)
def test_it_goes_only_for_a_reason(failures: list[tuple[str, str, str, float]]) -> None:
    record = new()
    for code, job, site, now in failures:
        record = record.after(code, job=job, site=site, now=now)
        counted = {(j, s) for c, j, s, t in failures if c in UNUSABLE or (c in SUSPECT and t < PROBATION_S)}
        assert record.failed <= counted
        if record.lost(code) and code not in UNUSABLE:
            assert len({j for j, _ in counted}) >= JOBS
            assert len({s for _, s in counted}) >= SITES
