"""Hostile pages in real browsers, with every way that a page has to speak to a server on this computer, and the right token.

The browsers' own protection (Local Network Access) is off: it is young, differs between them, and lets some ways through.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from marionette_driver.errors import MarionetteException
from playwright.async_api import Error as PlaywrightError

from api.client import CHROMIUM, FIREFOX, NATIVE_HOST
from api.running import RunningDaemon
from attack.browsers import Browser, chromium, firefox
from attack.rebind import rebinding_proxy

Launch = Callable[..., contextlib.AbstractAsyncContextManager[Browser]]
SCRIPT = (Path(__file__).parent / "hostile.js").read_text()
BROWSERS = pytest.mark.parametrize("launch", [chromium, firefox], ids=["chromium", "firefox"])


@dataclass
class PageServer:
    """The attacker's own server: an empty page for every address, open to all; remembers what was asked of it."""

    port: int = 0
    asked: set[tuple[str, str]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ")
            self.asked.add((method, target.partition("?")[0]))
            page = b"<!doctype html><title>hostile</title><body>"
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nAccess-Control-Allow-Origin: *\r\n"
                b"Access-Control-Allow-Headers: *, Authorization, Content-Type\r\nAccess-Control-Allow-Methods: *\r\n"
                b"Access-Control-Allow-Private-Network: true\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                % (len(page), page)
            )
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def page_server(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[PageServer]:
    made = PageServer()
    server = await asyncio.start_server(made.serve, host, port)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


async def attack(browser: Browser, base: str, token: str) -> dict[str, str]:
    found: dict[str, str] = await browser.run(
        f"(() => {{ {SCRIPT}; return attack({json.dumps(base)}, {json.dumps(token)}); }})()"
    )
    assert len(found) > 25, found
    return found


def got_through(found: dict[str, str]) -> dict[str, str]:
    """The ways by which a page read or did something: all but silence, an opaque answer and a refusal in so many words."""
    refused = ("401 ", "403 ", "405 ", "415 ", "421 ")
    return {way: told for way, told in found.items() if told != "opaque" and not told.startswith(("blocked", *refused))}


async def unharmed(daemon: RunningDaemon, pid: int) -> None:
    async with daemon.talk() as client:
        assert (await client.hello())["protocol"] == 1
    assert daemon.facts["pid"] == pid


@BROWSERS
async def test_the_ways_are_ways_at_all(launch: Launch) -> None:
    """Against a server without a guard they arrive; else the tests below would prove nothing."""
    async with rebinding_proxy() as proxy, page_server() as page, page_server() as victim:
        proxy.names["evil.test:80"] = proxy.names["evil.test"] = ("127.0.0.1", page.port)
        async with launch(proxy.port) as browser:
            await browser.open("http://evil.test/")
            found = await attack(browser, f"http://127.0.0.1:{victim.port}", "token")
    read = got_through(found)
    assert {
        "read jobs with the token",
        "post a clip with the token",
        "stop the daemon",
        "xhr get",
        "worker",
    } <= read.keys(), found
    assert {
        ("POST", "/download"),
        ("GET", "/jobs"),
        ("GET", "/events"),
        ("POST", "/api/daemon.stop"),
        ("GET", "/"),
    } <= victim.asked


@BROWSERS
async def test_a_public_page_gets_nothing(launch: Launch, daemon: RunningDaemon) -> None:
    told, before = daemon.facts, await daemon.traces()
    async with rebinding_proxy() as proxy, page_server() as page:
        proxy.names["evil.test"] = ("127.0.0.1", page.port)
        async with launch(proxy.port) as browser:
            for name in ("127.0.0.1", "localhost"):
                await browser.open("http://evil.test/")
                assert got_through(await attack(browser, f"http://{name}:{told['port']}", told["token"])) == {}
    assert await daemon.traces() == before
    await unharmed(daemon, told["pid"])


@BROWSERS
async def test_a_page_of_another_port_of_this_computer_gets_nothing(launch: Launch, daemon: RunningDaemon) -> None:
    told, before = daemon.facts, await daemon.traces()
    async with rebinding_proxy() as proxy, page_server() as page, launch(proxy.port) as browser:
        await browser.open(f"http://127.0.0.1:{page.port}/")
        assert got_through(await attack(browser, f"http://127.0.0.1:{told['port']}", told["token"])) == {}
    assert await daemon.traces() == before
    await unharmed(daemon, told["pid"])


@BROWSERS
async def test_a_rebound_name_gets_nothing(launch: Launch, daemon: RunningDaemon) -> None:
    """``evil.test`` is the attacker's server when the page is loaded, and 127.0.0.1 when its script asks: same origin, no CORS."""
    told, before = daemon.facts, await daemon.traces()
    base = f"http://evil.test:{told['port']}"
    async with rebinding_proxy() as proxy, page_server() as page:
        name = f"evil.test:{told['port']}"
        proxy.names[name] = ("127.0.0.1", page.port)
        async with launch(proxy.port) as browser:
            await browser.open(f"{base}/")
            proxy.names[name] = ("127.0.0.1", told["port"])
            found = await attack(browser, base, told["token"])
    assert got_through(found) == {}
    assert found["read jobs with the token"].startswith("421 ")  # it did arrive, as what it is
    assert await daemon.traces() == before
    await unharmed(daemon, told["pid"])


@BROWSERS
async def test_a_form_that_navigates_there_does_nothing(launch: Launch, daemon: RunningDaemon) -> None:
    """No browser stops these: a top-level navigation is nobody's local network request."""
    told, before = daemon.facts, await daemon.traces()
    base = f"http://127.0.0.1:{told['port']}"
    async with rebinding_proxy() as proxy, page_server() as page:
        proxy.names["evil.test"] = ("127.0.0.1", page.port)
        async with launch(proxy.port) as browser:
            for path, kind in [
                ("/download", "text/plain"),
                ("/api/daemon.stop", "application/x-www-form-urlencoded"),
                ("/", "text/plain"),
            ]:
                await browser.open("http://evil.test/")
                await browser.run(_navigating_form(base + path, kind))
                shown = await _settled(browser, base)
                assert "foreign_origin" in shown, (path, shown)
    assert await daemon.traces() == before
    await unharmed(daemon, told["pid"])


def _navigating_form(action: str, enctype: str) -> str:
    field_name = json.dumps('{"url":"https://www.youtube.com/watch?v=aaaaaaaaaaa","x":"')
    return (
        "(() => { const f = document.createElement('form'), i = document.createElement('input');"
        f"f.method = 'POST'; f.action = {json.dumps(action)}; f.enctype = {json.dumps(enctype)};"
        f"i.name = {field_name}; i.value = '\"}}'; f.append(i); document.body.append(f); setTimeout(() => f.submit(), 0); }})()"
    )


async def _settled(browser: Browser, base: str) -> str:
    """What the browser shows once it has arrived at ``base``."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(PlaywrightError, MarionetteException):  # asked in the middle of the navigation
                address, text = await browser.shown()
                if address.startswith(base) and "</" in text:
                    return text


# Extensions -----------------------------------------------------------------------------------------------------------

EVIL_EXTENSION: dict[str, Any] = {
    "manifest_version": 3,
    "name": "evil",
    "version": "1",
    "permissions": ["nativeMessaging"],
    "host_permissions": ["http://127.0.0.1/*", "http://evil.test/*"],
    "content_scripts": [{"matches": ["http://evil.test/*"], "js": ["content.js"], "run_at": "document_start"}],
    "browser_specific_settings": {"gecko": {"id": "evil@example.org"}},
}
BACKGROUND = """
const api = globalThis.browser ?? chrome;
const told = async (answer) => `${answer.status} ${(await answer.text()).slice(0, 60)}`;
const native = () => new Promise((done) => {
  const port = api.runtime.connectNative("org.clipferry.companion");
  port.onMessage.addListener((m) => done("message " + JSON.stringify(m)));
  port.onDisconnect.addListener((p) => done("gone " + ((p && p.error && p.error.message) || (api.runtime.lastError || {}).message || "")));
  port.postMessage({ id: 1, method: "hello", params: { client: "extension", version: "1" } });
});
api.runtime.onMessage.addListener((asked, sender, answer) => {
  (async () => {
    const base = `http://127.0.0.1:${asked.port}`;
    const json = { "Content-Type": "application/json" };
    const right = { Authorization: `Bearer ${asked.token}` };
    const ways = {
      native,
      read: async () => told(await fetch(`${base}/jobs`)),
      post: async () => told(await fetch(`${base}/download`, { method: "POST", headers: json, body: "{}" })),
      "post with the token": async () => told(await fetch(`${base}/download`, { method: "POST", headers: { ...json, ...right }, body: asked.clip })),
      redeem: async () => told(await fetch(`${base}/session`, { method: "POST", headers: json, body: JSON.stringify({ code: asked.code }) })),
    };
    const found = {};
    for (const [name, way] of Object.entries(ways)) found[name] = await way().catch((e) => `threw ${e.name}`);
    answer(found);
  })();
  return true;
});
"""
CONTENT = """
const api = globalThis.browser ?? chrome;
window.addEventListener("message", (event) => {
  if (event.data && event.data.port) api.runtime.sendMessage(event.data, (found) => document.documentElement.dataset.found = JSON.stringify(found));
});
document.documentElement.dataset.ready = "yes";
"""
HOST = """#!/bin/sh
echo started >> "{marks}"
exec {python} -IS -c 'import sys; sys.path.insert(0, "{site}"); from clipferry_host.__main__ import main; main()' "$@"
"""


@BROWSERS
@pytest.mark.parametrize(
    "manifest_names_it", [False, True], ids=["manifest as we write it", "manifest that lets it in"]
)
async def test_another_extension_gets_nothing(
    launch: Launch, manifest_names_it: bool, daemon: RunningDaemon, tmp_path: Path
) -> None:
    """Not over the native host, even where somebody widened its manifest; not over HTTP, even with every host permission."""
    told, before = daemon.facts, await daemon.traces()
    is_firefox = launch is firefox
    extension = tmp_path / "evil"
    extension.mkdir()
    background = {"scripts": ["background.js"]} if is_firefox else {"service_worker": "background.js"}
    (extension / "manifest.json").write_text(json.dumps({**EVIL_EXTENSION, "background": background}))
    (extension / "background.js").write_text(BACKGROUND)
    (extension / "content.js").write_text(CONTENT)
    marks, program = tmp_path / "marks", tmp_path / "host"
    program.write_text(HOST.format(marks=marks, python=sys.executable, site=NATIVE_HOST))
    program.chmod(0o700)
    manifest: dict[str, Any] = {
        "name": "org.clipferry.companion",
        "description": "x",
        "path": str(program),
        "type": "stdio",
    }
    if is_firefox:
        manifest["allowed_extensions"] = [FIREFOX, *(["evil@example.org"] if manifest_names_it else [])]
    else:
        evil_id = _unpacked_id(extension)
        manifest["allowed_origins"] = [CHROMIUM, *([f"chrome-extension://{evil_id}/"] if manifest_names_it else [])]
    async with rebinding_proxy() as proxy, page_server() as page:
        proxy.names["evil.test"] = ("127.0.0.1", page.port)
        hosts = {"org.clipferry.companion": manifest}
        async with launch(proxy.port, extension=extension, hosts=hosts) as browser, daemon.talk() as person:
            await browser.open("http://evil.test/")
            link = (await person.ask("dashboard.link"))["url"]
            asked = {
                "port": told["port"],
                "token": told["token"],
                "code": link.partition("#c=")[2],
                "clip": '{"url":"https://a.test/"}',
            }
            found = json.loads(
                await browser.run(
                    "(async () => { const r = document.documentElement;"
                    f"window.postMessage({json.dumps(asked)}, '*');"
                    "return await new Promise(done => new MutationObserver(() => r.dataset.found && done(r.dataset.found))"
                    ".observe(r, {attributes: true})); })()"
                )
            )
    assert found["native"].startswith("gone"), found
    assert marks.exists() == manifest_names_it  # where the manifest is ours the browser does not even start the host
    assert found["read"].startswith("401 "), found
    for way in ("post", "post with the token", "redeem"):
        assert found[way].startswith("403 "), found
    assert await daemon.traces() == before


def _unpacked_id(folder: Path) -> str:
    """The id that Chromium gives an unpacked extension without a key: of its path (extensions/common/extension.cc)."""
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digest)
