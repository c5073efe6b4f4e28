"""The context of a run: cancellation, and the progress of a step that is a part of the whole."""

from __future__ import annotations

import pytest

from clipferry.clip.errors import Cancelled
from clipferry.clip.model import Progress, Stage
from clipferry.clip.progress import ProgressMeter
from clipferry.clip.run_context import RunContext


def test_check_raises_once_the_run_is_cancelled() -> None:
    cancelled = [False]
    run = RunContext(cancelled=lambda: cancelled[0])
    run.check()
    cancelled[0] = True
    with pytest.raises(Cancelled):
        run.check()
    with pytest.raises(Cancelled):
        run.part(0.5, 1.0).check()


def test_a_step_with_a_time_out_of_its_own_does_not_cancel_the_run() -> None:
    run = RunContext()
    with pytest.raises(Cancelled):
        run.stopped_by(lambda: True).check()
    run.check()


def test_the_writing_of_two_steps_adds_up_to_that_of_one() -> None:
    def last_fraction(*steps: tuple[float, float]) -> float:
        reports: list[Progress] = []
        seconds = iter(range(1000))
        run = RunContext(ProgressMeter(reports.append, now=lambda: float(next(seconds))))
        run.meter.stage(Stage.CUTTING)
        for begin, end in steps:
            run.part(begin, end).written(1.0)
        return reports[-1].fraction

    assert last_fraction((0.0, 0.5)) < last_fraction((0.0, 0.5), (0.5, 1.0)) == last_fraction((0.0, 1.0))
