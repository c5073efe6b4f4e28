"""Policy: who runs, who waits and how long. By the thousand, with time and chance as arguments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clipferry.clip import errors
from clipferry.jobs.errors import TooMuchMemory, WorkerCrashed, WorkerHung
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import FailureCounts, Wait
from clipferry.jobs.policy import scheduler
from clipferry.jobs.policy.scheduler import Breaker, GiveUp, Limits, RetryLater, RetryNow

chances = st.floats(0, 1, exclude_max=True)
kinds = st.sampled_from(sorted(errors.all_kinds()))


def of(kind: type[errors.ClipError], retry_after_s: float | None = None) -> Failure:
    return Failure(kind.code, "s", "h", retry_after_s=retry_after_s)


@given(st.integers(0, 200), chances)
def test_waits_grow_to_five_minutes_and_no_further(tries: int, chance: float) -> None:
    wait_s = scheduler.wait_after(tries, chance)
    assert 1.0 <= wait_s <= scheduler.LONGEST_WAIT_S
    assert wait_s >= min(2.0 * 2.0 ** min(tries, 30), scheduler.LONGEST_WAIT_S) / 2


@given(kinds, st.booleans(), st.lists(chances, min_size=60, max_size=60), st.none() | st.floats(0, 1e9))
def test_nothing_is_tried_for_ever_but_what_only_waits_for_this_machine(
    code: str, online: bool, chance: list[float], retry_after_s: float | None
) -> None:
    tries = FailureCounts()
    failure = Failure(code, "s", "h", retry_after_s=retry_after_s)
    for number, one in enumerate(chance):
        match scheduler.after_failure(failure, tries, online=online, chance=one):
            case GiveUp():
                assert number <= scheduler.NETWORK_TRIES
                return
            case RetryLater(reason, delay_s, more):
                assert 0 < delay_s <= scheduler.LONGEST_RETRY_AFTER_S
                if more == tries or reason is Wait.FOLDER:
                    assert reason in (Wait.DISK_FULL, Wait.FOLDER) or (reason is Wait.NETWORK and not online)
                    return
                tries = more
            case RetryNow(more, _):
                assert more != tries
                tries = more
    pytest.fail(f"{code} is tried again and again")


@pytest.mark.parametrize("kind", [errors.FolderMissing, errors.FolderNotWritable])
def test_a_folder_that_refuses_again_and_again_is_tried_less_and_less_often(kind: type[errors.ClipError]) -> None:
    """For ever, and without taking away any of the tries that the network has."""
    tries, delays = FailureCounts(), []
    for _ in range(12):
        verdict = scheduler.after_failure(of(kind), tries, online=True, chance=0.5)
        assert isinstance(verdict, RetryLater)
        assert verdict.reason is Wait.FOLDER
        delays.append(verdict.delay_s)
        tries = verdict.tries
    assert delays == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, *[scheduler.LONGEST_WAIT_S] * 4]
    assert tries.retries == 0


def test_a_clip_that_needs_too_much_memory_is_not_tried_again() -> None:
    assert scheduler.after_failure(of(TooMuchMemory), FailureCounts(), online=True, chance=0.5) == GiveUp()


@pytest.mark.parametrize(
    "kind", [errors.PrivateVideo, errors.RemovedVideo, errors.InvalidRange, errors.DrmProtected, errors.TlsError]
)
def test_what_will_not_change_is_told_at_once(kind: type[errors.ClipError]) -> None:
    assert scheduler.after_failure(of(kind), FailureCounts(), online=True, chance=0.5) == GiveUp()


def test_retry_after_is_obeyed_and_capped() -> None:
    asked = scheduler.after_failure(of(errors.RateLimited, 120.0), FailureCounts(), online=True, chance=0.0)
    assert isinstance(asked, RetryLater)
    assert asked.delay_s == 120.0
    absurd = scheduler.after_failure(of(errors.RateLimited, 1e6), FailureCounts(), online=True, chance=0.0)
    assert isinstance(absurd, RetryLater)
    assert absurd.delay_s == 900.0


def test_an_expired_address_is_asked_for_anew_three_times() -> None:
    tries = FailureCounts()
    for _ in range(3):
        verdict = scheduler.after_failure(of(errors.UrlExpired), tries, online=True, chance=0.5)
        assert isinstance(verdict, RetryNow)
        assert verdict.fresh
        tries = verdict.tries
    assert scheduler.after_failure(of(errors.UrlExpired), tries, online=True, chance=0.5) == GiveUp()


@pytest.mark.parametrize("kind", [WorkerCrashed, WorkerHung])
def test_a_worker_that_dies_gets_one_more_chance(kind: type[errors.ClipError]) -> None:
    first = scheduler.after_failure(of(kind), FailureCounts(), online=True, chance=0.5)
    assert isinstance(first, RetryNow)
    assert scheduler.after_failure(of(kind), first.tries, online=True, chance=0.5) == GiveUp()


@given(st.one_of(st.none(), st.floats(0, 4e9)), st.floats(0, 4e9))
def test_a_wait_noted_by_an_earlier_daemon_never_becomes_days(not_before: float | None, now: float) -> None:
    assert 0 <= scheduler.resume_after_s(not_before, now) <= scheduler.LONGEST_RETRY_AFTER_S


@given(
    st.lists(st.sampled_from("abc"), max_size=20),
    st.integers(1, 16),
    st.integers(1, 16),
    st.dictionaries(st.sampled_from("abc"), st.builds(Breaker, st.integers(0, 20), st.floats(0, 100))),
    st.floats(0, 100),
)
def test_limits_hold_whatever_runs(
    running: list[str], total: int, per_site: int, breakers: dict[str, Breaker], now: float
) -> None:
    busy = scheduler.busy_sites(running, Limits(total, per_site), breakers, now)
    if len(running) >= total:
        assert busy is None
        return
    assert busy is not None
    for site in "abc":
        if site not in busy:
            assert running.count(site) < per_site
            assert site not in breakers or breakers[site].open_until <= now


class Site(RuleBasedStateMachine):
    """One site over time: while it is to be left alone, nobody asks it; once it works again, everybody may."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.breaker = Breaker()
        self.left_alone_until = 0.0

    @rule(seconds=st.floats(0.1, 400))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(asked_s=st.floats(0, 5000))
    def asks_us_to_wait(self, asked_s: float) -> None:
        self.breaker = self.breaker.after(of(errors.RateLimited, asked_s), self.now)
        self.left_alone_until = max(self.left_alone_until, self.now + min(asked_s, 900.0))

    @rule(kind=st.sampled_from([errors.SiteError, errors.NetworkError]))
    def fails(self, kind: type[errors.ClipError]) -> None:
        self.breaker = self.breaker.after(of(kind), self.now)

    @rule(
        kind=st.sampled_from(
            [errors.RemovedVideo, errors.BadMedia, errors.DiskFull, errors.UrlExpired, errors.TlsError, WorkerCrashed]
        )
    )
    def one_video_fails(self, kind: type[errors.ClipError]) -> None:
        assert self.breaker.after(of(kind), self.now) == self.breaker

    @rule()
    def works(self) -> None:
        if self.breaker.open_until <= self.now:
            self.breaker = self.breaker.after(None, self.now)
            assert self.breaker == Breaker()

    @invariant()
    def the_wait_is_kept(self) -> None:
        busy = scheduler.busy_sites([], Limits(4, 4), {"s": self.breaker}, self.now)
        assert busy is not None
        if self.now < self.left_alone_until:
            assert "s" in busy
        assert self.breaker.open_until <= self.now + scheduler.LONGEST_RETRY_AFTER_S
        if self.breaker.failures >= scheduler.BREAKER_FAILURES:
            on_trial = scheduler.busy_sites(["s"], Limits(4, 4), {"s": self.breaker}, self.now)
            assert on_trial is not None
            assert "s" in on_trial, "a site that failed five times in a row is asked by one job at a time"


TestSite = Site.TestCase
