"""Notifications over real D-Bus: what is told, when it is not, and what the buttons do."""

from __future__ import annotations

import asyncio

from api.running import RunningDaemon
from desktop.conftest import next_opened
from desktop.session import NotificationCentre, Panel
from desktop.test_tray import VIDEO, begin, desktop_process, take


async def test_a_finished_clip_is_told_with_its_picture_and_buttons(
    bus: str, companion: RunningDaemon, opened: asyncio.StreamReader
) -> None:
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        job = await take(client, 1, 2)
        bubble = await centre.until(1)
        assert (bubble.summary, bubble.body) == ("Your clip is ready", job["file_name"])
        assert list(bubble.actions.values()) == ["Open", "Open", "Show in folder"]
        assert bubble.hints["image-path"].endswith(f"{job['file_id']}.jpg")
        await centre.press(bubble, "Open")
        assert await next_opened(opened) == str(companion.downloads / job["file_name"])
        await centre.press(bubble, "")
        assert await next_opened(opened) == str(companion.downloads / job["file_name"])


async def test_a_burst_is_one_bubble_replaced_in_place(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, Panel.open(bus) as panel, companion.talk() as client:
        await client.hello()
        await client.ask("queue.pause", {"paused": True})
        jobs = [await begin(client, start, start + 1) for start in (2.0, 4.0, 6.0)]
        await panel.until_entry("https://www.youtube.com")
        process = await desktop_process(client)
        process.suspend()  # so that it hears of all three at once, however long each takes
        await client.ask("queue.pause", {"paused": False})
        for job in jobs:
            await client.job(job["file_id"], within_s=90)
        process.resume()
        bubble = await centre.until(3)
        assert len({one.number for one in centre.bubbles}) == 1
        assert int(bubble.summary.removesuffix(" clips are ready")) >= len(jobs)
        assert bubble.body.splitlines()[0] == (await client.job(jobs[-1]["file_id"]))["file_name"]
        assert list(bubble.actions.values()) == ["Show downloads folder"] * 2


async def test_a_failure_has_the_button_that_helps(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        await client.hello()
        made = await client.ask("clip.create", {"url": "https://www.youtube.com/watch?v=private____"})
        job = await client.job(made["file_id"], within_s=90)
        assert job["state"] == "failed"
        bubble = await centre.until(1)
        assert bubble.summary == "A clip could not be taken"
        assert job["error"]["message"] in bubble.body
        assert len(bubble.actions) == 2


async def test_what_a_client_shows_the_person_is_not_told_again(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        seen = await take(client, 8, 9)
        await client.ask("job.seen", {"file_id": seen["file_id"]})
        told = await take(client, 10, 11)
        bubble = await centre.until(1)
        assert told["file_name"] in bubble.body
        assert all(seen["file_name"] not in one.body for one in centre.bubbles)


async def test_a_server_that_never_answers_holds_nothing_up(bus: str, companion: RunningDaemon) -> None:
    async with (
        NotificationCentre.open(bus, silent=True) as centre,
        Panel.open(bus) as panel,
        companion.talk() as client,
    ):
        process = await desktop_process(client)
        job = await take(client, 12, 13)
        await centre.changes.until(centre.was_asked, "it was asked")
        await panel.until_entry(job["file_name"][:40])
        assert await desktop_process(client) == process


async def test_a_file_that_is_gone_is_said_in_a_sentence(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, Panel.open(bus) as panel, companion.talk() as client:
        job = await take(client, 14, 15)
        first = await centre.until(1)
        await asyncio.to_thread((companion.downloads / job["file_name"]).unlink)
        await panel.click(job["file_name"][:40])
        bubble = await centre.until(2)
        assert bubble.number != first.number
        assert bubble.summary == "The file is no longer there"


async def test_the_link_in_the_clipboard_needs_a_clipboard(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, Panel.open(bus) as panel:
        await panel.click("Download the link in the clipboard")
        bubble = await centre.until(1)
        assert bubble.summary in ("That did not work", "There is no link in the clipboard")
        assert VIDEO not in bubble.body
