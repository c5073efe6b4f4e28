"""Promises of docs/RELIABILITY.md (facts 2.1) on sites and the network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from origin import LocalInternet

from .companion import Companion
from .promised import LONG, WATCH, create, fetched, wait_done


@pytest.mark.parametrize(
    ("url", "code"),
    [(WATCH + "removed____", "removed_video"), (WATCH + "private____", "private_video"), (LONG, "range_outside_video")],
)
def test_what_cannot_be_had_fails_with_its_reason_and_leaves_nothing(companion: Companion, url: str, code: str) -> None:
    companion.start()
    times = {"start_time": 100.0, "end_time": 110.0} if url == LONG else {}
    job = companion.wait_for(create(companion, url, **times), ("failed", "done"))
    assert job["error"]["code"] == code
    assert job["error"]["hint"]
    assert companion.files() == {}
    assert companion.stop() == 0
    assert companion.staged() == []


def test_a_site_that_says_slow_down_is_left_alone_for_that_long(companion: Companion, site: LocalInternet) -> None:
    companion.start()
    site.fault("status", host="*youtube.com", status=429, times=0, headers={"Retry-After": "4"})
    first = create(companion)
    job = companion.wait_for(first, ("waiting", "done", "failed"))
    assert job["wait_reason"] == "rate_limited", job
    refused = site.log("*youtube.com")
    site.mend()
    second = create(companion, start_time=20.0, end_time=24.0)
    for file_id in (first, second):
        wait_done(companion, file_id, may_wait=True)
    last_s = max(entry.end_s or entry.start_s for entry in refused)
    later = [entry.start_s for entry in site.log("*youtube.com")[len(refused) :]]
    assert later
    assert min(later) >= last_s + 4.0, "it was asked again before its time was up, perhaps for the other clip"


def test_a_network_that_is_gone_for_a_while_is_waited_for(companion: Companion, site: LocalInternet) -> None:
    companion.start()
    companion.ask("resolve", url=LONG)
    site.fault("refuse", host="*", path="*", times=0)
    file_id = create(companion)
    job = companion.wait_for(file_id, ("waiting", "failed"), timeout_s=120)
    assert job["wait_reason"] == "network", job
    site.mend()
    companion.ask("job.retry", file_id=file_id)
    wait_done(companion, file_id)


def test_links_that_expire_all_the_time_are_asked_for_anew(companion: Companion, site: LocalInternet) -> None:
    site.shape(link_bps=150_000)
    site.settings(url_lifetime_s=5)
    # An answer that has begun goes on whatever its link is worth by then; each of these breaks off and has to be asked for again.
    site.fault("reset", path="/videoplayback*", after_bytes=150_000, times=0)
    companion.start()
    wait_done(companion, create(companion, start_time=5.0, end_time=25.0))
    expired = [entry for entry in site.log("*.googlevideo.com") if entry.status == 403]
    asked = site.counters("www.youtube.com", "/watch*").requests
    print(f"\n{len(expired)} links had expired; the site was asked {asked} times")
    assert expired, "nothing expired, so this shows nothing"
    assert asked <= 1 + 3


def test_a_speed_limit_holds_over_all_clips_together(companion: Companion, site: LocalInternet) -> None:
    limit_bps = 250_000
    companion.start()
    companion.ask("resolve", url=LONG)
    settings = companion.ask("settings.get")
    companion.ask("settings.set", **{**settings, "network": {**settings["network"], "speed_limit_bps": limit_bps}})
    output: dict[str, Any] = {"output": {"max_height": 720}}
    began = time.monotonic()
    both = [create(companion, start_time=start, end_time=start + 15.0, **output) for start in (5.0, 30.0)]
    for file_id in both:
        wait_done(companion, file_id)
    took_s = time.monotonic() - began
    # A bucket of one second, and a connection may have one block under way when it is empty.
    assert fetched(site) - 4 * 262_144 <= limit_bps * (took_s + 1.0)
    assert fetched(site) > 2 * limit_bps, "so little was fetched that this shows nothing"


def test_a_lent_session_is_used_and_gone_when_the_job_ends(companion: Companion, site: LocalInternet) -> None:
    cookies = [
        {"domain": ".youtube.com", "name": "LOGIN_INFO", "value": "s3cret-login"},
        {"domain": ".evil.example", "name": "other", "value": "s3cret-other"},
    ]
    companion.start()
    file_id = create(companion, cookies=cookies)
    companion.wait_for(file_id, ("done", "failed"))
    sent = [entry for entry in site.log("www.youtube.com", "/watch*") if "s3cret-login" in str(entry.headers)]
    assert sent, "the session was not used"
    assert "s3cret-other" not in str([entry.headers for entry in site.log()])
    companion.stop()
    left = [path for path in companion.home.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
    assert left == []
    shared = Path("/dev/shm")
    assert list(shared.rglob(f"{file_id}*")) == []
