"""Resolving, fetching and cutting, broken at chosen system calls of the worker and of the daemon (facts 2.1, first row).

A clip is recorded under ``strace``; then, for points spread over all that was recorded of a stage, the same clip is asked for
again and the process dies at exactly that call. After each: Downloads holds nothing that is not whole, the clip goes on by itself
within five seconds, comes out exact, hardly a byte is fetched twice, and nothing is left. Publishing: ``test_publish_sweep``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from clipferry.jobs.job import RUNNING
from origin import LocalInternet, verify

from .companion import Companion, Json, Line
from .tracing import Point, killing, points, recording, spread, traced

POINTS = int(os.environ.get("CLIPFERRY_SWEEP_POINTS", "3"))
"""Kills of each victim in each stage. ``CLIPFERRY_SWEEP_POINTS=50`` takes half an hour."""
STAGES = ("resolving", "fetching", "cutting")
RESUMED_WITHIN_S = 5.0
FETCHED_TWICE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Clip:
    """What is asked for: pictures ``first`` to ``last`` of a film of 30 a second."""

    first: int
    last: int
    output: dict[str, Any]

    def params(self) -> dict[str, Any]:
        times = {"start_time": self.first / 30, "end_time": (self.last + 1) / 30}
        return {"url": "https://www.youtube.com/watch?v=AAAAAAAAAA1", **times, "output": self.output, "again": True}


# Enough bytes to be lost, and enough pictures to be made.
FETCHED = Clip(300, 899, {"max_height": 720})
ENCODED = Clip(300, 539, {"max_height": 360, "mode": "reencode"})
CLIPS = {"resolving": FETCHED, "fetching": FETCHED, "cutting": ENCODED}


class Sweep:
    """One installation, in which clips are asked for again and again. ``victim``: ``worker`` or ``daemon``."""

    def __init__(self, victim: str, companion: Companion, site: LocalInternet, root: Path) -> None:
        self.victim, self._companion, self._site, self._trace = victim, companion, site, root / "trace"
        self.hit: Counter[str] = Counter()
        self.slowest_resume_s = 0.0
        self.most_again_bytes = 0
        self._whole_bytes: dict[str, int] = {}

    def record(self, stage: str) -> list[Point]:
        """Where the victim can be hit in ``stage``."""
        clip = CLIPS[stage]
        self._prepare()
        with traced(self._pid(), self._trace, *recording()):
            self._whole_bytes[stage] = self._finish(clip, self._begin(clip))
        if self.victim == "daemon":
            return points(self._trace, "state", (*STAGES, "publishing"))[stage]
        found = points(self._trace, "stage", (*STAGES, "proving", "publishing"))
        return found[stage] + (found["proving"] + found["publishing"] if stage == "cutting" else [])

    def strike(self, stage: str, point: Point) -> None:
        """Take the clip once more; the victim dies at ``point`` of ``stage`` if it comes to it."""
        clip = CLIPS[stage]
        self._prepare()
        file_id, state, hit = self._follow(clip, stage, point)
        if hit and self.victim == "daemon":
            file_id, state = self._start_again(clip, file_id, state)
        assert file_id is not None
        again_bytes = self._finish(clip, file_id) - self._whole_bytes[stage]
        if hit and state in RUNNING:
            self.hit[state] += 1
            self.most_again_bytes = max(self.most_again_bytes, again_bytes)
        assert again_bytes <= FETCHED_TWICE_BYTES, (self.victim, stage, point)

    def _prepare(self) -> None:
        """A daemon that runs, with a worker that has nothing to do, and nothing known of the video."""
        if not self._idle():
            self._finish(ENCODED, self._begin(ENCODED))
        shutil.rmtree(self._companion.home / "cache" / "resolved", ignore_errors=True)
        self._site.reset()
        # Slow enough for a worker that is traced: what waits in its sockets when it dies was sent, but never came.
        self._site.shape(link_bps=1_500_000)

    def _idle(self) -> list[psutil.Process]:
        return [one for one in self._companion.workers() if "clipferry.jobs.worker" in one.cmdline()]

    def _pid(self) -> int:
        assert self._companion.process is not None
        return self._companion.process.pid if self.victim == "daemon" else self._idle()[0].pid

    def _begin(self, clip: Clip, line: Line | None = None) -> str:
        return str((line or self._companion).ask("clip.create", **clip.params())["file_id"])

    def _follow(self, clip: Clip, stage: str, point: Point) -> tuple[str | None, str, bool]:
        """Begin, break at ``point`` once ``stage`` is reached, and follow the clip to its end, to the daemon's, or to where it has to
        begin again; its id if that was told, the state that it was in last, and whether somebody died."""
        file_id, state = None, "queued"
        [worker] = self._idle()
        with ExitStack() as tracing:
            try:
                with self._companion.talk() as line:
                    if stage == "resolving":
                        tracing.enter_context(traced(self._pid(), self._trace, *killing(point)))
                    file_id = self._begin(clip, line)
                    for event in line.events(60.0):
                        if event.get("event") != "job" or event["data"]["file_id"] != file_id:
                            continue
                        before, state = state, event["data"]["state"]
                        if before in RUNNING and state == "queued":
                            return file_id, before, True
                        if state in ("done", "failed"):
                            return file_id, before, False
                        if state == stage != before and stage != "resolving":
                            with _held(worker):
                                tracing.enter_context(traced(self._pid(), self._trace, *killing(point)))
            except EOFError:
                return file_id, state, True
        raise AssertionError(f"{state} and silent")

    def _start_again(self, clip: Clip, file_id: str | None, state: str) -> tuple[str, str]:
        """After the daemon's death: look at what it left, start the next one, and see the clip go on; its id and its state then."""
        assert self._companion.process is not None
        self._companion.process.wait(20)
        assert self._companion.wait_no_workers(20.0) == [], "a worker outlived its daemon"
        assert self._companion.strangers() == []
        with closing(sqlite3.connect(self._companion.home / "data" / "jobs.sqlite3")) as database:
            rows = dict(database.execute("SELECT id, state FROM jobs"))
        state = (
            rows[file_id] if file_id else next(iter(rows.values()), "")
        )  # who was told an id finds it, whatever happened
        self._companion.start()
        began = time.monotonic()
        file_id = file_id or next(iter(rows), None) or self._begin(clip)
        self._companion.wait_for(file_id, (*RUNNING, "done"), timeout_s=20)
        self.slowest_resume_s = max(self.slowest_resume_s, time.monotonic() - began)
        return file_id, state

    def _finish(self, clip: Clip, file_id: str) -> int:
        """Let the clip be done, look at it, and take it away; gives the bytes of media that were sent for it."""
        job: Json = self._companion.wait_for(file_id, ("done", "failed", "waiting"), timeout_s=60)
        assert job["state"] == "done", job
        sent = sum(entry.sent for entry in self._site.log("*.googlevideo.com"))
        assert list(self._companion.files()) == [job["file_name"]]
        assert verify.pictures(self._companion.downloads / job["file_name"]).faults(clip.first, clip.last) == []
        self._companion.ask("job.remove", file_id=file_id, delete_file=True)
        assert self._companion.files() == {}
        assert self._companion.staged() == []
        return sent


