"""What listeners hear of a job: not every step, but always the last."""

from __future__ import annotations

from dataclasses import replace

from clipferry.clip.model import Progress, Stage
from clipferry.event_bus import Events
from clipferry.jobs.job import LOCAL_OWNER, Job
from clipferry.protocol.jobs import Job as JobMessage
from clipferry.protocol.jobs import JobState, OutputParams
from clipferry.system.clock import SystemClock

JOB = Job(
    "01m8fyqn4dbqtwkggycxky11aq",
    "https://www.youtube.com/watch?v=AAAAAAAAAA1",
    OutputParams(),
    1.0,
    1.0,
    JobState.FETCHING,
)


def progress(fraction: float) -> Progress:
    return Progress(stage=Stage.FETCHING, fraction=fraction)


async def test_the_latest_progress_before_a_standstill_is_published() -> None:
    events = Events(SystemClock())
    heard: list[float] = []
    with events.subscribe(LOCAL_OWNER) as subscription:
        for step in range(1, 9):
            events.publish_job(JOB, progress(step / 10))
        async for event in subscription:
            assert isinstance(event.data, JobMessage) and event.data.progress is not None
            heard.append(event.data.progress.fraction)
            if heard[-1] == 0.8:
                break
    assert heard == [0.1, 0.8]


async def test_what_was_kept_back_does_not_come_behind_the_end() -> None:
    events = Events(SystemClock())
    heard: list[JobState] = []
    with events.subscribe(LOCAL_OWNER) as subscription:
        events.publish_job(JOB, progress(0.1))
        events.publish_job(JOB, progress(0.9))
        events.publish_job(replace(JOB, state=JobState.CANCELLED), None)
        async for event in subscription:
            assert isinstance(event.data, JobMessage)
            heard.append(event.data.state)
            events.close()
    assert heard == [JobState.CANCELLED]
    assert not events._kept_back
