"""A real Chromium with the built extension, driven by trusted clicks and keys at the position of an element."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import BrowserContext, Page, Worker, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from clipferry.setup.browsers import ManifestDialect
from clipferry.setup.extension.built import built
from e2e.desk import Desk
from e2e.screen import Screen
from origin import LocalInternet

PROGRAM = "/usr/bin/chromium"
WAIT_S = 20.0
_NODE_GONE = re.compile(
    "no node|could not find node|detached|does not have a layout|box model|find object|find context", re.I
)
"""What Chromium's DOM and Runtime domains answer for a node that is no longer drawn (inspector_dom_agent.cc, v8-runtime-agent-impl.cc)."""


class Chromium:
    """A browser with a profile of its own. ``context`` is Playwright's."""

    context: BrowserContext

    def __init__(
        self,
        desk: Desk,
        internet: LocalInternet,
        screen: Screen | None = None,
        others: tuple[Path, ...] = (),
        *,
        extension: bool = True,
        build: Path | None = None,
        profile: Path | None = None,
    ) -> None:
        """``screen``: where its windows are shown; ``None``: nowhere. ``others``: extensions that were there before ours.
        ``extension``: whether ours is loaded. ``build``: which; ``None``: the one inside this installation.
        ``profile``: a user data folder whose own extensions count, as for anybody.
        """
        self.desk, self.internet, self.screen, self.others, self.extension = desk, internet, screen, others, extension
        self.build = build or built(ManifestDialect.CHROMIUM)
        self.own_extensions = ["--disable-extensions", "--disable-default-apps"] if profile is not None else None
        """Playwright's options that are left out; the second keeps External Extensions away, too."""
        self.profile = profile or desk.root / "chromium"
        self.profile.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        extension = self.build
        assert extension is not None, "the extension is not built: pip install --editable . builds it"
        args = self.internet.chromium_args()
        if loaded := ",".join(str(path) for path in (*self.others, *([extension] if self.extension else ()))):
            args += [f"--disable-extensions-except={loaded}", f"--load-extension={loaded}"]
        if os.geteuid() == 0:
            args.append("--no-sandbox")
        self._playwright = sync_playwright().start()
        try:
            self.context = self._playwright.chromium.launch_persistent_context(
                self.profile,
                executable_path=PROGRAM,
                headless=self.screen is None,
                args=args,
                ignore_default_args=self.own_extensions,
                env={**self.desk.env, **({"DISPLAY": self.screen.name} if self.screen else {})},
                viewport={"width": 1280, "height": 800},
            )
        except BaseException:
            self._playwright.stop()
            raise
        self.context.set_default_timeout(WAIT_S * 1000)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pictures = os.environ.get("CLIPFERRY_TEST_PICTURES")
        if error is not None and pictures:
            for number, page in enumerate(self.context.pages):
                page.screenshot(path=Path(pictures) / f"chromium-{number}.png")
        self.close()

    def close(self) -> None:
        """Quit the browser as a user does. Idempotent."""
        if hasattr(self, "_playwright"):
            self.context.close()
            self._playwright.stop()
            del self._playwright

    def open(self, url: str) -> Page:
        page = self.context.new_page()
        page.goto(url)
        return page

    @property
    def worker(self) -> Worker:
        """The extension's background."""
        ours = self.extension_url("")
        return next(worker for worker in self.context.service_workers if worker.url.startswith(ours))

    def extension_url(self, path: str) -> str:
        return f"chrome-extension://{self.desk.machine.who.chrome_id}/{path}"

    def popup(self) -> Page:
        """The toolbar's popup, as a page: the same document, in a tab."""
        return self.open(self.extension_url("popup.html"))


class Hidden:
    """Things inside clipferry's closed shadow roots, found by their ``data-hook`` through the debugger.

    A page cannot look inside, and neither can Playwright's selectors; the protocol's ``DOM`` domain can.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._cdp = page.context.new_cdp_session(page)

    def find(self, hook: str, *, wait_s: float = WAIT_S) -> int:
        """Wait for the node with that hook and return its DevTools backend node id, which is valid as long as the node is there."""
        deadline = time.monotonic() + wait_s
        while True:
            document = self._cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})
            found = _search(document["root"], hook)
            if found is not None:
                return found
            assert time.monotonic() < deadline, f"there is no “{hook}” on the page"
            self.page.wait_for_timeout(50)

    def has(self, hook: str) -> bool:
        document = self._cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})
        return _search(document["root"], hook) is not None

    def call(self, hook: str, function: str) -> Any:
        """What a function of the element gives, e.g. ``function() { return this.value }``."""

        def call(node: int) -> dict[str, Any]:
            resolved = self._cdp.send("DOM.resolveNode", {"backendNodeId": node})
            params = {
                "objectId": resolved["object"]["objectId"],
                "functionDeclaration": function,
                "returnByValue": True,
            }
            return self._cdp.send("Runtime.callFunctionOn", params)

        return self._on(hook, call)["result"].get("value")

    def _on(self, hook: str, command: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
        """Run ``command`` on the node with that hook; look for it again where the page drew another in its place meanwhile."""
        deadline = time.monotonic() + WAIT_S
        while True:
            node = self.find(hook)
            try:
                return command(node)
            except PlaywrightError as error:
                if _NODE_GONE.search(error.message) is None or time.monotonic() >= deadline:
                    raise

    def text(self, hook: str) -> str:
        return str(self.call(hook, "function() { return this.innerText }"))

    def wait_until(self, hook: str, function: str, wanted: object) -> None:
        """Wait until ``function`` of the element gives ``wanted``."""
        deadline = time.monotonic() + WAIT_S
        while (said := self.call(hook, function)) != wanted:
            assert time.monotonic() < deadline, f"{hook}: {said!r} instead of {wanted!r}"
            self.page.wait_for_timeout(50)

    def click(self, hook: str) -> None:
        """A trusted click in the middle of it, once it is enabled."""
        self.wait_until(hook, "function() { return this.disabled === true }", False)

        def box(node: int) -> dict[str, Any]:
            self._cdp.send("DOM.scrollIntoViewIfNeeded", {"backendNodeId": node})
            return self._cdp.send("DOM.getBoxModel", {"backendNodeId": node})

        quad = self._on(hook, box)["model"]["border"]
        self.page.mouse.click(sum(quad[0::2]) / 4, sum(quad[1::2]) / 4)

    def type(self, hook: str, text: str) -> None:
        """Replace what a field says, and leave it with Enter."""
        self.click(hook)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")


def _search(node: dict[str, Any], hook: str) -> int | None:
    attributes = node.get("attributes", [])
    if dict(zip(attributes[::2], attributes[1::2], strict=True)).get("data-hook") == hook:
        return int(node["backendNodeId"])
    for key in ("shadowRoots", "children"):
        for child in node.get(key, []):
            if (found := _search(child, hook)) is not None:
                return found
    inner = node.get("contentDocument")
    return _search(inner, hook) if inner else None
