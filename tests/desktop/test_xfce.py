"""A real X11 desktop, used with pointer and keys as a person does: xfce4-panel, dunst, the clipboard."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from api.running import RunningDaemon
from crash.test_idle import WINDOWS, calls
from desktop.conftest import next_opened
from desktop.displays import program, until_changed, until_output, until_owned, x11_picture
from desktop.session import NOTIFICATIONS
from desktop.test_tray import desktop_process, restart_tray, take
from desktop.xfce import XfcePanel, write_settings
from e2e.screen import Screen

SHORT = "https://www.youtube.com/shorts/SSSSSSSSSS1"
MOST_MEMORY = 40 << 20
"""Bytes of the tray's process."""


@pytest.fixture(scope="module")
def bus_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    write_settings(home)
    return home


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with Screen() as running:
        yield running


@pytest.fixture(scope="module")
def display(screen: Screen) -> Mapping[str, str]:
    return {"DISPLAY": screen.name}


@pytest.fixture
async def panel(
    bus: str, bus_home: Path, screen: Screen, display: Mapping[str, str], companion: RunningDaemon
) -> AsyncIterator[XfcePanel]:
    env = {**display, "HOME": str(bus_home), "DBUS_SESSION_BUS_ADDRESS": bus}
    async with XfcePanel.open(screen, env) as running:
        yield running


async def test_a_clip_is_opened_with_the_pointer_and_the_queue_paused_with_the_keys(
    panel: XfcePanel, companion: RunningDaemon, opened: asyncio.StreamReader
) -> None:
    async with companion.talk() as client:
        await client.hello()
        job = await take(client, 1, 2)
        await panel.choose("Down")
        assert await next_opened(opened) == str(companion.downloads / job["file_name"])
        for paused in (True, False):
            await panel.open_menu()
            await panel.select("Up", "Up")
            panel.screen.press("Return")
            await client.event("queue", lambda data, paused=paused: data["paused"] is paused)
        await panel.click()
        page = (await next_opened(opened)).removeprefix("file://")
        assert "http://127.0.0.1" in await asyncio.to_thread(Path(page).read_text)


async def test_a_panel_that_is_killed_and_started_again_shows_the_icon(
    bus: str, bus_home: Path, screen: Screen, display: Mapping[str, str], panel: XfcePanel, companion: RunningDaemon
) -> None:
    await panel.icon()
    panel.kill()
    await panel.until_gone()
    async with XfcePanel.open(screen, {**display, "HOME": str(bus_home), "DBUS_SESSION_BUS_ADDRESS": bus}) as again:
        await again.icon()


@contextlib.asynccontextmanager
async def dunst(bus: str, display: Mapping[str, str], folder: Path) -> AsyncIterator[dict[str, str]]:
    """A notification server, where whoever asks for the menu of actions chooses the one that shows a folder; gives the environment to talk to it."""
    chooser = folder / "chooser"
    chooser.write_text("#!/bin/sh\nexec grep -m1 Show\n")
    chooser.chmod(0o755)
    config = folder / "dunstrc"
    config.write_text(f"[global]\ndmenu = {chooser}\noffset = 10x60\n")
    env = {**display, "PATH": os.environ["PATH"], "HOME": str(folder), "DBUS_SESSION_BUS_ADDRESS": bus}
    with program(["dunst", "-conf", str(config)], env):
        await until_owned(bus, NOTIFICATIONS)
        yield env


async def test_the_buttons_of_a_bubble_in_a_real_notification_server(
    bus: str,
    display: Mapping[str, str],
    screen: Screen,
    companion: RunningDaemon,
    opened: asyncio.StreamReader,
    tmp_path: Path,
) -> None:
    async with dunst(bus, display, tmp_path) as env, companion.talk() as client:
        await client.hello()
        await restart_tray(client)  # a new one has no bubble that the next clip could be added to
        empty = x11_picture(screen)
        job = await take(client, 3, 4)
        _, box = await until_changed(lambda: x11_picture(screen), empty, "a bubble")
        assert box[2] - box[0] > 200
        await asyncio.to_thread(subprocess.run, ["dunstctl", "action", "0"], env=env, check=True)
        assert await next_opened(opened) == str(companion.downloads / job["file_name"])
        job = await take(client, 5, 6)
        await until_changed(lambda: x11_picture(screen), empty, "another bubble")
        await asyncio.to_thread(subprocess.run, ["dunstctl", "context"], env=env, check=True)
        assert await next_opened(opened) == str(companion.downloads)


async def test_copy_file_puts_the_file_into_the_clipboard(
    panel: XfcePanel, display: Mapping[str, str], companion: RunningDaemon
) -> None:
    async with companion.talk() as client:
        job = await take(client, 7, 8)
        await panel.open_menu()
        for keys in (["Up"] * 6, ["Right"], ["Right"], ["Down", "Down"]):
            await panel.select(*keys)
        panel.screen.press("Return")
        uri = (companion.downloads / job["file_name"]).as_uri()
        command = ["xclip", "-o", "-selection", "clipboard", "-t", "text/uri-list"]
        await until_output(command, display, uri)


async def test_the_link_in_the_clipboard_becomes_a_file(
    panel: XfcePanel, display: Mapping[str, str], companion: RunningDaemon, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.write_text(f"{SHORT}\n")
    command = ["xclip", "-quiet", "-i", "-selection", "clipboard", str(link)]
    async with companion.talk() as client:
        await client.hello()
        with program(command, display):
            await until_output(["xclip", "-o", "-selection", "clipboard"], display, SHORT)
            await panel.choose("Up", "Up", "Up")
            job = await client.event("job", lambda data: "SSSSSSSSSS1" in data["url"] and data["state"] == "done")
        assert (companion.downloads / job["file_name"]).is_file()


async def test_an_idle_tray_never_wakes_up_and_is_small(
    panel: XfcePanel, companion: RunningDaemon, tmp_path: Path
) -> None:
    await panel.icon()
    async with companion.talk() as client:
        process = await desktop_process(client)
    seen: list[str] = []
    for _ in range(WINDOWS):
        if not (seen := await asyncio.to_thread(calls, [process.pid], tmp_path)):
            break
    assert seen == []
    assert process.memory_info().rss <= MOST_MEMORY
