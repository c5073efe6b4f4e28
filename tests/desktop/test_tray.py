"""The tray over real D-Bus: its icon and menu as a panel sees them, and what its entries do, with a real daemon behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psutil

from api.client import SocketClient
from api.running import RunningDaemon
from desktop.conftest import next_opened
from desktop.session import WITHIN_S, NotificationCentre, Panel

VIDEO = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


async def begin(client: SocketClient, start: float, end: float) -> Any:
    """Ask for a clip."""
    await client.hello()
    return await client.ask("clip.create", {"url": VIDEO, "start_time": start, "end_time": end, "again": True})


async def take(client: SocketClient, start: float, end: float) -> Any:
    """Make a clip and wait for it."""
    job = await client.job((await begin(client, start, end))["file_id"], within_s=90)
    assert job["state"] == "done", job
    return job


async def desktop_process(client: SocketClient) -> psutil.Process:
    return psutil.Process((await client.ask("desktop.get"))["pid"])


async def restart_tray(client: SocketClient) -> None:
    """Have a new desktop process; returns when it follows the daemon."""
    settings = await client.ask("settings.get")
    before = (await client.ask("desktop.get"))["pid"]
    await client.ask("settings.set", {**settings, "tray": False, "notifications": False})
    while (told := await client.ask("desktop.get"))["pid"] is not None:
        pass
    await client.ask("settings.set", settings)
    while not (told := await client.ask("desktop.get"))["backend"]:
        pass
    assert told["pid"] != before


async def test_a_panel_shows_icon_and_menu_and_a_click_opens_the_file(
    bus: str, companion: RunningDaemon, opened: asyncio.StreamReader
) -> None:
    async with NotificationCentre.open(bus), Panel.open(bus) as panel, companion.talk() as client:
        await client.hello()
        await panel.until_property("Status", "Active")
        assert await panel.property("Id") == "clipferry"
        assert [size[0] for size in await panel.property("IconPixmap")] == [24, 48]
        job = await take(client, 1, 2)
        path = str(companion.downloads / job["file_name"])
        await panel.click(job["file_name"][:40])
        assert await next_opened(opened) == path
        await panel.click("More for these clips", job["file_name"][:40], "Open")
        assert await next_opened(opened) == path
        await panel.click("Show downloads folder")
        assert await next_opened(opened) == str(companion.downloads)
        await panel.activate()
        page = (await next_opened(opened)).removeprefix("file://")
        assert "http://127.0.0.1" in await asyncio.to_thread(Path(page).read_text)


async def test_a_running_job_is_shown_and_can_be_cancelled(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus), Panel.open(bus) as panel, companion.talk() as client:
        await client.ask("queue.pause", {"paused": True})
        job = await begin(client, 2, 3)
        entry = await panel.until_entry("https://www.youtube.com")
        assert entry.labels == ["Pause", "Cancel"]
        assert (await panel.menu()).labels[0] == "Paused"
        await panel.click("https://www.youtube.com", "Cancel")
        assert (await client.job(job["file_id"]))["state"] == "cancelled"
        await panel.click("Pause all")
        await client.event("queue", lambda data: data["paused"] is False)
        await panel.until_toggle("Pause all", 0)


async def test_a_panel_that_comes_late_or_again_gets_the_icon(bus: str, companion: RunningDaemon) -> None:
    for _ in range(2):
        async with Panel.open(bus) as panel:
            await panel.until_property("Status", "Active")


async def test_a_panel_that_answers_nonsense_is_survived(bus: str, companion: RunningDaemon) -> None:
    async with companion.talk() as client:
        process = await desktop_process(client)
        async with Panel.open(bus, answer_nonsense=True) as panel:
            await panel.changes.until(panel.was_asked, "it was asked")
        async with Panel.open(bus) as panel:
            await panel.until_property("Status", "Active")
        assert await desktop_process(client) == process


async def test_the_daemon_knows_which_icon_is_shown(bus: str, companion: RunningDaemon) -> None:
    async with Panel.open(bus) as panel, companion.talk() as client:
        await panel.icon()
        told = await client.ask("desktop.get")
        assert told["backend"] == "status_notifier"
        assert psutil.Process(told["pid"]).cmdline()[-1] == "clipferry.desktop"


async def test_a_killed_tray_comes_back_and_tells_what_it_missed(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, Panel.open(bus) as panel, companion.talk() as client:
        await panel.icon()
        count = len(panel.items)
        process = await desktop_process(client)
        process.suspend()  # what ends while it stands still and dies is told by its successor
        job = await take(client, 3, 4)
        process.kill()
        await centre.until(job["file_name"])

        async def again() -> bool:
            return len(panel.items) > count

        await panel.changes.until(again, "the icon is there again")


async def test_the_settings_switch_it_off_and_on(bus: str, companion: RunningDaemon) -> None:
    async with companion.talk() as client:
        settings = await client.ask("settings.get")
        process = await desktop_process(client)
        await client.ask("settings.set", {**settings, "tray": False, "notifications": False})
        psutil.wait_procs([process], timeout=WITHIN_S)
        assert not process.is_running()
        async with Panel.open(bus) as panel:
            await client.ask("settings.set", settings)
            await panel.until_property("Status", "Active")


async def test_quit_stops_the_companion(bus: str, companion: RunningDaemon) -> None:
    async with Panel.open(bus) as panel, companion.talk() as client:
        await panel.icon()
        daemon, tray = companion.process, await desktop_process(client)
        await panel.click("Quit")
        _, alive = psutil.wait_procs([daemon, tray], timeout=WITHIN_S)
        assert alive == []
    await companion.start()
