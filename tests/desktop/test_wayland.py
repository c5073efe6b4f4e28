"""A Wayland desktop without X11: sway without a screen, waybar's tray, and the clipboard by wl-clipboard."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from api.running import RunningDaemon
from desktop.displays import Sway, coloured_box, program, until_output, until_owned, until_painted
from desktop.session import WATCHER, NotificationCentre, Panel
from desktop.test_tray import take
from desktop.test_xfce import SHORT

STYLE = "* { background: #555; color: #ddd; font-size: 12px; border: none; }"


@pytest.fixture(scope="module")
def sway() -> Iterator[Sway]:
    with Sway.open() as running:
        yield running


@pytest.fixture(scope="module")
def display(sway: Sway) -> Mapping[str, str]:
    return sway.env


@pytest.fixture
async def waybar(bus: str, sway: Sway, companion: RunningDaemon, tmp_path: Path) -> AsyncIterator[None]:
    """A panel with a tray and nothing else."""
    config, style = tmp_path / "config", tmp_path / "style.css"
    config.write_text(json.dumps({"layer": "top", "height": 32, "modules-right": ["tray"], "tray": {"icon-size": 24}}))
    style.write_text(STYLE)
    env = {**sway.env, "HOME": str(tmp_path), "DBUS_SESSION_BUS_ADDRESS": bus}
    with program(["waybar", "-c", str(config), "-s", str(style)], env):
        await until_owned(bus, WATCHER)
        yield


async def test_the_icon_is_painted_in_a_wayland_panel(sway: Sway, companion: RunningDaemon, waybar: None) -> None:
    picture = await until_painted(sway.picture, lambda now: coloured_box(now) is not None, "an icon")
    box = coloured_box(picture)
    assert box is not None
    assert box[0] > picture.width * 0.9, "in the panel's right end"
    assert box[3] <= 40, "in the panel"
    async with companion.talk() as client:
        assert (await client.ask("desktop.get"))["backend"] == "status_notifier"


async def test_copy_file_and_the_link_in_the_clipboard(bus: str, sway: Sway, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus), Panel.open(bus) as panel, companion.talk() as client:
        job = await take(client, 1, 2)
        await panel.click("More for these clips", job["file_name"][:40], "Copy file")
        uri = (companion.downloads / job["file_name"]).as_uri()
        await until_output(["wl-paste", "--no-newline", "--type", "text/uri-list"], sway.env, uri)
        with program(["wl-copy", "--foreground", f"{SHORT}\n"], sway.env):
            await until_output(["wl-paste", "--no-newline"], sway.env, SHORT)
            await panel.click("Download the link in the clipboard")
            made = await client.event("job", lambda data: "SSSSSSSSSS1" in data["url"] and data["state"] == "done")
        assert (companion.downloads / made["file_name"]).is_file()
