"""The toolbar's popup: whether the companion is there, what runs, and a link to take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clipferry.protocol.base import Empty
from clipferry.protocol.jobs import ClipCreateParams, Job, PauseAllParams
from e2e.chromium import Chromium
from e2e.desk import Desk
from e2e.readme import install_line
from origin import LocalInternet, verify

STATE = "[data-hook=companion][data-state={}]"


def test_without_a_companion_it_says_how_to_get_one_and_turns_green_by_itself(desk: Desk, site: LocalInternet) -> None:
    with Chromium(desk, site) as browser:
        popup = browser.popup()
        popup.wait_for_selector(STATE.format("trouble"))
        command = popup.inner_text("[data-hook=install-command]")
        assert command == install_line(), "the command it shows is the one that README gives, and that a test runs"
        browser.context.grant_permissions(["clipboard-read"])
        popup.click("[data-hook=copy-command]")
        popup.wait_for_selector("[data-hook=copy-command]:has-text('Copied')")
        assert popup.evaluate("() => navigator.clipboard.readText()") == command
        desk.set_up(browser.profile)
        popup.wait_for_selector(STATE.format("ok"))
        assert desk.downloads.name in popup.inner_text("[data-hook=companion]")


def test_a_pasted_link_is_taken_whole_and_listed(desk: Desk, chromium: Chromium) -> None:
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", "https://www.youtube.com/watch?v=AAAAAAAAAA2")
    popup.click("[data-hook=take]")
    (job,) = desk.finished()
    clip = desk.clip(job)
    assert verify.pictures(clip).faults(0, 30 * 30 - 1) == []
    row = popup.wait_for_selector("[data-hook=job][data-state=done]")
    assert row is not None
    assert clip.name in row.inner_text()


def test_what_runs_is_shown_and_can_be_cancelled(desk: Desk, chromium: Chromium) -> None:
    chromium.internet.fault("hold", path="/videoplayback*")
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", "https://www.youtube.com/watch?v=AAAAAAAAAA2")
    popup.click("[data-hook=take]")
    chromium.internet.wait_for("*.googlevideo.com", "/videoplayback*")
    popup.click("[data-hook=job-cancel]")
    (job,) = desk.finished()
    assert job.state == "cancelled"
    desk.nothing_left()


def test_a_broadcast_is_recorded_until_it_is_stopped_and_kept(desk: Desk, chromium: Chromium) -> None:
    chromium.internet.settings(live_segments=3)
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", "https://www.youtube.com/watch?v=LLLLLLLLLL1")
    popup.click("[data-hook=take]")
    row = popup.wait_for_selector("[data-hook=job] .state:has-text('0:06')", timeout=60_000)
    assert row is not None
    assert row.inner_text().startswith("Recording · 0:06")
    assert popup.query_selector("[data-hook=job] progress") is None
    popup.click("[data-hook=job-finish]")
    (job,) = desk.finished()
    assert verify.pictures(desk.clip(job)).faults(0, 179) == []
    popup.wait_for_selector("[data-hook=job][data-state=done]")


def test_the_badge_counts_what_runs(desk: Desk, chromium: Chromium) -> None:
    chromium.internet.fault("hold", path="/videoplayback*")
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", "https://www.youtube.com/watch?v=AAAAAAAAAA2")
    popup.click("[data-hook=take]")
    popup.wait_for_function("async () => (await chrome.action.getBadgeText({})) === '1'")
    chromium.internet.mend()
    chromium.internet.release()
    popup.wait_for_function("async () => (await chrome.action.getBadgeText({})) === ''")


@pytest.fixture
def opened(desk: Desk) -> Path:
    """A file that comes to hold the address which the desktop is asked to open."""
    asked, opener = desk.root / "opened", desk.root / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {asked}.new\nmv {asked}.new {asked}\n')
    no_preference = opener.with_name("xdg-settings")
    no_preference.write_text("#!/bin/sh\nexit 1\n")
    for program in (opener, no_preference):
        program.chmod(0o755)
    desk.env |= {"DISPLAY": ":99", "PATH": f"{opener.parent}:{desk.env['PATH']}"}
    return asked


def test_the_dashboard_opens_from_it_without_a_password_and_without_telling_it_the_key(
    desk: Desk, opened: Path, chromium: Chromium
) -> None:
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", "https://www.youtube.com/watch?v=AAAAAAAAAA2")
    popup.click("[data-hook=cut]")
    for _ in range(400):
        if opened.exists():
            break
        popup.wait_for_timeout(50)
    dashboard = chromium.open(opened.read_text())
    dashboard.wait_for_url(re.compile(r"http://127\.0\.0\.1:\d+/(#.*)?"))
    dashboard.wait_for_function("() => !location.hash.includes('c=')")
    dashboard.wait_for_selector("[data-hook=connection][data-state=connected]")
    assert "clipferry" in dashboard.title()
    assert dashboard.input_value("[data-hook=link]") == "https://www.youtube.com/watch?v=AAAAAAAAAA2"
    assert len(chromium.context.pages) == 3, "the browser's first tab, the popup, and what this test opened"


def test_clips_that_were_asked_for_elsewhere_are_shown_and_cannot_be_changed_here(
    desk: Desk, chromium: Chromium
) -> None:
    with desk.person() as talk:
        talk.ask("queue.pause", PauseAllParams(paused=True), Empty)
        talk.ask("clip.create", ClipCreateParams(url="https://www.youtube.com/watch?v=AAAAAAAAAA1"), Job)
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", "https://www.youtube.com/watch?v=AAAAAAAAAA2")
    popup.click("[data-hook=take]")
    popup.wait_for_selector("[data-hook=job] >> nth=1")
    assert len(popup.query_selector_all("[data-hook=job-cancel]")) == 1
    assert popup.is_visible("[data-hook=paused]"), "it says that everything waits for the person"


def test_the_real_popup_is_as_wide_as_it_was_drawn_for(chromium: Chromium) -> None:
    """The toolbar's own window, whose width the browser takes from the page: another page of ours looks at it."""
    page = chromium.open(chromium.extension_url("options.html"))
    chromium.worker.evaluate("() => chrome.action.openPopup()")
    page.wait_for_function(
        """() => {
            const [popup] = chrome.extension.getViews({ type: 'popup' });
            return popup?.innerWidth === 400 && popup.document.documentElement.scrollWidth === 400;
        }"""
    )


def test_a_link_that_has_to_be_confirmed_elsewhere_is_kept_and_can_be_copied(desk: Desk, chromium: Chromium) -> None:
    link = "http://127.0.0.1:9/film.mp4"
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", link)
    popup.click("[data-hook=take]")
    popup.wait_for_selector("[data-hook=trouble][data-code=blocked_address]")
    assert popup.input_value("[data-hook=paste]") == link
    chromium.context.grant_permissions(["clipboard-read"])
    popup.click("[data-hook=copy-address]")
    popup.wait_for_selector("[data-hook=copy-address]:has-text('Copied')")
    assert popup.evaluate("() => navigator.clipboard.readText()") == link
    assert desk.jobs() == []


def test_a_whole_video_that_is_there_is_said_to_be(desk: Desk, chromium: Chromium) -> None:
    url = "https://www.youtube.com/watch?v=AAAAAAAAAA2"
    job = desk.take(url=url)
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    popup.fill("[data-hook=paste]", url)
    popup.click("[data-hook=take]")
    popup.wait_for_selector("[data-hook=already] [data-hook=already-open]")
    assert [one.file_id for one in desk.jobs()] == [job.file_id]
