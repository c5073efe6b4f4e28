"""What the tests of promises share: the clip that is asked for, and what is expected of it."""

from __future__ import annotations

from typing import Any

from origin import LocalInternet, verify

from .companion import Companion, Json, Line

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


def fetched(site: LocalInternet) -> int:
    """Bytes of media that were sent since the log was last emptied."""
    return sum(entry.sent for entry in site.log("*.googlevideo.com"))
