"""Real browsers for attackers: Chromium and Firefox with their own local network protection off, since not every browser has it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

from marionette_driver.addons import Addons
from marionette_driver.marionette import Marionette
from playwright.async_api import async_playwright

from origin.firefox import load

CHROMIUM = "/usr/bin/chromium"
FIREFOX = "/usr/bin/firefox-esr"
START_S = 60
STOP_S = 20


class Browser(Protocol):
    """What both can do here."""

    async def open(self, url: str) -> None: ...
    async def shown(self) -> tuple[str, str]:
        """The address that the browser is at, and what it shows there."""

    async def run(self, script: str) -> Any:
        """The value of the expression ``script`` (awaited) in the page's own world."""


class Chromium:
    def __init__(self, page: Any) -> None:
        self._page = page

    async def open(self, url: str) -> None:
        await self._page.goto(url, wait_until="load")

    async def shown(self) -> tuple[str, str]:
        return self._page.url, await self._page.content()

    async def run(self, script: str) -> Any:
        return await self._page.evaluate(script)


@contextlib.asynccontextmanager
async def chromium(
    proxy_port: int, *, extension: Path | None = None, hosts: dict[str, Any] | None = None
) -> AsyncIterator[Chromium]:
    """``hosts``: native host manifests by name, put where this browser looks."""
    with tempfile.TemporaryDirectory(prefix="cf-attack-") as folder:
        manifests = Path(folder) / "NativeMessagingHosts"
        manifests.mkdir()
        for name, manifest in (hosts or {}).items():
            (manifests / f"{name}.json").write_text(json.dumps(manifest))
        args = [
            "--no-sandbox",
            "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,LocalNetworkAccessChecksWebRTC",
            f"--proxy-server=http://127.0.0.1:{proxy_port}",
        ]
        if extension is not None:
            args += [f"--disable-extensions-except={extension}", f"--load-extension={extension}"]
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                folder, executable_path=CHROMIUM, headless=True, args=args
            )
            try:
                yield Chromium(context.pages[0] if context.pages else await context.new_page())
            finally:
                await context.close()


class Firefox:
    def __init__(self, driver: Marionette) -> None:
        self._driver = driver

    async def open(self, url: str) -> None:
        await asyncio.to_thread(load, self._driver, url)

    async def shown(self) -> tuple[str, str]:
        return await asyncio.to_thread(self._driver.get_url), await asyncio.to_thread(lambda: self._driver.page_source)

    async def run(self, script: str) -> Any:
        """Through the page's own ``eval``: Marionette's scripts would run with wrappers around the page's objects."""
        code = (
            "const done = arguments[arguments.length - 1];"
            "Promise.resolve(window.eval(arguments[0])).then(v => done(JSON.stringify(v ?? null)), e => done(JSON.stringify('threw ' + e)))"
        )
        asked = await asyncio.to_thread(
            self._driver.execute_async_script, code, script_args=(script,), script_timeout=60_000, sandbox=None
        )
        return json.loads(asked)


@contextlib.asynccontextmanager
async def firefox(
    proxy_port: int, *, extension: Path | None = None, hosts: dict[str, Any] | None = None
) -> AsyncIterator[Firefox]:
    prefs = {
        "marionette.port": (port := _free_port()),
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": proxy_port,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxy_port,
        "network.lna.enabled": False,
        "network.lna.blocking": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "browser.aboutwelcome.enabled": False,
        "devtools.jsonview.enabled": False,
    }
    with tempfile.TemporaryDirectory(prefix="cf-attack-") as folder:
        home, profile = Path(folder) / "home", Path(folder) / "profile"
        manifests = home / ".mozilla" / "native-messaging-hosts"
        manifests.mkdir(parents=True)
        profile.mkdir()
        for name, manifest in (hosts or {}).items():
            (manifests / f"{name}.json").write_text(json.dumps(manifest))
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in prefs.items())
        (profile / "user.js").write_text("\n".join(lines))
        command = [
            FIREFOX,
            "--marionette",
            "--remote-allow-system-access",
            "--headless",
            "--no-remote",
            "--profile",
            str(profile),
        ]
        quiet = asyncio.subprocess.DEVNULL
        browser = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "HOME": str(home)}, stdout=quiet, stderr=quiet
        )
        try:
            driver = await asyncio.to_thread(_session, port)
            if extension is not None:
                await asyncio.to_thread(Addons(driver).install, str(extension), temp=True)
            yield Firefox(driver)
        finally:
            browser.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await browser.wait()
            except TimeoutError:
                browser.kill()
                await browser.wait()


def _session(port: int) -> Marionette:
    driver = Marionette(host="127.0.0.1", port=port)
    driver.raise_for_port(timeout=START_S)
    driver.start_session()
    return driver


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
