"""Notifications over real D-Bus: what is told, when it is not, and what the buttons do."""

from __future__ import annotations

import asyncio
from typing import Any

from api.running import RunningDaemon
from desktop.conftest import next_opened
from desktop.session import NotificationCentre, Panel
from desktop.test_tray import VIDEO, begin, desktop_process, take


def ended(job: dict[str, Any]) -> tuple[float, str]:
    """Sort key: what ended first comes first."""
    return job["finished_at"], job["file_id"]


async def test_a_finished_clip_is_told_with_its_picture_and_buttons(
    bus: str, companion: RunningDaemon, opened: asyncio.StreamReader
) -> None:
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        job = await take(client, 1, 2)
        bubble = await centre.until(job["file_name"])
        assert (bubble.summary, bubble.body) == ("Your clip is ready", job["file_name"])
        assert list(bubble.actions.values()) == ["", "Open", "Show in folder"]
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
        before = len(centre.bubbles)
        done = [await client.job(job["file_id"], within_s=90) for job in jobs]
        process.resume()
        newest_first = [job["file_name"] for job in sorted(done, key=ended, reverse=True)]
        bubble = await centre.until(*newest_first)
        assert len({one.number for one in centre.bubbles[before:]}) == 1
        assert int(bubble.summary.removesuffix(" clips are ready")) >= len(jobs)
        assert bubble.body.splitlines()[: len(jobs)] == newest_first
        assert list(bubble.actions.values()) == ["", "Show downloads folder"]


async def test_a_failure_has_the_button_that_helps(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        await client.hello()
        made = await client.ask("clip.create", {"url": "https://www.youtube.com/watch?v=private____"})
        job = await client.job(made["file_id"], within_s=90)
        assert job["state"] == "failed"
        bubble = await centre.until(job["error"]["message"])
        assert bubble.summary == "A clip could not be taken"
        assert len(bubble.actions) == 2


async def test_what_a_client_shows_the_person_is_not_told_again(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        seen = await take(client, 8, 9)
        await client.ask("job.seen", {"file_id": seen["file_id"]})
        told = await take(client, 10, 11)
        await centre.until(told["file_name"])
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
        first = await centre.until(job["file_name"])
        await asyncio.to_thread((companion.downloads / job["file_name"]).unlink)
        await panel.click(job["file_name"][:40])
        bubble = await centre.until("The file is no longer there")
        assert bubble.number != first.number


async def test_the_link_in_the_clipboard_needs_a_clipboard(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, Panel.open(bus) as panel:
        await panel.click("Download the link in the clipboard")
        bubble = await centre.until("That did not work")
        assert VIDEO not in bubble.body
