"""The button on the other pages that it knows: Shorts, embeds, Instagram. And the ways to a clip without the panel."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from clipferry.protocol.jobs import JobState
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import verify

BUTTON = ".clipferry-button"
WATCH = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
FPS = 30
VIDEO_READY = "() => { const v = document.querySelector('video'); return v && v.readyState > 0 && v.duration > 0; }"


def take(page: Page, start: str, end: str) -> Hidden:
    page.wait_for_function(VIDEO_READY)
    page.click(BUTTON)
    panel = Hidden(page)
    panel.type("start", start)
    panel.type("end", end)
    panel.click("download")
    return panel


@pytest.mark.parametrize(
    ("address", "seconds"),
    [
        ("https://www.youtube.com/shorts/SSSSSSSSSS1", 12),
        ("https://www.youtube.com/embed/AAAAAAAAAA1", 60),
        ("https://www.instagram.com/reels/Caaaaaaaaa1/", None),
    ],
)
def test_a_clip_from(desk: Desk, chromium: Chromium, address: str, seconds: int | None) -> None:
    take(chromium.open(address), "0:02", "0:04.5")
    (job,) = desk.finished()
    assert job.state is JobState.DONE, job.error
    assert job.start_s == 2.0
    assert job.end_s == 4.5
    pictures = verify.pictures(desk.clip(job))
    assert pictures.first == 2 * FPS
    assert pictures.last == round(4.5 * FPS) - 1


def test_the_second_item_of_a_carousel_in_the_feed(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open("https://www.instagram.com/")
    page.locator("article").nth(1).locator("video").scroll_into_view_if_needed()
    page.locator(f"body > {BUTTON}").wait_for()
    take(page, "0:01", "0:02")
    (job,) = desk.finished()
    assert job.state is JobState.DONE, job.error
    assert "Dcarousel001" in job.url


def test_shift_click_takes_the_last_30_seconds_at_once(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.wait_for_function(VIDEO_READY)
    page.evaluate("() => { const v = document.querySelector('video'); v.pause(); v.currentTime = 45; }")
    page.click(BUTTON, modifiers=["Shift"])
    (job,) = desk.finished()
    assert job.start_s == pytest.approx(15, abs=0.05)
    assert job.end_s == pytest.approx(45, abs=0.05)
    assert not Hidden(page).has("panel")


def test_the_context_menu_takes_the_whole_video(desk: Desk, chromium: Chromium) -> None:
    chromium.open(WATCH)
    (worker,) = chromium.context.service_workers
    worker.evaluate(
        """async (url) => {
            const [tab] = await chrome.tabs.query({url: url + '*'});
            chrome.contextMenus.onClicked.dispatch({menuItemId: 'page:audio', pageUrl: url, editable: false}, tab);
        }""",
        WATCH,
    )
    (job,) = desk.finished()
    assert job.state is JobState.DONE, job.error
    assert (job.start_s, job.end_s) == (None, None)
    assert job.file_name is not None
    assert job.file_name.endswith(".mp3")


def test_no_button_during_an_advertisement(chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.locator(BUTTON).wait_for()
    page.evaluate("() => window.fixture.ad(true)")
    page.locator(BUTTON).wait_for(state="hidden")
    page.evaluate("() => window.fixture.ad(false)")
    page.locator(BUTTON).wait_for()


def test_the_button_follows_the_page_and_is_never_there_twice(chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.locator(BUTTON).wait_for()
    page.evaluate("() => window.fixture.rebuildControls()")
    page.locator(BUTTON).wait_for()
    page.evaluate("() => window.fixture.home()")
    page.locator(BUTTON).wait_for(state="detached")
    page.evaluate("() => window.fixture.go('AAAAAAAAAA2')")
    page.locator(BUTTON).wait_for()
    assert page.locator(BUTTON).count() == 1


def test_a_click_by_the_page_itself_does_nothing(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.wait_for_function(VIDEO_READY)
    page.evaluate(f"() => document.querySelector('{BUTTON}').click()")
    page.click(BUTTON)
    Hidden(page).find("panel")
    assert page.evaluate("() => document.querySelector('clipferry-panel').shadowRoot") is None
    assert desk.jobs() == []


def test_the_handles_are_sliders_for_the_keyboard(chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.wait_for_function(VIDEO_READY)
    page.click(BUTTON)
    panel = Hidden(page)
    panel.type("start", "0:10")
    panel.type("end", "0:20")
    panel.find("format")
    panel.click("handle-start")
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    value = "function() { return Number(this.getAttribute('aria-valuenow')) }"
    panel.wait_until("handle-start", value, round(12 - 1 / FPS, 3))
    panel.click("handle-end")
    page.keyboard.press("End")
    panel.wait_until("handle-end", value, 60)
