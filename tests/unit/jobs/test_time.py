"""Clocks that are set, machines that sleep: nobody is woken early, nobody is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.jobs import host_conditions
from clipferry.jobs.host_conditions import HostConditions
from clipferry.jobs.job import Job, Wait
from clipferry.jobs.wait_timers import WaitTimers
from clipferry.protocol.jobs import JobState, OutputParams

DAYS = 2 * 86400.0


@dataclass
class HandClock:
    """A clock whose every hand is set by the test."""

    wall: float = 1_700_000_000.0
    awake: float = 1000.0
    asleep: float = 0.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.awake

    def awake_and_asleep(self) -> float:
        return self.awake + self.asleep

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.awake += seconds

    def sleep(self, seconds: float) -> None:
        self.wall += seconds
        self.asleep += seconds


@given(st.floats(0, 900), st.lists(st.floats(-DAYS, DAYS), max_size=5), st.floats(0, 1000))
def test_setting_the_clock_moves_no_deadline(delay_s: float, jumps: list[float], passed_s: float) -> None:
    clock = HandClock(awake=0.0)
    waits = WaitTimers(clock)
    waits.add("job", Wait.RETRY, delay_s)
    for jump in jumps:
        clock.wall += jump
    clock.pass_(passed_s)
    assert bool(waits.due()) == (passed_s >= delay_s)


@pytest.mark.parametrize("jump", [-DAYS, 0.0, DAYS])
def test_a_wait_survives_a_restart_on_a_clock_that_was_set(jump: float) -> None:
    clock = HandClock()
    job = Job(
        "j", "u", OutputParams(), 1.0, 1.0, JobState.WAITING, wait_reason=Wait.RATE_LIMITED, not_before=clock.wall + 60
    )
    clock.wall += jump
    waits = WaitTimers(clock)
    waits.restore(job)
    clock.pass_(901.0)
    assert waits.due() == [("j", Wait.RATE_LIMITED)]


def test_waking_up_ends_the_wait_for_the_network_and_no_other(tmp_path: Path) -> None:
    clock = HandClock()
    around = HostConditions(clock, tmp_path, lambda: tmp_path, lambda: True)
    waits = WaitTimers(clock)
    waits.add("net", Wait.NETWORK, 300.0)
    waits.add("site", Wait.RATE_LIMITED, 300.0)
    clock.pass_(10.0)
    assert not around.woke_up()
    clock.sleep(3600.0)
    assert around.woke_up()
    assert not around.woke_up(), "it is told once"
    waits.end(Wait.NETWORK)
    assert waits.due() == [("net", Wait.NETWORK)]


def test_what_is_dropped_is_never_due() -> None:
    clock = HandClock()
    waits = WaitTimers(clock)
    waits.add("job", Wait.FOLDER, 1.0)
    waits.drop("job")
    clock.pass_(10.0)
    assert waits.due() == []
    assert waits.soonest() is None


def test_a_clip_that_found_the_disk_full_waits_for_more_room_or_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 100 << 20
    monkeypatch.setattr(host_conditions, "room_bytes", lambda _: room)
    clock = HandClock()
    around = HostConditions(clock, tmp_path, lambda: tmp_path, lambda: True)
    assert around.ready(Wait.DISK_FULL)
    around.note_full()
    assert not around.ready(Wait.DISK_FULL), "it would be begun again at once, and fail again"
    room = 200 << 20
    assert around.ready(Wait.DISK_FULL)
    room = 100 << 20
    clock.pass_(301.0)
    assert around.ready(Wait.DISK_FULL)
    room = -1
    assert not around.ready(Wait.DISK_FULL)
