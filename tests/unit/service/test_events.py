"""Events of the service."""

from __future__ import annotations

import asyncio

from .desk import PERSON, Desk


async def test_events_tell_the_last_word_on_every_job_to_a_slow_listener(desk: Desk) -> None:
    with desk.service.subscribe(PERSON) as events:
        made = [await desk.create(start_time=number) for number in range(20)]
        for _ in range(10):
            for one in made:
                await desk.ask("job.pin", file_id=one.file_id, pinned=True)
        for one in made:
            await desk.ask("job.cancel", file_id=one.file_id)
        told = [await asyncio.wait_for(anext(events), 5) for _ in made]
    assert {event.data.file_id for event in told} == {one.file_id for one in made}
    assert {event.data.state for event in told} == {"cancelled"}


async def test_a_subscription_ends_when_it_is_closed(desk: Desk) -> None:
    events = desk.service.subscribe(PERSON)
    events.close()
    assert [event async for event in events] == []
