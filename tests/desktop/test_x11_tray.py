"""X11 without a panel that knows StatusNotifierItems: pystray's X11 icon in a system tray, and the move to a better panel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from api.running import RunningDaemon
from desktop.conftest import next_opened
from desktop.displays import coloured_box, middle, until_changed, until_painted, x11_picture
from desktop.session import Panel
from desktop.system_tray import SIZE, SystemTray
from desktop.test_tray import begin, restart_tray
from e2e.screen import Screen


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with Screen() as running:
        yield running


@pytest.fixture(scope="module")
def display(screen: Screen) -> Mapping[str, str]:
    return {"DISPLAY": screen.name}


async def test_the_icon_is_painted_and_each_button_opens_the_history(
    bus: str, screen: Screen, companion: RunningDaemon, opened: asyncio.StreamReader
) -> None:
    with SystemTray(screen.name) as tray:
        async with companion.talk() as client:
            await client.hello()
            await restart_tray(client)
            box = await _icon(screen)
            assert min(box[2] - box[0], box[3] - box[1]) > SIZE * 0.6, "it fills its place"
            for button in (1, 3):
                screen.click(*middle(box), button=button)
                page = (await next_opened(opened)).removeprefix("file://")
                assert "http://127.0.0.1" in await asyncio.to_thread(Path(page).read_text)
            told = await client.ask("desktop.get")
            assert (told["backend"], told["reason"]) == ("xorg", "the panel shows X11 icons only")
            assert len(tray.docked) == 1


async def test_the_icon_shows_a_job_in_the_place_it_has(bus: str, screen: Screen, companion: RunningDaemon) -> None:
    with SystemTray(screen.name) as tray:
        async with companion.talk() as client:
            await _icon(screen)
            idle, asked = x11_picture(screen), len(tray.docked)
            await begin(client, 1, 4)
            await until_changed(lambda: x11_picture(screen), idle, "another picture while a clip is being taken")
            await until_painted(lambda: x11_picture(screen), lambda now: now == idle, "the first picture again")
        assert len(tray.docked) == asked


async def test_a_tray_that_is_killed_and_started_again_and_a_better_panel_get_the_icon(
    bus: str, screen: Screen, companion: RunningDaemon, opened: asyncio.StreamReader
) -> None:
    async with companion.talk() as client:
        for _ in range(2):
            with SystemTray(screen.name):
                await _icon(screen)
            await until_painted(lambda: x11_picture(screen), lambda now: coloured_box(now) is None, "no icon")
        with SystemTray(screen.name):
            screen.click(*middle(await _icon(screen)))
            assert (await next_opened(opened)).startswith("file://")
            async with Panel.open(bus) as panel:
                await panel.until_property("Status", "Active")
                await until_painted(lambda: x11_picture(screen), lambda now: coloured_box(now) is None, "no icon")
                assert (await client.ask("desktop.get"))["backend"] == "status_notifier"


async def _icon(screen: Screen) -> tuple[int, int, int, int]:
    """Wait until an icon is painted; gives where."""
    picture = await until_painted(
        lambda: x11_picture(screen), lambda now: coloured_box(now) is not None, "an icon in the tray"
    )
    box = coloured_box(picture)
    assert box is not None
    return box
