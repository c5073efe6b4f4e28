"""The toolbar's popup: whether the companion is there, what runs, and a link to take."""

from __future__ import annotations

import re
from pathlib import Path

from e2e.chromium import Chromium
from e2e.desk import Desk
from origin import LocalInternet, verify

README = Path(__file__).parents[2] / "README.md"
STATE = "[data-hook=companion][data-state={}]"


def test_without_a_companion_it_says_how_to_get_one_and_turns_green_by_itself(desk: Desk, site: LocalInternet) -> None:
    with Chromium(desk, site) as browser:
        popup = browser.popup()
        popup.wait_for_selector(STATE.format("trouble"))
        command = popup.inner_text("[data-hook=install-command]")
        assert command in README.read_text(), "the command it shows is the one that README gives"
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


def test_the_dashboard_opens_from_it_without_a_password(desk: Desk, chromium: Chromium) -> None:
    popup = chromium.popup()
    popup.wait_for_selector(STATE.format("ok"))
    with chromium.context.expect_page() as opened:
        popup.click("[data-hook=dashboard]")
    dashboard = opened.value
    dashboard.wait_for_load_state()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/(#.*)?", dashboard.url)
    dashboard.wait_for_function("() => !location.hash.includes('c=')")
    assert "clipferry" in dashboard.title()
