"""A real Firefox with the built extension, driven over Marionette: trusted clicks and keys at the place of a thing."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from marionette_driver import By
from marionette_driver.addons import Addons
from marionette_driver.marionette import ActionSequence, Marionette

from clipferry.setup.browsers import Family
from clipferry.setup.extension import built
from e2e.desk import Desk
from origin import LocalInternet

PROGRAM = "/usr/bin/firefox-esr"
UUID = "5b0fd1a4-3a0c-4d55-9d6e-c11bfe88ce11"
"""Which address the extension's own pages get; a browser draws one by chance otherwise."""
WAIT_S = 30.0
_HIDDEN = """
const inside = (root) => {
  for (const element of root.querySelectorAll('*')) {
    if (element.dataset?.hook === hook) return element;
    const found = element.openOrClosedShadowRoot && inside(element.openOrClosedShadowRoot);
    if (found) return found;
  }
  return null;
};
const [hook] = arguments;
const found = inside(document);
"""


class Firefox:
    """A browser with a profile of its own, in the desk's home; ``driver`` is Marionette's session."""

    driver: Marionette

    def __init__(self, desk: Desk, internet: LocalInternet) -> None:
        self.desk, self.internet = desk, internet
        self.profile = desk.root / "firefox"
        self._pause = threading.Event()

    def __enter__(self) -> Self:
        extension = built(Family.FIREFOX)
        assert extension is not None, "the extension is not built: pip install --editable . builds it"
        prefs: dict[str, str | int | bool] = {
            **self.internet.firefox_prefs(),
            "marionette.port": 0,
            "extensions.webextensions.uuids": json.dumps({self.desk.machine.who.firefox_id: UUID}),
            "datareporting.policy.dataSubmissionEnabled": False,
            "browser.aboutwelcome.enabled": False,
            "browser.shell.checkDefaultBrowser": False,
        }
        self.profile.mkdir()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in prefs.items()]
        (self.profile / "user.js").write_text("\n".join(lines) + "\n")
        profile = ["--profile", str(self.profile)]
        self._process = subprocess.Popen(
            [PROGRAM, "--marionette", "--remote-allow-system-access", "--headless", "--no-remote", *profile],
            env=self.desk.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self.driver = Marionette(host="127.0.0.1", port=self._port())
            self.driver.start_session({"acceptInsecureCerts": True})
            Addons(self.driver).install(str(extension), temp=True)
        except BaseException:
            self._process.kill()
            raise
        return self

    def _port(self) -> int:
        said = self.profile / "MarionetteActivePort"
        deadline = time.monotonic() + 60
        while not (said.is_file() and said.read_text().strip()):
            assert self._process.poll() is None, "Firefox ended while it was starting"
            assert time.monotonic() < deadline, "Firefox did not start"
            self._pause.wait(0.1)
        return int(said.read_text())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pictures = os.environ.get("CLIPFERRY_TEST_PICTURES")
        if error is not None and pictures:
            Path(pictures, "firefox.png").write_bytes(base64.b64decode(self.driver.screenshot(full=False)))
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    # Doing ------------------------------------------------------------------------------------------------------------

    def open(self, url: str) -> None:
        self.driver.navigate(url)

    def popup(self) -> None:
        """The toolbar's popup, as a page."""
        self.open(f"moz-extension://{UUID}/popup.html")

    def click(self, selector: str) -> None:
        """A trusted click on a thing of the page itself."""
        deadline = time.monotonic() + WAIT_S
        while not (found := self.driver.find_elements(By.CSS_SELECTOR, selector)):
            assert time.monotonic() < deadline, f"there is no {selector} on the page"
            self._pause.wait(0.1)
        found[0].click()

    def hidden(self, hook: str, body: str = "return true") -> Any:
        """What ``body`` gives for the element (``found``) with that ``data-hook`` in a closed shadow root; waited for."""
        deadline = time.monotonic() + WAIT_S
        script = f"{_HIDDEN}\nif (!found) return null;\n{body};"
        while (said := self.driver.execute_script(script, [hook], sandbox="system", new_sandbox=False)) is None:
            assert time.monotonic() < deadline, f"there is no “{hook}” on the page"
            self._pause.wait(0.1)
        return said

    def wait_until(self, hook: str, body: str, wanted: object) -> None:
        deadline = time.monotonic() + WAIT_S
        while (said := self.hidden(hook, body)) != wanted:
            assert time.monotonic() < deadline, f"{hook}: {said!r} instead of {wanted!r}"
            self._pause.wait(0.1)

    def click_hidden(self, hook: str) -> None:
        """A trusted click in the middle of it, once it is enabled."""
        self.wait_until(hook, "return found.disabled === true", False)
        middle = "const b = found.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]"
        x, y = self.hidden(hook, middle)
        mouse = ActionSequence(self.driver, "pointer", "mouse", {"pointerType": "mouse"})
        mouse.pointer_move(round(x), round(y)).pointer_down(button=0).pointer_up(button=0).perform()

    def type_hidden(self, hook: str, text: str) -> None:
        """Replace what a field says, and leave it with Enter."""
        self.click_hidden(hook)
        self.hidden(hook, "found.select(); return true")
        keys = ActionSequence(self.driver, "key", "keyboard")
        for key in [*text, "\ue007"]:
            keys.key_down(key).key_up(key)
        keys.perform()
