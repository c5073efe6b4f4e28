"""The promises of docs/RELIABILITY.md (facts 2.1), each kept in front of a real daemon, real workers and a real disk."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from disks import small_disk
from origin import LocalInternet, verify

from .companion import Companion, Json, Line
from .holding import STAGES, Hold

WATCH = "https://www.youtube.com/watch?v="
LONG = WATCH + "AAAAAAAAAA1"
RANGE = {"start_time": 10.0, "end_time": 14.0}
SMALL = {"max_height": 360}


def create(companion: Companion | Line, url: str = LONG, **more: Any) -> str:
    params = {"url": url, "output": SMALL, **RANGE, **more}
    return str(companion.ask("clip.create", **params)["file_id"])


def wait_done(companion: Companion, file_id: str, *, may_wait: bool = False) -> Json:
    """The job, done, and exactly the clip. ``may_wait``: it waits for something that is there already, or will be."""
    job = companion.wait_for(file_id, ("done", "failed", *(() if may_wait else ("waiting",))), timeout_s=90)
    assert job["state"] == "done", job
    path = companion.downloads / job["file_name"]
    assert verify.pictures(path).faults(round(job["start_s"] * 30), round(job["end_s"] * 30) - 1) == []
    return job


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


# Two of them ----------------------------------------------------------------------------------------------------------


def test_a_second_daemon_ends_with_75_and_says_where_the_first_is(companion: Companion) -> None:
    companion.start()
    second = subprocess.run(
        [sys.executable, "-m", "clipferry.daemon"], env=companion.env, capture_output=True, text=True, check=False
    )
    facts = json.loads((companion.home / "run" / "daemon.json").read_bytes())
    assert second.returncode == 75
    assert str(facts["pid"]) in second.stdout
    assert str(facts["port"]) in second.stdout
    assert companion.ask("hello", client="cli", version="1")["running"] == 0


def test_the_lock_is_free_the_instant_its_holder_is_killed(companion: Companion) -> None:
    companion.start().kill()
    companion.start()
    assert companion.ask("job.list")["jobs"] == []


def test_ports_that_are_taken_are_passed_over(companion: Companion) -> None:
    with ExitStack() as stack:
        held = set()
        for port in range(8804, 8809):
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", port))
                taken.listen()
            except OSError:
                continue  # Another program has it, for as long as it likes.
            held.add(port)
        companion.start()
        assert json.loads((companion.home / "run" / "daemon.json").read_bytes())["port"] not in held


def test_a_socket_left_by_a_killed_daemon_is_replaced(companion: Companion) -> None:
    companion.start().kill()
    assert companion.socket.exists()
    companion.start()
    assert companion.ask("hello", client="cli", version="1")["protocol"] == 1


def test_sigterm_ends_it_cleanly_in_the_middle_of_work(companion: Companion, site: LocalInternet) -> None:
    site.shape(link_bps=100_000)
    companion.start()
    file_id = create(companion)
    companion.wait_for(file_id, ("fetching",))
    assert companion.stop() == 0
    assert companion.wait_no_workers(20.0) == []
    assert not (companion.home / "run" / "daemon.json").exists()
    site.shape()
    companion.start()
    wait_done(companion, file_id)


# Stopping -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_cancel_leaves_no_process_and_no_byte(companion: Companion, site: LocalInternet, stage: str) -> None:
    hold = Hold(stage, companion, site)
    companion.start()
    file_id = create(companion, **hold.asked)
    hold.wait(file_id)
    assert companion.workers(), "there is nothing to be ended"
    began = time.monotonic()
    assert companion.ask("job.cancel", file_id=file_id)["state"] == "cancelled"
    print(f"\n{stage}: cancelled in {time.monotonic() - began:.2f} s")
    assert companion.workers() == []
    assert companion.staged() == []
    assert companion.files() == {}
    assert create(companion, **hold.asked) != file_id


def test_workers_with_children_die_with_a_killed_daemon(companion: Companion, site: LocalInternet) -> None:
    companion.start()
    file_id = create(companion, output={"kind": "gif"}, start_time=0.0, end_time=30.0)
    companion.wait_for(file_id, ("cutting",))
    companion.kill()
    assert companion.wait_no_workers(20.0) == []


def test_a_worker_that_cannot_hear_is_reaped_at_the_next_start(companion: Companion, site: LocalInternet) -> None:
    site.shape(link_bps=50_000)
    companion.start()
    file_id = create(companion)
    companion.wait_for(file_id, ("fetching",))
    workers = companion.workers()
    for worker in workers:
        worker.suspend()
    companion.kill()
    assert all(worker.is_running() for worker in workers)
    site.shape()
    companion.start()
    assert psutil.wait_procs(workers, timeout=2)[1] == []
    wait_done(companion, file_id)


def fetched(site: LocalInternet) -> int:
    """Bytes of media that were sent since the log was last emptied."""
    return sum(entry.sent for entry in site.log("*.googlevideo.com"))


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_what_was_fetched_is_not_fetched_again(companion: Companion, site: LocalInternet, how: str) -> None:
    times: dict[str, Any] = {"start_time": 5.0, "end_time": 45.0, "output": {"max_height": 720}}
    companion.start()
    wait_done(companion, create(companion, **times))
    whole = fetched(site)
    site.reset()
    site.shape(link_bps=400_000)
    file_id = create(companion, **times, again=True)
    with companion.talk() as line:
        for event in line.events(60):
            progress = event["data"].get("progress") or {}
            if event["data"]["file_id"] == file_id and progress.get("done_bytes", 0) > whole / 3:
                break
    if how == "pause":
        assert companion.ask("job.pause", file_id=file_id)["state"] == "paused"
        assert companion.workers() == []
        site.shape()
        companion.ask("job.resume", file_id=file_id)
    else:
        companion.kill()
        site.shape()
        companion.start()
    wait_done(companion, file_id)
    again = fetched(site) - whole
    print(f"\n{how}: {again} of {whole} bytes were fetched twice")
    assert again <= min(1 << 20, whole // 4)


def test_pause_all_outlives_a_restart(companion: Companion) -> None:
    companion.start()
    companion.ask("queue.pause", paused=True)
    file_id = create(companion)
    companion.kill()
    companion.start()
    assert companion.ask("job.get", file_id=file_id)["state"] == "queued"
    companion.ask("queue.pause", paused=False)
    wait_done(companion, file_id)


# The disk -------------------------------------------------------------------------------------------------------------


def fill(disk: Path, leave: int = 0) -> Path:
    """Take all but ``leave`` bytes, whoever else is writing."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    os.truncate(ballast, max(0, ballast.stat().st_size - leave))
    return ballast


