"""What the tray knows of the jobs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.desktop.job_list import RECENT, JobList, TrayJob
from clipferry.desktop.tray import tray_state


def job(number: int, state: str, **more: Any) -> TrayJob:
    return TrayJob(f"{number:026d}", state, f"clip {number}", finished_at=float(number), **more)


def test_the_ten_newest_clips_are_kept_newest_first() -> None:
    jobs = JobList()
    for number in range(1, 15):
        jobs.put(job(number, "done"))
    assert [one.name for one in jobs.recent] == [f"clip {number}" for number in range(14, 14 - RECENT, -1)]


def test_a_job_moves_from_the_unfinished_to_the_clips() -> None:
    jobs = JobList()
    jobs.put(job(1, "fetching", fraction=0.5))
    assert [one.state for one in jobs.unfinished] == ["fetching"]
    before = jobs.put(job(1, "done"))
    assert before is not None
    assert before.state == "fetching"
    assert jobs.unfinished == []
    assert len(jobs.recent) == 1
    jobs.remove(jobs.recent[0].file_id)
    assert jobs.recent == []


def test_a_failure_asks_for_attention_until_it_was_looked_at() -> None:
    jobs = JobList()
    jobs.put(job(1, "fetching"))
    jobs.put(job(1, "failed"))
    assert jobs.needs_attention
    jobs.mark_seen()
    assert not jobs.needs_attention


def test_failures_of_earlier_days_ask_for_no_attention() -> None:
    jobs = JobList()
    jobs.fill([job(1, "failed"), job(2, "done")])
    assert not jobs.needs_attention


@pytest.mark.parametrize(("reason", "asks"), [("disk_full", True), ("folder", True), ("network", False), (None, False)])
def test_waiting_for_space_or_the_folder_asks_for_attention(reason: str | None, asks: bool) -> None:
    jobs = JobList()
    jobs.put(job(1, "waiting", wait_reason=reason))
    assert jobs.needs_attention is asks


def test_the_icon_changes_by_steps_and_not_with_every_percent() -> None:
    jobs, states = JobList(), set()
    for percent in range(101):
        jobs.put(job(1, "fetching", fraction=percent / 100))
        states.add(tray_state(jobs))
    assert len(states) == 21


_json = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
_json |= st.lists(_json, max_size=2) | st.dictionaries(
    st.sampled_from(("code", "fraction", "message")), _json, max_size=2
)
_fields = ("file_id", "state", "progress", "error", "file_name", "title", "url", "live", "finished_at", "start_s")


@given(st.dictionaries(st.sampled_from(_fields), _json))
def test_a_message_of_another_version_is_read_or_left_out(message: dict[str, Any]) -> None:
    read = TrayJob.from_message(message)
    assert (read is not None) == (isinstance(message.get("file_id"), str) and isinstance(message.get("state"), str))