@contextlib.contextmanager
def _held(worker: psutil.Process) -> Iterator[None]:
    """Nothing goes on meanwhile, as far as it depends on the worker."""
    with contextlib.suppress(psutil.NoSuchProcess):
        worker.suspend()
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.resume()


@pytest.mark.timeout(120 + 120 * POINTS)
@pytest.mark.parametrize("victim", ["worker", "daemon"])
def test_killed_at_a_system_call_of_every_stage(
    companion: Companion, site: LocalInternet, tmp_path: Path, victim: str
) -> None:
    companion.start()
    sweep = Sweep(victim, companion, site, tmp_path)
    recorded = {stage: sweep.record(stage) for stage in STAGES}
    for stage in STAGES:
        for point in spread(recorded[stage], 4 * POINTS):  # some come too late: threads race
            if sweep.hit[stage] >= POINTS:
                break
            sweep.strike(stage, point)
    print(
        f"\n{victim}: {dict(sweep.hit)} of { ({stage: len(those) for stage, those in recorded.items()}) } points hit;"
        f" slowest resume {sweep.slowest_resume_s:.2f} s, at most {sweep.most_again_bytes} bytes fetched twice"
    )
    assert sweep.slowest_resume_s <= RESUMED_WITHIN_S
    for stage in STAGES:
        assert sweep.hit[stage] >= POINTS, f"{stage} was hardly hit"
    assert companion.stop() == 0
    assert companion.wait_no_workers(20.0) == []
