"""A session lent from a real browser: by a click on the page and one in the browser's own prompt, through to the file."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError

from clipferry.protocol.jobs import JobState
from clipferry.setup.browsers import ManifestDialect
from clipferry.setup.extension.built import built
from e2e.chromium import WAIT_S, Chromium, Hidden
from e2e.desk import Desk
from e2e.screen import Screen
from origin import Case, LocalInternet, case_id, verify

FPS = 30
CODE = "function() { return this.dataset.code }"
WATCH = "https://www.youtube.com/watch?v="


@pytest.fixture
def headed(desk: Desk, site: LocalInternet, screen: Screen) -> Iterator[Chromium]:
    """Chromium on a screen: its prompt for a permission is not part of any page."""
    browser = Chromium(desk, site, screen)
    desk.set_up(browser.profile)
    with browser:
        yield browser


def cookie(name: str, value: str = "fixture-session", domain: str = ".youtube.com", **more: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "domain": domain, "path": "/", "secure": True, **more}


ELSEWHERE = ("https://elsewhere.example", "https://youtube.com")
"""Top-level sites of frames: the second is that of one within a page of another site (Playwright sets it so)."""
SIGNED_IN = [cookie("LOGIN_INFO"), cookie("SAPISID", "fixture")]


def lend(browser: Chromium, panel: Hidden) -> None:
    """*Use my session*, *Allow* in our window, and *Allow* in the browser's prompt, where *Deny* has the focus."""
    panel.find("use-session", wait_s=3 * WAIT_S)  # the site is asked, by several clients one after another
    allow(browser, lambda: panel.click("use-session"))


def allow(browser: Chromium, use: Callable[[], None]) -> None:
    """*Allow* in the window that ``use`` opens, and in the browser's prompt."""
    assert browser.screen is not None
    with browser.context.expect_page() as opened:
        use()
    consent = opened.value
    consent.click("[data-hook=allow]")
    deadline = time.monotonic() + WAIT_S
    while not consent.is_closed():  # the prompt comes when it comes, and ignores what is pressed too soon
        assert time.monotonic() < deadline, "the permission was not granted"
        browser.screen.press("Tab", "Return")
        with contextlib.suppress(PlaywrightError):
            consent.wait_for_event("close", timeout=500)


def take(desk: Desk, panel: Hidden) -> None:
    panel.type("start", "0:02")
    panel.type("end", "0:04")
    panel.click("download")
    (job,) = desk.finished()
    assert job.state is JobState.DONE, job.error
    assert verify.pictures(desk.clip(job)).faults(2 * FPS, 4 * FPS - 1) == []


def test_a_video_that_asks_for_an_age(desk: Desk, headed: Chromium) -> None:
    headed.context.add_cookies(SIGNED_IN)  # type: ignore[arg-type]
    page = headed.open(WATCH + case_id(Case.AGE_GATE_HARD))
    page.click(".clipferry-button")
    panel = Hidden(page)
    lend(headed, panel)
    take(desk, panel)


def test_a_private_video_by_cookies_that_are_partitioned(desk: Desk, headed: Chromium) -> None:
    """Those of the site's own pages are lent; those of the site's frames in other pages are another session."""
    page = headed.open(WATCH + case_id(Case.PRIVATE))
    for own in ("LOGIN_INFO=fixture-session", "SAPISID=fixture"):
        more = "; domain=.youtube.com; path=/; secure; samesite=none; partitioned"
        page.evaluate("cookie => { document.cookie = cookie }", own + more)
    elsewhere = [cookie("LOGIN_INFO", "another", partitionKey=site) for site in ELSEWHERE]
    headed.context.add_cookies(elsewhere)  # type: ignore[arg-type]
    page.click(".clipferry-button")
    panel = Hidden(page)
    lend(headed, panel)
    take(desk, panel)


def test_a_post_behind_instagrams_login(desk: Desk, headed: Chromium) -> None:
    headed.context.add_cookies([cookie("sessionid", domain=".instagram.com")])  # type: ignore[list-item]
    page = headed.open("https://www.instagram.com/p/Lloginwall01/")
    page.click(".clipferry-button")
    panel = Hidden(page)
    lend(headed, panel)
    take(desk, panel)


def test_who_lent_a_session_in_vain_is_not_told_to_lend_it(desk: Desk, headed: Chromium) -> None:
    page = headed.open(WATCH + case_id(Case.AGE_GATE_HARD))  # which sets a visitor's cookie
    page.click(".clipferry-button")
    panel = Hidden(page)
    panel.wait_until("trouble", CODE, "age_restricted")
    before = panel.text("trouble").splitlines()
    lend(headed, panel)
    panel.wait_until("trouble", CODE, "session_expired")
    after = panel.text("trouble").splitlines()
    assert "Try again with my session on www.youtube.com" in after
    assert [line for line in after if line and line in before] == [], "all of it is new"
    headed.context.add_cookies(SIGNED_IN)  # type: ignore[arg-type]
    panel.click("use-session")
    take(desk, panel)


def test_the_popup_asks_for_the_session_that_a_job_needs(desk: Desk, headed: Chromium) -> None:
    """A link that was pasted there, of another host than its site's sessions are for."""
    headed.context.add_cookies([cookie("LOGIN_INFO", "of-last-year")])  # type: ignore[list-item]
    popup = headed.popup()
    popup.fill("[data-hook=paste]", f"https://youtu.be/{case_id(Case.AGE_GATE_HARD)}")
    popup.click("[data-hook=take]")
    popup.click("[data-hook=job][data-state=failed] [data-hook=job-retry]", timeout=3 * WAIT_S * 1000)
    popup.wait_for_selector("[data-hook=trouble][data-code=age_restricted]")
    allow(headed, lambda: popup.click("[data-hook=use-session]"))
    popup.wait_for_selector("[data-hook=job][data-state=failed] .hint:has-text('Sign in on the site again')")
    (failed,) = desk.jobs()
    assert (failed.error and failed.error.code) == "session_expired"
    headed.context.add_cookies(SIGNED_IN)  # type: ignore[arg-type]
    popup.click("[data-hook=job-retry]")
    popup.wait_for_selector("[data-hook=trouble][data-code=session_expired]")
    popup.click("[data-hook=use-session]:has-text('Try again with my session on www.youtube.com')")
    popup.wait_for_selector("[data-hook=job][data-state=done]", timeout=3 * WAIT_S * 1000)
    (done,) = desk.jobs()
    assert verify.pictures(desk.clip(done)).faults(0, round((done.duration_s or 0) * FPS) - 1) == []


@pytest.mark.parametrize("family", list(ManifestDialect))
def test_an_update_asks_for_nothing_new(family: ManifestDialect) -> None:
    """Every host that is permitted from the installation on is one whose pages have the button: others are asked for."""
    extension = built(family)
    assert extension is not None
    manifest = json.loads((extension / "manifest.json").read_text())
    (boot,) = (script for script in manifest["content_scripts"] if "boot.js" in script["js"])
    assert sorted(manifest["host_permissions"]) == sorted(boot["matches"])
    assert manifest["optional_permissions"] == ["cookies"]
    assert manifest["optional_host_permissions"] == ["https://*/*"]
