"""Scheduling policy: retries, back-off, circuit breakers, limits. Pure; time and chance are arguments.

The figures are the promises of docs/RELIABILITY.md. All times are seconds of the monotonic clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...clip.errors import (
    BadMedia,
    ClipError,
    DiskFull,
    FolderMissing,
    FolderNotWritable,
    NetworkError,
    RateLimited,
    SiteError,
    UrlExpired,
    all_kinds,
)
from ...system.backoff import backoff_s
from ..error_texts import ADVICE
from ..errors import WorkerCrashed
from ..failure import Failure
from ..job import FailureCounts, Wait

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
LONGEST_RETRY_AFTER_S = 900.0
"""What a site may ask for at most: a wait that no person sits through is not taken from a header."""
NETWORK_TRIES = 8
SITE_TRIES = 3
MEDIA_TRIES = 2
CRASHES = 2
EXPIRIES = 3
LOOK_AGAIN_S = 2.0
"""How often the disk or the folder is checked for a job whose wait for it is over."""
BREAKER_FAILURES = 5
BREAKER_FIRST_S = 60.0


def wait_after(tries: int, chance: float) -> float:
    """Return the wait after try number ``tries``, counted from 0: 2 s, 4 s, 8 s … 5 min, each ± 50 % by ``chance`` in [0, 1)."""
    return backoff_s(tries + 1, FIRST_WAIT_S, LONGEST_WAIT_S, chance=chance)


# What becomes of a job that failed ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Try again after ``delay_s``, or as soon as what ``reason`` names is there."""

    reason: Wait
    delay_s: float
    tries: FailureCounts


