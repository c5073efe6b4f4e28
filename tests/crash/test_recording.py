"""Recording a running broadcast: it can be ended at any moment and is kept, it ends by itself, and nothing recorded is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from origin import LocalInternet, verify
from origin.client import get

from .companion import Companion, Json, Line, Refused

LIVE = "https://www.youtube.com/watch?v=LLLLLLLLLL1"
PLAYLIST = "/api/manifest/hls_playlist/id/LLLLLLLLLL1/itag/93/playlist/"
PROMISE_S = 10.0
SEGMENT_S = 2.0
SEGMENT = 60
"""Pictures in one."""
FINAL = ("done", "failed", "cancelled")


def record(companion: Companion | Line, **more: Any) -> str:
    return str(companion.ask("clip.create", **{"url": LIVE, **more})["file_id"])


def recorded(job: Json) -> float:
    return float((job["progress"] or {}).get("recorded_s") or 0.0)


def wait_until(companion: Companion, file_id: str, enough: Callable[[Json], bool]) -> Json:
    """The job as soon as it is so; told by events."""
    with companion.talk() as line:
        job: Json = line.ask("job.get", file_id=file_id)
        events = line.events(60.0)
        while not enough(job):
            assert job["state"] not in FINAL, job
            event = next(events, None)
            assert event is not None, f"silent, and still {job}"
            if event.get("event") == "job" and event["data"]["file_id"] == file_id:
                job = event["data"]
        return job


def wait_recorded(companion: Companion, file_id: str, seconds: float) -> Json:
    return wait_until(companion, file_id, lambda job: recorded(job) >= seconds - 0.01)


def kept(companion: Companion, job: Json, first: int, last: int) -> None:
    """The file is there: every picture from ``first`` to ``last`` once, in order, and sound as long as the pictures."""
    assert job["state"] == "done", job
    path = companion.downloads / job["file_name"]
    assert list(companion.files()) == [path.name]
    pictures = verify.pictures(path)
    assert pictures.faults(first, last) == []
    assert pictures.decode_errors == 0
    sound = verify.track(path)
    silent_s = (last + 1 - first) / 30 - sound.end_s
    assert sound.gaps == ()
    assert -0.03 < silent_s < 0.3, "a stream carries its sound a little later than its pictures"
    assert job["size_bytes"] == path.stat().st_size
    assert companion.staged() == []


def finish(companion: Companion, file_id: str) -> Json:
    """Stop it, and the job that comes of it, within the time that is promised."""
    asked = time.monotonic()
    told = companion.ask("job.finish", file_id=file_id)
    assert told["live"]
    job = companion.wait_for(file_id, FINAL)
    assert time.monotonic() - asked < PROMISE_S
    return job


def test_stopped_in_the_middle_it_is_a_file_from_the_mark_on(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=3, live_growth=1)
    companion.start()
    file_id = record(companion, start_time=2.5)
    running = wait_recorded(companion, file_id, 6.0)
    assert running["live"]
    assert running["state"] == "fetching"
    assert running["progress"]["recorded_bytes"] > 0
    assert running["progress"]["eta_s"] is None
    job = finish(companion, file_id)
    end_s = job["proof"]["end_s"]
    assert end_s >= 8.5
    assert job["proof"]["ended"] == "asked"
    kept(companion, job, 75, round(end_s * 30) - 1)


def test_without_marks_it_begins_where_the_site_still_is(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=4, live_window=3)
    companion.start()
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    job = finish(companion, file_id)
    kept(companion, job, SEGMENT, 4 * SEGMENT - 1)
    assert job["file_name"].startswith("Live fixture"), job["file_name"]


def test_pressing_twice_is_pressing_once(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=3)
    companion.start()
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    with companion.talk() as line:
        for _ in range(5):
            assert line.ask("job.finish", file_id=file_id)["file_id"] == file_id
    job = companion.wait_for(file_id, FINAL)
    kept(companion, job, 0, 3 * SEGMENT - 1)
    assert companion.ask("job.finish", file_id=file_id)["state"] == "done", "and once more is no mistake"


def test_what_is_no_recording_cannot_be_finished(companion: Companion, site: LocalInternet) -> None:
    site.fault("hold", path="/videoplayback*")
    companion.start()
    video = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
    file_id = record(companion, url=video, start_time=1, end_time=3)
    site.wait_for("*.googlevideo.com", "/videoplayback*")
    with pytest.raises(Refused) as refused:
        companion.ask("job.finish", file_id=file_id)
    assert refused.value.code == "not_recording"
    companion.ask("queue.pause", paused=True)
    waiting = record(companion)
    with pytest.raises(Refused) as refused:
        companion.ask("job.finish", file_id=waiting)
    assert refused.value.code == "not_recording", "nobody knows yet that it is a broadcast"
    with pytest.raises(Refused) as refused:
        companion.ask("job.finish", file_id="0" * 26)
    assert refused.value.code == "job_not_found"
    site.release()


@pytest.mark.parametrize(("stalled", "times_before"), [("index.m3u8", 1), ("segment-003.ts", 0)])
def test_a_site_that_stalls_does_not_keep_it_from_ending(
    companion: Companion, site: LocalInternet, stalled: str, times_before: int
) -> None:
    site.settings(live_segments=3, live_growth=1)
    companion.start()
    site.fault("hold", path=PLAYLIST + stalled, nth=times_before + 1, times=0)
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    site.wait_for("manifest.googlevideo.com", PLAYLIST + stalled, requests=times_before + 1)
    job = finish(companion, file_id)
    site.release()
    kept(companion, job, 0, 3 * SEGMENT - 1)


def test_a_broadcast_that_ends_by_itself_is_kept(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=3)
    companion.start()
    file_id = record(companion, end_time="1:00:00")
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    site.settings(live_segments=4, live_ended=True)
    job = companion.wait_for(file_id, FINAL)
    assert job["proof"]["ended"] == "broadcast"
    assert job["proof"]["note"] is None
    kept(companion, job, 0, 4 * SEGMENT - 1)


# Limits ---------------------------------------------------------------------------------------------------------------


def test_the_limit_of_length_ends_it_to_the_frame(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=2, live_growth=1)
    companion.start(env={"CLIPFERRY_RECORDING__MAX_S": "5.5"})
    job = companion.wait_for(record(companion, start_time=1.0), FINAL)
    assert job["proof"]["ended"] == "length"
    assert "0:05.500" in job["proof"]["note"]
    kept(companion, job, 30, 30 + 165 - 1)


def test_an_end_before_the_limit_is_no_limit(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=2, live_growth=1)
    companion.start(env={"CLIPFERRY_RECORDING__MAX_S": "9"})
    job = companion.wait_for(record(companion, start_time=1.0, end_time=6.0), FINAL)
    assert (job["proof"]["ended"], job["proof"]["note"]) == (None, None)
    kept(companion, job, 30, 179)


def test_the_limit_of_size_ends_it_with_a_whole_segment(companion: Companion, site: LocalInternet) -> None:
    names = [f"segment-00{number}.ts" for number in range(4)]
    sizes = [len(get(site, f"https://manifest.googlevideo.com{PLAYLIST}{name}").read()) for name in names]
    companion.start()
    limit = {"max_bytes": sum(sizes) - 1}
    companion.ask("settings.set", **{**companion.ask("settings.get"), "recording": limit})
    job = companion.wait_for(record(companion), FINAL)
    assert job["proof"]["ended"] == "size"
    assert "limit of" in job["proof"]["note"]
    kept(companion, job, 0, 3 * SEGMENT - 1)


# Nothing is lost ------------------------------------------------------------------------------------------------------


def test_an_acknowledged_finish_outlives_the_daemon_and_the_site(companion: Companion, site: LocalInternet) -> None:
    """Killed right behind its answer, started again where the site is gone: what was recorded is the clip."""
    site.settings(live_segments=3)
    companion.start()
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    for worker in companion.workers():
        worker.suspend()  # so that it cannot have been quicker
    assert companion.ask("job.finish", file_id=file_id)["finishing"]
    companion.kill()
    for worker in companion.workers():
        worker.kill()
    assert companion.files() == {}
    site.fault("status", path="*", status=500, times=0)
    companion.start()
    job = companion.wait_for(file_id, FINAL)
    assert job["proof"]["ended"] == "asked"
    kept(companion, job, 0, 3 * SEGMENT - 1)


def test_a_recording_goes_on_after_a_kill_with_what_it_had(companion: Companion, site: LocalInternet) -> None:
    """The playlist has forgotten the beginning by then; the bytes are here."""
    site.settings(live_segments=3, live_window=3)
    companion.start()
    file_id = record(companion, start_time=1.0)
    wait_recorded(companion, file_id, 5.0)
    companion.kill()
    assert companion.wait_no_workers(20.0) == []
    site.settings(live_segments=5, live_window=2)
    site.clear_log()
    companion.start()
    wait_recorded(companion, file_id, 9.0)
    job = finish(companion, file_id)
    kept(companion, job, 30, 5 * SEGMENT - 1)
    asked = {entry.path.rpartition("/")[2] for entry in site.log("manifest.googlevideo.com", "*/segment-*.ts")}
    assert asked <= {"segment-003.ts", "segment-004.ts"}


def test_what_was_missed_ends_it_and_is_said(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=3)
    companion.start()
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    companion.kill()
    site.settings(live_segments=9, live_window=3)
    companion.start()
    job = companion.wait_for(file_id, FINAL)
    assert job["proof"]["ended"] == "lost"
    assert "no longer offers" in job["proof"]["note"]
    kept(companion, job, 0, 3 * SEGMENT - 1)


def test_a_paused_recording_can_be_kept(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=3)
    companion.start()
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    assert companion.ask("job.pause", file_id=file_id)["state"] == "paused"
    job = finish(companion, file_id)
    kept(companion, job, 0, 3 * SEGMENT - 1)


def test_a_worker_that_hangs_over_it_is_ended_and_the_next_one_finishes(
    companion: Companion, site: LocalInternet
) -> None:
    site.settings(live_segments=3)
    companion.start()
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    hung = companion.workers()
    for worker in hung:
        worker.suspend()
    companion.ask("job.finish", file_id=file_id)
    job = companion.wait_for(file_id, FINAL, timeout_s=90.0)
    assert not any(worker.is_running() for worker in hung)
    kept(companion, job, 0, 3 * SEGMENT - 1)


def test_cancelling_it_keeps_nothing(companion: Companion, site: LocalInternet) -> None:
    site.settings(live_segments=3)
    companion.start()
    file_id = record(companion)
    wait_recorded(companion, file_id, 3 * SEGMENT_S)
    assert companion.ask("job.cancel", file_id=file_id)["state"] == "cancelled"
    assert companion.workers() == []
    assert companion.staged() == []
    assert companion.files() == {}


def test_the_same_broadcast_can_be_recorded_again(companion: Companion, site: LocalInternet) -> None:
    """What it shows later is another clip, whatever the marks say."""
    site.settings(live_segments=3)
    companion.start()
    first = record(companion)
    wait_recorded(companion, first, 3 * SEGMENT_S)
    finish(companion, first)
    second = record(companion)
    assert second != first
    wait_recorded(companion, second, 3 * SEGMENT_S)
    job = finish(companion, second)
    assert Path(job["file_name"]).stem.endswith("(2)")
