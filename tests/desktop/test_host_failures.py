"""A desktop in which something is wrong: a sentence or silence, and the daemon and its clips go on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from api.running import RunningDaemon
from desktop.conftest import prepare
from desktop.session import WITHIN_S, NotificationCentre, Panel, session_bus
from desktop.test_tray import begin, desktop_process, take
from origin import Film, LocalInternet

NO_DISPLAY = {"DISPLAY": ":4242"}
HOSTILE = "_Save & <b>win</b> <a href='x'>\u202egnp.exe\u2066\nQuit\r\x1b[31m\x07" + "W" * 200
STEERING = frozenset("\u202e\u2066\n\r\x1b\x07")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short path: sockets lie in it."""
    return tmp_path_factory.mktemp("b")


@pytest.fixture
def address(folder: Path) -> str:
    return f"unix:path={folder}/bus"


@pytest.fixture
async def lonely(folder: Path, address: str, internet: LocalInternet) -> AsyncIterator[RunningDaemon]:
    """A daemon whose session bus is at ``address``, where there is none yet."""
    daemon = prepare(folder / "d", {**internet.env(), **NO_DISPLAY, "DBUS_SESSION_BUS_ADDRESS": address})
    await daemon.start()
    yield daemon
    await daemon.stop()


async def test_without_a_bus_clips_are_taken_and_the_doctor_knows_why_there_is_no_icon(lonely: RunningDaemon) -> None:
    async with lonely.talk() as client:
        assert (lonely.downloads / (await take(client, 1, 2))["file_name"]).is_file()
        async with asyncio.timeout(WITHIN_S):
            while (told := await client.ask("desktop.get"))["reason"].startswith("It has"):
                pass
    assert told["backend"] == ""
    assert told["reason"] == "There is no session bus, and no X11 panel that shows icons."


async def test_a_bus_that_dies_takes_nothing_with_it_and_the_next_one_is_found(
    folder: Path, address: str, lonely: RunningDaemon
) -> None:
    async with lonely.talk() as client:
        settings = await client.ask("settings.get")
        for start in (1, 3):
            with session_bus(folder, address=address):
                await client.ask("settings.set", {**settings, "tray": False, "notifications": False})
                await client.ask("settings.set", settings)
                async with NotificationCentre.open(address) as centre, Panel.open(address) as panel:
                    await panel.until_property("Status", "Active")
                    process = await desktop_process(client)
                    job = await take(client, start, start + 1)
                    await centre.until(job["file_name"])
                    running = await begin(client, start + 10, start + 11)
            psutil.wait_procs([process], timeout=WITHIN_S)
            assert not process.is_running()
            assert (await client.job(running["file_id"], within_s=WITHIN_S))["state"] == "done"


@pytest.fixture(scope="module")
def hostile(internet: LocalInternet) -> Iterator[Film]:
    yield internet.add_film(Film("HOSTILE0001", HOSTILE + "x" * 10_000, seconds=12, itags=(134, 140)))
    internet.reset()


async def test_hostile_titles_are_one_short_line_in_menu_and_notification(
    bus: str, companion: RunningDaemon, hostile: Film
) -> None:
    video = f"https://www.youtube.com/watch?v={hostile.id}"
    async with NotificationCentre.open(bus) as centre, Panel.open(bus) as panel, companion.talk() as client:
        await client.hello()
        made = await client.ask("clip.create", {"url": video, "start_time": 1, "end_time": 2})
        job = await client.job(made["file_id"], within_s=WITHIN_S)
        assert job["state"] == "done", job
        await client.ask("queue.pause", {"paused": True})
        queued = {"url": video, "start_time": 4, "end_time": 5, "title": HOSTILE[:290]}
        await client.ask("clip.create", queued)
        entry = await panel.until_entry("_Save & <b>win</b>")
        bubble = await centre.until("Your clip is ready")
        await client.ask("queue.pause", {"paused": False})
        menu = await panel.menu()
    assert entry.labels == ["Pause", "Cancel"]
    for label in (*menu.labels, bubble.summary, bubble.body):
        assert not STEERING & set(label), label
        assert len(label) <= 100, label
    assert menu.labels.count("Quit") == 1
    assert "<" not in bubble.body, "markup is escaped for a server that reads it"


async def test_a_failure_with_a_hostile_title_is_told_without_markup(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        await client.hello()
        request = {"url": "https://www.youtube.com/watch?v=private____", "title": HOSTILE[:290]}
        job = await client.job((await client.ask("clip.create", request))["file_id"], within_s=WITHIN_S)
        assert job["state"] == "failed"
        bubble = await centre.until("_Save &amp; &lt;b&gt;win&lt;/b&gt;")
    assert len(bubble.body.splitlines()) == 2
    assert not STEERING - {"\n"} & set(bubble.body)
    assert len(bubble.body) <= 500


async def test_a_thumbnail_that_cannot_be_kept_costs_the_picture_alone(bus: str, companion: RunningDaemon) -> None:
    thumbnails = companion.home / "cache" / "thumbnails"
    await asyncio.to_thread(shutil.rmtree, thumbnails, ignore_errors=True)
    await asyncio.to_thread(thumbnails.write_text, "in the way")
    async with NotificationCentre.open(bus) as centre, companion.talk() as client:
        job = await take(client, 7, 8)
        bubble = await centre.until(job["file_name"])
    await asyncio.to_thread(thumbnails.unlink)
    assert "image-path" not in bubble.hints
    assert bubble.actions