@pytest.mark.parametrize("stage", ["queued", *STAGES])
def test_a_full_disk_is_waited_for(site: LocalInternet, tmp_path: Path, stage: str) -> None:
    with small_disk("96m") as disk, Companion(disk, site.env()) as companion:
        hold = None if stage == "queued" else Hold(stage, companion, site)
        companion.start()
        companion.ask("queue.pause", paused=hold is None)
        # Long enough that the result does not fit into what the history keeps beside it and gives up when the disk is full.
        file_id = create(companion, start_time=0.0, end_time=58.0, **(hold.asked if hold else {}))
        if hold:
            hold.wait(file_id)
        # The wish to go on with the queue has to be noted, for which there must be a little room.
        ballast = fill(disk, leave=0 if hold else 1 << 20)
        began = time.monotonic()
        if hold:
            hold.release()
        else:
            companion.ask("queue.pause", paused=False)
        job = companion.wait_for(file_id, ("waiting", "done", "failed"), timeout_s=60)
        print(f"\n{stage}: waiting after {time.monotonic() - began:.2f} s: {job['error']}")
        assert job["wait_reason"] == "disk_full", job
        assert companion.files() == {}
        assert companion.ask("job.list")["jobs"][0]["file_id"] == file_id, "the history cannot be read"
        ballast.unlink()
        done = companion.wait_for(file_id, ("done", "failed"), timeout_s=90)
        assert done["state"] == "done", done
        assert list(companion.files()) == [done["file_name"]]


