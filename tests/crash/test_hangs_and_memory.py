"""A worker that stands still or grows without end, as the person meets it: a real daemon, its own watch, one more try, then a
clear failure, and nothing left of it."""

from __future__ import annotations

from typing import Any

import psutil

from clipferry.clip.http.retry_policy import RetryPolicy
from clipferry.jobs.worker.pool import MAX_RSS_BYTES, STANDSTILL_S
from origin import LocalInternet, verify

from .companion import Companion
from .impatient import impatient

CLIP: dict[str, Any] = {"url": "https://www.youtube.com/watch?v=AAAAAAAAAA1", "start_time": 5.0, "end_time": 25.0}
SLOW_BPS = 150_000


def create(companion: Companion) -> str:
    return str(companion.ask("clip.create", **CLIP, output={"max_height": 360})["file_id"])


def stop_in_fetching(companion: Companion, file_id: str) -> list[psutil.Process]:
    """Let its worker stand still for ever, as one in an endless loop would."""
    companion.wait_for(file_id, ("fetching",))
    stopped = companion.workers()
    for process in stopped:
        process.suspend()
    return stopped


def test_a_worker_that_stands_still_is_ended_and_the_clip_is_tried_once_more(
    companion: Companion, site: LocalInternet
) -> None:
    site.shape(link_bps=SLOW_BPS)
    impatient(companion, standstill_s=8.0).start()
    file_id = create(companion)
    stopped = stop_in_fetching(companion, file_id)
    companion.wait_for(file_id, ("queued", "resolving"))
    assert psutil.wait_procs(stopped, timeout=20)[1] == []
    site.shape()
    job = companion.wait_for(file_id, ("done", "failed"))
    assert job["state"] == "done", job
    assert verify.pictures(companion.downloads / job["file_name"]).faults(150, 749) == []


def test_one_that_stands_still_twice_is_a_clear_failure(companion: Companion, site: LocalInternet) -> None:
    site.shape(link_bps=SLOW_BPS)
    impatient(companion, standstill_s=8.0).start()
    file_id = create(companion)
    stop_in_fetching(companion, file_id)
    companion.wait_for(file_id, ("queued", "resolving"))
    stopped = stop_in_fetching(companion, file_id)
    job = companion.wait_for(file_id, ("done", "failed"))
    assert (job["state"], job["error"]["code"]) == ("failed", "worker_hung")
    assert job["error"]["hint"]
    assert psutil.wait_procs(stopped, timeout=20)[1] == []
    assert companion.files() == {}
    assert companion.ask("hello", client="cli", version="1")["running"] == 0


def test_what_grows_beyond_its_limit_is_ended_and_what_does_not_is_done(companion: Companion) -> None:
    """Real work that really grows: for a GIF ffmpeg holds all pictures until it knows their colours, here 540 of them, half a
    gigabyte. The whole tree counts, since the growing one is the worker's child."""
    impatient(companion, memory_bytes=300 << 20).start()
    output = {"kind": "gif", "max_height": 360}
    grows = str(companion.ask("clip.create", **{**CLIP, "end_time": 32.0}, output=output)["file_id"])
    job = companion.wait_for(grows, ("done", "failed"), timeout_s=90)
    assert (job["state"], job["error"]) == ("failed", {**job["error"], "code": "too_much_memory"})
    assert companion.files() == {}
    fits = create(companion)
    job = companion.wait_for(fits, ("done", "failed"), timeout_s=90)
    assert job["state"] == "done", job


def test_a_site_that_stands_still_is_no_worker_that_does() -> None:
    """A connection without a byte is given up within half a minute and tried again within a minute; only what is silent for longer
    than that, and than any wait between two tries, is a worker that hangs."""
    retry_policy = RetryPolicy()
    longest_silence_s = max(retry_policy.stall_s, retry_policy.connect_s) + retry_policy.longest_wait_s * 1.5
    assert retry_policy.stall_s <= 30
    assert longest_silence_s <= 60
    assert retry_policy.longest_retry_after_s < STANDSTILL_S
    assert longest_silence_s < STANDSTILL_S
    assert MAX_RSS_BYTES == 2 << 30
