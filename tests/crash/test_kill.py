"""``kill -9`` of the daemon, of its workers and of both, at random moments, again and again, with several jobs under way.

After every kill: Downloads holds whole clips only. In the end: every job that was accepted is done, every clip is exact, and
nothing else is left anywhere (facts 2.1, first row). Publishing has a sweep of its own (``test_publish_sweep``).
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from clipferry.jobs.job import RUNNING
from origin import LocalInternet, verify

from .companion import Companion, Json

POINTS = int(os.environ.get("CLIPFERRY_KILL_POINTS", "50"))
"""Per stage, over all victims."""
STAGES = ("resolving", "fetching", "cutting")
VICTIMS = ("daemon", "both", "workers")
AT_ONCE = 4
FPS = 30
FLEET = {"CLIPFERRY_CONCURRENCY": str(AT_ONCE), "CLIPFERRY_PER_SITE": str(AT_ONCE)}


class Fleet:
    """Jobs that are kept under way, each of another range of one video."""

    def __init__(self, companion: Companion) -> None:
        self.companion = companion
        self.wanted: dict[str, tuple[int, int]] = {}

    def top_up(self) -> None:
        """See that there are more unfinished jobs than may run."""
        with self.companion.talk() as line:
            for job in self.jobs():
                if job["state"] == "failed":
                    assert job["error"]["code"] == "worker_crashed", job
                    line.ask("job.retry", file_id=job["file_id"])
            missing = AT_ONCE + 1 - line.ask("hello", client="script", version="test")["running"]
            for _ in range(missing):
                first = 60 + len(self.wanted) * 7 % 1200
                last = first + 90 + len(self.wanted) % 5
                url = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
                times = {"start_time": first / FPS, "end_time": last / FPS}
                job = line.ask("clip.create", url=url, **times, output={"max_height": 360})
                self.wanted[job["file_id"]] = (first, last - 1)

    def wait_until_one_is(self, stage: str) -> None:
        """Returns at the event; or when all jobs have got past it, which is as good a moment as any."""
        with self.companion.talk() as line:
            if stage not in self.states().values():
                any(event.get("data", {}).get("state") in (stage, "done", "failed") for event in line.events(20.0))

    def jobs(self) -> list[Json]:
        found: list[Json] = []
        with self.companion.talk() as line:
            page = line.ask("job.list", limit=200)
            found += page["jobs"]
            while page["next_cursor"]:
                page = line.ask("job.list", limit=200, cursor=page["next_cursor"])
                found += page["jobs"]
        return found

    def states(self) -> dict[str, str]:
        """As committed; read from the file, whoever lives."""
        with closing(sqlite3.connect(self.companion.home / "data" / "jobs.sqlite3")) as database:
            return dict(database.execute("SELECT id, state FROM jobs"))


@pytest.mark.timeout(900)
def test_nothing_is_lost_and_nothing_is_left_whoever_is_killed_whenever(site: LocalInternet, tmp_path: Path) -> None:
    site.shape(latency_s=0.03, link_bps=2_000_000)
    chance = random.Random(20261122)
    points: Counter[tuple[str, str]] = Counter()
    slowest_start_s, slowest_end_s, turn = 0.0, 0.0, 0
    with Companion(tmp_path, {**site.env(), **FLEET}) as companion:
        fleet = Fleet(companion)
        companion.start()
        while missing := [stage for stage in STAGES if _hits(points, stage) < POINTS]:
            fleet.top_up()
            fleet.wait_until_one_is(missing[turn % len(missing)])
            # The moment of the kill: chance, and nothing that could be waited for.
            time.sleep(chance.uniform(0.0, 0.2))
            victim = VICTIMS[turn % len(VICTIMS)]
            turn += 1
            if victim != "workers":
                companion.kill()
            workers = companion.workers()
            points.update((victim, state) for state in fleet.states().values() if state in RUNNING)
            if victim != "daemon":
                for worker in workers:
                    if "clipferry.jobs.worker" in _command(worker):
                        worker.kill()
            if victim == "workers":
                continue
            began = time.monotonic()
            assert not companion.wait_no_workers(20.0), "a worker outlived its daemon"
            slowest_end_s = max(slowest_end_s, time.monotonic() - began)
            _only_whole_clips(companion, fleet)
            if turn % 2:  # What was resolved is asked for anew, so that this stage is hit as well.
                shutil.rmtree(companion.home / "cache" / "resolved", ignore_errors=True)
            began = time.monotonic()
            companion.start()
            slowest_start_s = max(slowest_start_s, time.monotonic() - began)
        site.shape()
        _finish(companion, fleet)
        print(
            f"\nkill points: {dict(points)}; {len(fleet.wanted)} jobs; slowest start {slowest_start_s:.2f} s,"
            f" slowest end of a worker {slowest_end_s:.2f} s"
        )


def _hits(points: Counter[tuple[str, str]], stage: str) -> int:
    return sum(points[who, stage] for who in VICTIMS)


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _only_whole_clips(companion: Companion, fleet: Fleet) -> None:
    """With the daemon dead: no job is lost, and every file in Downloads is a whole clip."""
    assert len(fleet.states()) == len(fleet.wanted)
    assert companion.strangers() == []


def _finish(companion: Companion, fleet: Fleet) -> None:
    """Let every job end, and look at everything."""
    for file_id in fleet.wanted:
        job = companion.wait_for(file_id, ("done", "failed"))
        while job["state"] == "failed":
            assert job["error"]["code"] == "worker_crashed", job
            companion.ask("job.retry", file_id=file_id)
            job = companion.wait_for(file_id, ("done", "failed"))
    names = {}
    for job in fleet.jobs():
        names[job["file_name"]] = job
        first, last = fleet.wanted[job["file_id"]]
        assert verify.pictures(companion.downloads / job["file_name"]).faults(first, last) == [], job
    assert companion.files().keys() == names.keys()
    assert len(names) == len(fleet.wanted)
    assert companion.stop() == 0
    assert companion.staged() == []
    assert companion.wait_no_workers(20.0) == []