def test_a_small_disk_takes_clips_until_it_is_full(site: LocalInternet, tmp_path: Path) -> None:
    """Less than 32 MiB in all: what is left alone grows with the disk."""
    with small_disk("24m") as disk, Companion(tmp_path, site.env(), downloads=disk / "Downloads") as companion:
        companion.start()
        wait_done(companion, create(companion))
        ballast = fill(disk)
        file_id = create(companion, start_time=20.0, end_time=24.0)
        job = companion.wait_for(file_id, ("waiting", "done", "failed"))
        assert job["wait_reason"] == "disk_full", job
        assert "0 MB are free, 1 MB are needed" in job["error"]["message"]
        ballast.unlink()
        wait_done(companion, file_id, may_wait=True)


def test_a_folder_that_is_not_there_is_waited_for(companion: Companion, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    companion.start()
    settings = companion.ask("settings.get")
    companion.ask("settings.set", **{**settings, "downloads_dir": str(drive)})
    file_id = create(companion)
    job = companion.wait_for(file_id, ("waiting", "done", "failed"))
    assert job["wait_reason"] == "folder", job
    companion.kill()
    companion.start()
    drive.mkdir()
    job = companion.wait_for(file_id, ("done", "failed"))
    assert job["state"] == "done", job
    assert [entry.name for entry in drive.iterdir()] == [job["file_name"]]
    assert companion.staged() == []


def test_another_folder_in_the_settings_ends_the_wait_for_the_one_that_is_missing(
    companion: Companion, tmp_path: Path
) -> None:
    companion.start()
    settings = companion.ask("settings.get")
    companion.ask("settings.set", **{**settings, "downloads_dir": str(tmp_path / "missing")})
    file_id = create(companion)
    assert companion.wait_for(file_id, ("waiting", "done", "failed"))["wait_reason"] == "folder"
    companion.kill()  # as if it had been tried often: the next try would be in five minutes
    with contextlib.closing(sqlite3.connect(companion.home / "data" / "jobs.sqlite3")) as database, database:
        database.execute("UPDATE jobs SET not_before = ?", (time.time() + 300,))
    companion.start()
    companion.ask("settings.set", **{**settings, "downloads_dir": str(companion.downloads)})
    wait_done(companion, file_id, may_wait=True)


def test_a_folder_on_another_file_system_gets_its_clip(site: LocalInternet, tmp_path: Path) -> None:
    with small_disk("64m") as disk, Companion(tmp_path, site.env(), downloads=disk / "Downloads") as companion:
        companion.start()
        job = wait_done(companion, create(companion))
        assert list(companion.files()) == [job["file_name"]]
        assert sorted(entry.name for entry in companion.downloads.iterdir()) == [job["file_name"]]


def test_a_read_only_folder_is_waited_for(site: LocalInternet, tmp_path: Path) -> None:
    with small_disk("64m") as disk, Companion(tmp_path, site.env(), downloads=disk / "Downloads") as companion:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        companion.start()
        file_id = create(companion)
        job = companion.wait_for(file_id, ("waiting", "done", "failed"))
        assert job["wait_reason"] == "folder", job
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        job = companion.wait_for(file_id, ("done", "failed"))
        assert job["state"] == "done", job
        assert list(companion.files()) == [job["file_name"]]


# The network ----------------------------------------------------------------------------------------------------------


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


# Cookies --------------------------------------------------------------------------------------------------------------


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


def test_signals_that_stop_a_daemon_twice_do_not_confuse_it(companion: Companion) -> None:
    companion.start()
    assert companion.process is not None
    companion.process.send_signal(signal.SIGTERM)
    companion.process.send_signal(signal.SIGINT)
    assert companion.process.wait(20) == 0
