"""A real Firefox with the built extension, driven through Marionette."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from marionette_driver import By, Wait
from marionette_driver.addons import Addons
from marionette_driver.errors import NoSuchElementException
from marionette_driver.keys import Keys
from marionette_driver.marionette import Marionette

from clipferry.setup.browsers import ManifestDialect
from clipferry.setup.extension.built import built
from e2e.desk import Desk
from e2e.screen import Screen
from origin import LocalInternet
from origin.firefox import load

PROGRAM = "/usr/bin/firefox-esr"
START_S = 60.0
WAIT_S = 120.0
UUID = "2f1d2a54-6f0c-4d51-9a57-0c9a4a8d6f11"
"""Where this profile's pages of the extension are: Firefox makes one up unless it is told."""


class Firefox:
    """A browser with a profile of its own. ``driver`` is Marionette's."""

    driver: Any

    def __init__(
        self, desk: Desk, internet: LocalInternet, screen: Screen | None = None, *, profile: Path | None = None
    ) -> None:
        """``screen``: where its windows are shown; ``None``: nowhere. ``profile``: one whose own extensions count, as for anybody;
        ours is not loaded then."""
        self.desk, self.internet, self.screen = desk, internet, screen
        self.load = profile is None
        self.profile = profile or desk.root / "firefox"
        self.profile.mkdir(parents=True, exist_ok=True)
        self._port = free_port()

    def __enter__(self) -> Self:
        extension = built(ManifestDialect.FIREFOX)
        assert extension is not None, "the extension is not built: pip install --editable . builds it"
        port = self._port
        prefs: dict[str, str | int | bool] = {
            "marionette.port": port,
            # A person would be asked by the browser itself, where no test can click.
            "extensions.webextOptionalPermissionPrompts": False,
            "extensions.webextensions.uuids": json.dumps({self.desk.machine.who.firefox_id: UUID}),
            "datareporting.policy.dataSubmissionEnabled": False,
            "browser.aboutwelcome.enabled": False,
            **self.internet.firefox_prefs(),
        }
        lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in prefs.items()]
        user_js = self.profile / "user.js"
        kept = user_js.read_text() if user_js.exists() else ""
        user_js.write_text("".join(line for line in lines if line not in kept) + kept)
        command = [PROGRAM, "--marionette", "--remote-allow-system-access", "--no-remote"]
        command += ["--headless"] if self.screen is None else []
        self._process = subprocess.Popen(
            [*command, "--width", "1280", "--height", "900", "--profile", str(self.profile)],
            env={**self.desk.env, **({"DISPLAY": self.screen.name} if self.screen else {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.driver = Marionette(host="127.0.0.1", port=port)
            self.driver.raise_for_port(START_S)
            # A page of the local internet is loaded long before its film has been made.
            self.driver.start_session({"acceptInsecureCerts": True, "pageLoadStrategy": "eager"})
            if self.load:
                Addons(self.driver).install(str(extension), temp=True)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pictures = os.environ.get("CLIPFERRY_TEST_PICTURES")
        if error is not None and pictures:
            (Path(pictures) / "firefox.png").write_bytes(self.driver.screenshot(format="binary", full=False))
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def open(self, url: str) -> None:
        load(self.driver, url)

    def popup(self) -> None:
        """The toolbar's popup, as a page."""
        self.open(f"moz-extension://{UUID}/popup.html")

    def wait(self, selector: str, inside: Any = None) -> Any:
        """The first element that matches, waited for."""
        place = inside or self.driver
        patient = Wait(self.driver, WAIT_S, ignored_exceptions=NoSuchElementException)
        return patient.until(lambda _: place.find_element(By.CSS_SELECTOR, selector))

    def hook(self, host: str, name: str) -> Any:
        """The element with that ``data-hook`` in one of clipferry's closed shadow roots."""
        return self.wait(f'[data-hook="{name}"]', self.wait(host).shadow_root)

    def type(self, host: str, name: str, text: str) -> None:
        """Replace what a field says, and leave it with Enter."""
        field = self.hook(host, name)
        field.click()
        field.send_keys(Keys.CONTROL + "a")
        field.send_keys(text + Keys.ENTER)


def free_port() -> int:
    """One that nobody listens on now; Marionette wants to be told."""
    with socket.socket() as anyone:
        anyone.bind(("127.0.0.1", 0))
        return int(anyone.getsockname()[1])
