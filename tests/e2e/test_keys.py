"""The keys, pressed for real on a screen: each does what it says, and no text names one that the browser did not assign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from marionette_driver import Wait

from clipferry.protocol.jobs import JobState
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from e2e.firefox import UUID, Firefox
from e2e.screen import Screen
from origin import LocalInternet

BUTTON = ".clipferry-button"
WATCH = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
ASSIGNED = "Object.fromEntries((await %s.commands.getAll()).map(one => [one.name, one.shortcut]))"
KEYS = {"mark-start": "J", "mark-end": "K", "open-panel": "O", "clip-last": "L"}
READY = "(v => v && v.readyState > 0 && v.duration > 0)(document.querySelector('video'))"


def test_chromium_grants_all_four_and_they_work(desk: Desk, site: LocalInternet, screen: Screen) -> None:
    browser = Chromium(desk, site, screen)
    desk.set_up(browser.profile)
    with browser:
        page = browser.open(WATCH)
        page.wait_for_function(READY)
        assigned = browser.worker.evaluate("async () => " + ASSIGNED % "chrome")
        assert {name: assigned[name] for name in KEYS} == {name: f"Alt+Shift+{key}" for name, key in KEYS.items()}
        panel = Hidden(page)
        for name, kind in [("mark-start", "Start marked"), ("mark-end", "End marked")]:
            screen.press(f"alt+shift+{KEYS[name].lower()}")
            panel.wait_until("toast", f"function() {{ return this.innerText.includes('{kind}') }}", True)
        screen.press("alt+shift+o")
        panel.find("panel")
        panel.click("close")
        page.hover(BUTTON)
        page.wait_for_selector(f"{BUTTON}[title='Clip this video (Alt+Shift+O)']")
        screen.press("alt+shift+l")
        (job,) = desk.finished()
        assert job.state is JobState.DONE, job.error


def test_a_key_that_another_extension_has_is_not_promised(desk: Desk, site: LocalInternet, tmp_path: Path) -> None:
    command = {"suggested_key": {"default": "Alt+Shift+O"}, "description": "First come"}
    other = {"manifest_version": 3, "name": "other", "version": "1", "commands": {"first": command}}
    (tmp_path / "manifest.json").write_text(json.dumps(other))
    with Chromium(desk, site, others=(tmp_path,)) as browser:
        page = browser.open(WATCH)
        assert browser.worker.evaluate("async () => (" + ASSIGNED % "chrome" + ")['open-panel']") == ""
        page.hover(BUTTON)
        page.wait_for_selector(f"{BUTTON}[title='Clip this video']")
        page.focus(BUTTON)
        assert "Alt" not in str(page.get_attribute(BUTTON, "title"))


@pytest.mark.timeout(400)
def test_firefox_grants_all_four_and_names_what_they_were_changed_to(
    desk: Desk, site: LocalInternet, screen: Screen
) -> None:
    desk.set_up()
    with Firefox(desk, site, screen) as firefox:
        firefox.open(WATCH)
        button = firefox.wait(BUTTON)
        Wait(firefox.driver, 60).until(lambda driver: driver.execute_script(f"return {READY}"))
        screen.click(900, 700)
        for name, kind in [("mark-start", "Start marked"), ("mark-end", "End marked")]:
            screen.press(f"alt+shift+{KEYS[name].lower()}")
            Wait(firefox.driver, 60).until(lambda _, kind=kind: kind in firefox.hook("clipferry-notes", "toast").text)
        screen.press("alt+shift+o")
        firefox.hook("clipferry-panel", "close").click()
        screen.press("alt+shift+l")
        (job,) = desk.finished()
        assert job.state is JobState.DONE, job.error
        assert tooltip(firefox, button) == "Clip this video (Alt+Shift+O)"
        page = firefox.driver.current_window_handle
        for shortcut, text in [("Alt+Shift+G", "Clip this video (Alt+Shift+G)"), ("", "Clip this video")]:
            options = firefox.driver.open(type="tab")["handle"]
            firefox.driver.switch_to_window(options)
            firefox.open(f"moz-extension://{UUID}/options.html")
            firefox.driver.execute_async_script(
                "browser.commands.update({name: 'open-panel', shortcut: arguments[0]}).then(arguments[1])",
                script_args=(shortcut,),
                sandbox=None,
            )
            firefox.driver.switch_to_window(page)
            assert tooltip(firefox, button, text) == text


def tooltip(firefox: Firefox, button: object, wanted: str = "Clip this video (Alt+Shift+O)") -> str:
    """What the button's tooltip says once the pointer has come to it; waited for."""
    driver = firefox.driver

    def said(_: object) -> str:
        script = "arguments[0].dispatchEvent(new PointerEvent('pointerenter')); return arguments[0].title"
        return str(driver.execute_script(script, script_args=(button,)))

    Wait(driver, 60).until(lambda _: said(_) == wanted)
    return said(driver)