@dataclass(frozen=True, slots=True)
class RetryNow:
    """Try again now; ``fresh``: with newly resolved formats."""

    tries: FailureCounts
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Fail the job."""


Verdict = RetryLater | RetryNow | GiveUp


def after_failure(failure: Failure, tries: FailureCounts, *, online: bool, chance: float) -> Verdict:  # noqa: PLR0911 - a table
    """Decide what becomes of a job that failed with ``failure`` after ``tries``.

    Args:
        online: whether this machine may reach the internet. Without that no try is counted.
    """
    kind = all_kinds().get(failure.code, ClipError)
    more = replace(tries, retries=tries.retries + 1)
    wait_s = wait_after(tries.retries, chance)
    if issubclass(kind, DiskFull):
        return RetryLater(Wait.DISK_FULL, LOOK_AGAIN_S, tries)
    if issubclass(kind, FolderMissing | FolderNotWritable):
        return RetryLater(Wait.FOLDER, wait_after(tries.refusals, chance), replace(tries, refusals=tries.refusals + 1))
    if issubclass(kind, WorkerCrashed) and kind.retryable:
        crashes = replace(tries, crashes=tries.crashes + 1)
        return RetryNow(crashes) if crashes.crashes < CRASHES else GiveUp()
    if issubclass(kind, UrlExpired):
        expiries = replace(tries, expiries=tries.expiries + 1)
        return RetryNow(expiries, fresh=True) if expiries.expiries <= EXPIRIES else GiveUp()
    if issubclass(kind, RateLimited):
        asked_s = min(failure.retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)
        return RetryLater(Wait.RATE_LIMITED, max(asked_s, wait_s), more) if tries.retries < NETWORK_TRIES else GiveUp()
    if not kind.retryable:
        return GiveUp()
    if issubclass(kind, NetworkError):
        if not online:
            return RetryLater(Wait.NETWORK, wait_s, tries)
        return RetryLater(Wait.NETWORK, wait_s, more) if tries.retries < NETWORK_TRIES else GiveUp()
    if issubclass(kind, SiteError):
        return RetryLater(Wait.RETRY, wait_s, more) if tries.retries < SITE_TRIES else GiveUp()
    if issubclass(kind, BadMedia):
        return RetryNow(more, fresh=True) if tries.retries < MEDIA_TRIES else GiveUp()
    return GiveUp()


_RETRY_ADVICE = re.compile(r"\b(try|start)\b.*\bagain\b", re.IGNORECASE)
_REPLACED = frozenset((Wait.NETWORK, Wait.DISK_FULL, Wait.RATE_LIMITED, Wait.RETRY))
"""The waits with advice of their own."""


def waiting_hint(failure: Failure, reason: Wait) -> Failure:
    """``failure`` of a job that now waits for ``reason``, with a hint that holds while the job is retried automatically.

    Advice to try again is replaced. Any other advice (correct the proxy, choose another folder) is what ends the wait, and stays.
    """
    if reason in _REPLACED and (not failure.hint or _RETRY_ADVICE.search(failure.hint)):
        advice = f"wait_{reason}"
        return replace(failure, hint=ADVICE[advice], advice=advice)
    return replace(failure, hint=f"{failure.hint} {ADVICE['continues']}".strip(), advice="continues")


# Who may run ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """How many jobs run at once."""

    total: int
    per_site: int


@dataclass(frozen=True, slots=True)
class Breaker:
    """Circuit breaker of one site: closed below ``BREAKER_FAILURES``, open until ``open_until``, half-open afterwards."""

    failures: int = 0
    open_until: float = 0.0

    def after(self, failure: Failure | None, now: float, *, chance: float = 0.5) -> Breaker:
        """Return the breaker after one more run; ``failure`` is ``None``: it succeeded.

        Rate limiting opens it for as long as the site requests. Repeated failures open it for a minute, then two, …; while it
        is half-open a single job runs.
        """
        if failure is None:
            return Breaker()
        kind = all_kinds().get(failure.code, ClipError)
        if issubclass(kind, RateLimited):
            asked_s = min(failure.retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)
            pause_s = max(asked_s, wait_after(self.failures, chance))
            return Breaker(self.failures + 1, max(self.open_until, now + pause_s))
        if not (kind.retryable and issubclass(kind, SiteError | NetworkError)) or issubclass(kind, UrlExpired):
            # the video's own problem (bad media too), or this machine's: no evidence about the site
            return self
        failures = self.failures + 1
        if failures < BREAKER_FAILURES:
            return replace(self, failures=failures)
        pause_s = backoff_s(failures - BREAKER_FAILURES + 1, BREAKER_FIRST_S, LONGEST_RETRY_AFTER_S)
        return Breaker(failures, max(self.open_until, now + pause_s))

    def closed(self) -> bool:
        """Return whether failures do not limit the site."""
        return self.failures < BREAKER_FAILURES


def busy_sites(
    running: Iterable[str], limits: Limits, breakers: dict[str, Breaker], now: float
) -> frozenset[str] | None:
    """Return the sites of which no further job may start now; ``None``: none may, of any site.

    Args:
        running: the site of every job that runs.
    """
    counts: dict[str, int] = {}
    for site in running:
        counts[site] = counts.get(site, 0) + 1
    if sum(counts.values()) >= limits.total:
        return None
    full = {site for site, count in counts.items() if count >= limits.per_site}
    open_sites = {site for site, breaker in breakers.items() if breaker.open_until > now}
    on_trial = {site for site, breaker in breakers.items() if not breaker.closed() and counts.get(site)}
    return frozenset(full | open_sites | on_trial)


def next_half_open(breakers: dict[str, Breaker], now: float) -> float | None:
    """Return when the next open breaker becomes half-open (monotonic); ``None``: none is open."""
    return min((b.open_until for b in breakers.values() if b.open_until > now), default=None)


# Waits ----------------------------------------------------------------------------------------------------------------


def resume_after_s(not_before: float | None, now: float) -> float:
    """How long a wait that an earlier daemon noted in wall-clock time still lasts.

    Never longer than any wait may be: where the clock was set back by two days in between, nobody waits two days.
    """
    return min(max(0.0, (not_before or 0.0) - now), LONGEST_RETRY_AFTER_S)
