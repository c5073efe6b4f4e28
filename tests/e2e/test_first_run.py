"""The first-run page in a real Chromium: it turns green by itself, and the clip taken from it is the last step."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from clipferry.demo.film import film
from clipferry.demo.first_run import FirstRun
from clipferry.demo.site import Site
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import LocalInternet

AS_AT_HOME = """() => {
    for (const code of document.querySelectorAll('.copy code'))
        code.textContent = code.textContent.replace(/^\\/tmp\\/.*?\\/data\\//, '/home/you/.local/share/clipferry/');
}"""
"""In a picture, a path of this test's own folder becomes the one that a person would see."""


def test_it_turns_green_step_by_step(desk: Desk, chromium: Chromium) -> None:
    with Site(film(desk.machine.paths.cache_dir)) as site:
        first_run = FirstRun(desk.machine, site)
        page = chromium.open(site.page_url)
        page.wait_for_selector("[data-step=companion][data-state=waiting]")
        fits(page, "1-nothing-connected")
        with first_run:
            for name in ("companion", "browser", "extension"):
                page.wait_for_selector(f"[data-step={name}][data-state=done]")
            fits(page, "3-extension-connected")
            page.click(".clipferry-button")
            panel = Hidden(page)
            panel.type("start", "0:20")
            panel.type("end", "0:21")
            panel.click("download")
            page.wait_for_selector("[data-step=clip][data-state=done]", timeout=90_000)
            (job,) = desk.finished()
            assert desk.clip(job).name in page.inner_text("[data-step=clip]")
            assert page.inner_text("h1") == "clipferry is ready"
            panel.find("toast-copy")
            fits(page, "4-clip-done")


def test_a_companion_that_does_not_start_is_named_and_fits(desk: Desk, site: LocalInternet) -> None:
    desk.set_up()
    desk.machine.paths.lock.mkdir(parents=True)
    with (
        Chromium(desk, site, extension=False) as browser,
        Site(film(desk.machine.paths.cache_dir)) as demo,
        FirstRun(desk.machine, demo),
    ):
        page = browser.open(demo.page_url)
        page.wait_for_selector("[data-step=companion][data-state=trouble] code:has-text('clipferry doctor')")
        fits(page, "0-no-companion")


def fits(page: Page, name: str) -> None:
    """Nothing is wider than the window, narrow or wide; a picture of each where they are asked for."""
    size = page.viewport_size
    for width in (320, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert "`" not in page.inner_text("body")
        assert page.locator("p:visible:has-text('the scissors')").count() <= 1, "what to do is said once"
        assert all(page.locator(".copy code").evaluate_all("all => all.map(code => code.clientWidth >= 130)"))
        if pictures := os.environ.get("CLIPFERRY_TEST_PICTURES"):
            page.evaluate(AS_AT_HOME)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.screenshot(path=Path(pictures) / f"first-run-{name}-{scheme}-{width}.png", full_page=True)
    if size is not None:
        page.set_viewport_size(size)


def test_the_clicks_of_a_browser_that_needs_them_are_shown_and_fit(desk: Desk, site: LocalInternet) -> None:
    """Chromium where nothing was announced: the folder's path is there to be copied, and nothing is wider than the window."""
    browser = Chromium(desk, site, extension=False)
    desk.set_up()
    for told in (desk.home / ".config/chromium/External Extensions").iterdir():
        told.unlink()
    with browser, Site(film(desk.machine.paths.cache_dir)) as demo, FirstRun(desk.machine, demo):
        browser.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = browser.context.new_page()
        page.goto(demo.page_url)
        page.wait_for_selector("[data-step=companion][data-state=done]")
        assert page.locator("[data-step=extension] ol > li").count() == 4
        page.locator("[data-step=extension] .copy button").last.click()
        folder = page.evaluate("() => navigator.clipboard.readText()")
        assert (Path(folder) / "manifest.json").is_file()
        fits(page, "2-browser-there")
