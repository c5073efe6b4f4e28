"""Progress: one fraction that never falls, whatever order things happen in."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.model import Progress, Stage
from clipferry.clip.progress import ProgressMeter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def meter() -> tuple[ProgressMeter, list[Progress], Clock]:
    told: list[Progress] = []
    clock = Clock()
    return ProgressMeter(told.append, now=clock), told, clock


STEPS = st.lists(
    st.tuples(st.just("bytes"), st.integers(0, 500_000))
    | st.tuples(st.just("written"), st.floats(0, 1))
    | st.tuples(st.just("stage"), st.sampled_from(Stage))
    | st.tuples(st.just("wait"), st.floats(0, 5)),
    max_size=60,
)


@given(STEPS, st.none() | st.integers(0, 2_000_000))
def test_it_never_falls_and_stays_within_0_and_1(steps: list[tuple[str, float]], total: int | None) -> None:
    counted, told, clock = meter()
    counted.expect(total)
    for what, value in steps:
        if what == "wait":
            clock.now += value
        elif what == "bytes":
            counted.bytes(int(value))
        elif what == "written":
            counted.written(value)
        else:
            counted.stage(value)  # type: ignore[arg-type]  # a stage, when "what" says so
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert all(one.eta_s is None or one.eta_s >= 0 for one in told)
    assert all(one.total_bytes is None or one.done_bytes <= one.total_bytes for one in told)


def test_speed_and_time_left_while_fetching() -> None:
    counted, told, clock = meter()
    counted.stage(Stage.FETCHING)
    counted.expect(10_000_000)
    for _ in range(8):
        clock.now += 0.5
        counted.bytes(500_000)
    last = told[-1]
    assert (last.done_bytes, last.total_bytes) == (4_000_000, 10_000_000)
    assert last.speed_bps is not None and 0.9e6 < last.speed_bps < 1.2e6
    assert last.eta_s is not None and 5 < last.eta_s < 7


def test_when_all_bytes_are_there_it_is_cutting() -> None:
    counted, told, clock = meter()
    counted.stage(Stage.FETCHING)
    counted.expect(1000)
    counted.bytes(1000)
    clock.now += 1
    counted.written(0.5)
    assert told[-1].stage is Stage.CUTTING


def test_many_small_pieces_are_not_told_one_by_one() -> None:
    counted, told, clock = meter()
    counted.stage(Stage.FETCHING)
    for _ in range(1000):
        clock.now += 0.001
        counted.bytes(100)
    assert len(told) <= 25
    assert counted.done_bytes == 100_000


def test_a_new_stage_is_told_at_once() -> None:
    counted, told, _ = meter()
    for stage in Stage:
        counted.stage(stage)
    assert [one.stage for one in told] == list(Stage)


def test_threads_lose_no_bytes() -> None:
    counted, _, _ = meter()

    def fetch() -> None:
        for _ in range(1000):
            counted.bytes(3)

    threads = [threading.Thread(target=fetch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted.done_bytes == 24_000
