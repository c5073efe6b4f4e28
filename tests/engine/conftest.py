"""A site to read from, and real browsers that show which frame is on screen when."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from marionette_driver.marionette import Marionette
from playwright.sync_api import sync_playwright

from faults.reading import Bench
from origin import LocalInternet
from origin.firefox import load
from origin.media import pattern

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
PAGE = Path(__file__).with_name("player.html")

Ask = Callable[[str, str, list[float]], dict[str, Any]]
"""Calls a function of ``player.html`` (``land`` or ``watch``) with a file's URL and the seconds to seek to."""


@pytest.fixture
def bench(site: LocalInternet, tmp_path: Path) -> Bench:
    """The local internet and an empty store."""
    return Bench(site, tmp_path / "store")


@pytest.fixture(scope="module")  # Playwright's event loop runs in this thread meanwhile: nothing else could have one
def chromium(internet: LocalInternet) -> Iterator[Ask]:
    if CHROMIUM is None:
        pytest.fail("no Chromium on this machine: `python3 tests/run.py` brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*internet.chromium_args(), "--no-sandbox"])
        page = browser.new_page()
        page.goto(internet.publish(PAGE))
        yield lambda how, url, seeks: page.evaluate(
            "([how, ...a]) => window[how](...a)", [how, url, seeks, pattern.BITS, pattern.BAND]
        )
        browser.close()


@pytest.fixture(scope="session")
def firefox(internet: LocalInternet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    if FIREFOX is None:
        pytest.fail("no Firefox on this machine: `python3 tests/run.py` brings it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    browser = Marionette(
        bin=FIREFOX,
        headless=True,
        port=port,
        prefs={**internet.firefox_prefs(), "remote.prefs.recommended": True, "media.autoplay.blocking_policy": 0},
        startup_timeout=60,
        gecko_log=os.fspath(tmp_path_factory.mktemp("firefox") / "gecko.log"),
    )
    try:
        browser.start_session({"acceptInsecureCerts": True})
        browser.timeout.script = 90
        load(browser, internet.publish(PAGE))

        def ask(how: str, url: str, seeks: list[float]) -> dict[str, Any]:
            script = (
                "const done = arguments[arguments.length - 1]; window.wrappedJSObject[arguments[1]](...JSON.parse(arguments[0]))"
                ".then(found => done(JSON.stringify(found)), error => done(JSON.stringify({error: String(error)})))"
            )
            told = browser.execute_async_script(
                script, script_args=(json.dumps([url, seeks, pattern.BITS, pattern.BAND]), how), new_sandbox=False
            )
            found: dict[str, Any] = json.loads(told)
            return found

        yield ask
    finally:
        browser.quit(in_app=False) if browser.session_id else browser.cleanup()
