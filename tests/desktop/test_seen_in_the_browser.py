"""A result that a page in front shows is not told by the desktop again; one behind another tab is. Real browser, real bus."""

from __future__ import annotations

import asyncio

from playwright.sync_api import Page

from clipferry.protocol.jobs import Job
from desktop.session import NotificationCentre
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import LocalInternet

BUTTON = ".clipferry-button"
WATCH = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
VIDEO_READY = "() => { const v = document.querySelector('video'); return v && v.readyState > 0 && v.duration > 0; }"
MEDIA = "/videoplayback*"


async def test_a_page_in_front_silences_the_notification_and_one_behind_does_not(bus: str, site: LocalInternet) -> None:
    with Desk(site) as desk:
        desk.env |= {"DBUS_SESSION_BUS_ADDRESS": bus, "DISPLAY": ":4242"}
        async with NotificationCentre.open(bus) as centre:
            seen, told = await asyncio.to_thread(_one_in_front_one_behind, desk, site)
            bubble = await centre.until(str(told.file_name))
            assert bubble.body.splitlines() == [told.file_name]
            assert all(str(seen.file_name) not in one.body for one in centre.bubbles)


def _one_in_front_one_behind(desk: Desk, site: LocalInternet) -> list[Job]:
    """Two clips of one page: it shows how the first ended, and lies behind another tab when the second does."""
    browser = Chromium(desk, site)
    desk.set_up(browser.profile)
    with browser:
        page = browser.open(WATCH)
        page.wait_for_function(VIDEO_READY)
        _ask_for(page, "0:02", "0:04")
        desk.finished(1)
        Hidden(page).find("toast-copy")
        site.clear_log()
        site.fault("hold", path=MEDIA, times=9)
        _ask_for(page, "0:30", "0:33")
        site.wait_for("*.googlevideo.com", MEDIA)
        browser.context.new_page()
        site.release()
        return desk.finished(2)


def _ask_for(page: Page, start: str, end: str) -> None:
    page.click(BUTTON)
    panel = Hidden(page)
    panel.type("start", start)
    panel.type("end", end)
    panel.click("download")
