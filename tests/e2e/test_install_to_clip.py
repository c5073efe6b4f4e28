"""From nothing to a clip and back to nothing: an empty home folder, one command, a browser as anybody starts it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marionette_driver import Wait

from clipferry.client.blocking_client import stop_daemon
from desktop.session import NotificationCentre, Panel, session_bus
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from e2e.firefox import Firefox
from e2e.screen import Screen
from origin import LocalInternet

PANEL = "clipferry-panel"


@pytest.fixture
def bus(desk: Desk, screen: Screen) -> Iterator[str]:
    """A desktop session of this desk, which the daemon inherits."""
    with session_bus() as address:
        desk.env |= {"DBUS_SESSION_BUS_ADDRESS": address, "DISPLAY": screen.name}
        yield address
        stop_daemon(desk.env)


@contextlib.contextmanager
def set_up(desk: Desk, *options: str) -> Iterator[str]:
    """`clipferry setup` with its page open; gives the address that the person's browser is told to open."""
    opened, browser = desk.root / "opened", desk.root / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {opened}\n')
    browser.chmod(0o755)
    command = [sys.executable, "-m", "clipferry", "setup", "--open", *options]
    env = {**desk.env, "BROWSER": f"{browser} %s", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as setup:
        assert setup.stdout is not None
        try:
            assert any("in your browser." in line for line in setup.stdout)
            yield opened.read_text()
        finally:
            setup.send_signal(signal.SIGINT)
        setup.stdout.read()
    assert setup.returncode == 0


def left_behind(desk: Desk) -> list[Path]:
    """Files of ours, or that name us, beside the clips."""
    in_home = [path for path in desk.home.rglob("*") if path.is_file() and desk.downloads not in path.parents]
    named = [path for path in in_home if "clipferry" in path.name or path.parent.name == "External Extensions"]
    unpacked = [path for path in in_home if path.name == "manifest.json" and b"clipferry" in path.read_bytes()]
    return [*named, *unpacked, *(path for path in (desk.root / "own").rglob("*") if path.is_file())]


def chromium_takes_a_clip(desk: Desk, site: LocalInternet, screen: Screen) -> str:
    """Everything from the command to the file; gives the file's name."""
    with set_up(desk) as url, Chromium(desk, site, screen, extension=False, profile=chromium_profile(desk)) as browser:
        page = browser.open(url)
        for name in ("companion", "browser", "extension"):
            page.wait_for_selector(f"[data-step={name}][data-state=done]")
        page.click(".clipferry-button")
        panel = Hidden(page)
        panel.type("start", "0:20")
        panel.type("end", "0:21")
        browser.context.new_page()  # in front of the clip's own: its end is announced
        panel.click("download")
        page.wait_for_selector("[data-step=clip][data-state=done]", state="attached", timeout=90_000)
    (job,) = desk.finished()
    return desk.clip(job).name


def chromium_profile(desk: Desk) -> Path:
    return desk.home / ".config" / "chromium"


def chromium_has_us(desk: Desk, site: LocalInternet, screen: Screen) -> bool:
    """Whether the browser, started anew, lists the extension."""
    with Chromium(desk, site, screen, extension=False, profile=chromium_profile(desk)) as browser:
        page = browser.open("chrome://extensions")
        page.wait_for_function("() => document.querySelector('extensions-manager') !== null")
        listed = page.evaluate(
            "() => chrome.developerPrivate.getExtensionsInfo().then((all) => all.map((e) => e.name))"
        )
        return "clipferry" in " ".join(listed).lower()


async def test_chromium_without_a_click_and_back(desk: Desk, site: LocalInternet, screen: Screen, bus: str) -> None:
    async with NotificationCentre.open(bus) as centre, Panel.open(bus) as panel:
        name = await asyncio.to_thread(chromium_takes_a_clip, desk, site, screen)
        assert (await centre.until(name)).body == name
        await panel.until_entry(name[:40])
        assert await asyncio.to_thread(chromium_has_us, desk, site, screen)
        gone = await asyncio.to_thread(desk.clipferry, "uninstall", "--purge")
    assert gone.returncode == 0, gone.stderr
    assert not await asyncio.to_thread(chromium_has_us, desk, site, screen)
    assert left_behind(desk) == []
    assert (desk.downloads / name).is_file()


def firefox_profile(desk: Desk) -> Path:
    """The one profile of this home, as Firefox lists it."""
    root = desk.home / ".mozilla" / "firefox"
    root.mkdir(parents=True, exist_ok=True)
    (root / "profiles.ini").write_text("[Profile0]\nName=default\nIsRelative=1\nPath=own.default\nDefault=1\n")
    return root / "own.default"


def firefox_add_on(firefox: Firefox) -> Any:
    """What Firefox says of our extension; ``None``: it has none."""
    ask = """
        const [id, done] = arguments;
        ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs").AddonManager.getAddonByID(id)
          .then((found) => done(found && { active: found.isActive, temporary: found.temporarilyInstalled }));
    """
    with firefox.driver.using_context("chrome"):
        return firefox.driver.execute_async_script(ask, script_args=(firefox.desk.machine.who.firefox_id,))


def test_firefox_esr_keeps_it_until_it_is_uninstalled(desk: Desk, site: LocalInternet, screen: Screen) -> None:
    desk.env["DISPLAY"] = screen.name
    firefox = Firefox(desk, site, screen, profile=firefox_profile(desk))
    with firefox:
        assert firefox_add_on(firefox) is None
    kept = {"active": True, "temporary": False}
    with set_up(desk, "--firefox-permanent") as url, firefox:
        assert firefox_add_on(firefox) == kept
        firefox.open(url)
        for name in ("companion", "browser", "extension"):
            firefox.wait(f"[data-step={name}][data-state=done]")
        firefox.wait(".clipferry-button").click()
        firefox.type(PANEL, "start", "0:20")
        firefox.type(PANEL, "end", "0:21")
        firefox.hook(PANEL, "download").click()
        firefox.wait("[data-step=clip][data-state=done]")
    (job,) = desk.finished()
    assert desk.clip(job).is_file()
    with firefox:
        assert firefox_add_on(firefox) == kept, "it survives a restart"
    assert desk.clipferry("uninstall", "--purge").returncode == 0
    with firefox:
        Wait(firefox.driver, 30).until(lambda _: firefox_add_on(firefox) is None)
    assert left_behind(desk) == []
    assert "xpinstall.signatures" not in (firefox.profile / "prefs.js").read_text()
