"""The same source in Firefox: a click on a page, and exactly that clip lies in Downloads."""

from __future__ import annotations

from marionette_driver import Wait

from clipferry.protocol.jobs import JobState
from e2e.desk import Desk
from e2e.firefox import Firefox
from origin import Case, LocalInternet, case_id, verify

URL = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
FPS = 30
SIGNED_IN = {"LOGIN_INFO": "fixture-session", "SAPISID": "fixture"}
PANEL, NOTES = "clipferry-panel", "clipferry-notes"


def test_click_mark_download_and_the_popup_lists_it(desk: Desk, site: LocalInternet) -> None:
    desk.set_up()
    with Firefox(desk, site) as firefox:
        firefox.open(URL)
        firefox.wait(".clipferry-button").click()
        firefox.type(PANEL, "start", "0:12.4")
        firefox.type(PANEL, "end", "0:19.7")
        firefox.hook(PANEL, "download").click()
        (job,) = desk.finished()
        assert job.state is JobState.DONE, job.error
        clip = desk.clip(job)
        assert verify.pictures(clip).faults(round(12.4 * FPS), round(19.7 * FPS) - 1) == []
        assert clip.name in firefox.hook(NOTES, "toast").text
        firefox.popup()
        firefox.wait("[data-hook=companion][data-state=ok]")
        assert clip.name in firefox.wait("[data-hook=job][data-state=done]").text


def test_a_private_video_is_taken_with_the_persons_session_once_they_say_so(desk: Desk, site: LocalInternet) -> None:
    desk.set_up()
    with Firefox(desk, site) as firefox:
        firefox.open(URL)
        for name, value in SIGNED_IN.items():
            cookie = {"name": name, "value": value, "domain": ".youtube.com", "path": "/", "secure": True}
            firefox.driver.add_cookie(cookie)
        firefox.open("https://www.youtube.com/watch?v=" + case_id(Case.PRIVATE))
        page = firefox.driver.current_window_handle
        firefox.wait(".clipferry-button").click()
        firefox.hook(PANEL, "use-session").click()
        windows = Wait(firefox.driver, 30).until(lambda driver: set(driver.window_handles) - {page})
        firefox.driver.switch_to_window(windows.pop())
        firefox.wait("[data-hook=allow]").click()
        firefox.driver.switch_to_window(page)
        firefox.type(PANEL, "start", "0:02")
        firefox.type(PANEL, "end", "0:04")
        firefox.hook(PANEL, "download").click()
        (job,) = desk.finished()
        assert job.state is JobState.DONE, job.error
        assert verify.pictures(desk.clip(job)).faults(2 * FPS, 4 * FPS - 1) == []
