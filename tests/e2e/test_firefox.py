"""The same source in Firefox: a click on a page, and exactly that clip lies in Downloads."""

from __future__ import annotations

from clipferry.protocol import JobState
from e2e.desk import Desk
from e2e.firefox import Firefox
from origin import LocalInternet, verify

URL = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
FPS = 30
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
