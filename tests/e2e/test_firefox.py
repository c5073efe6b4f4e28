"""The same product in Firefox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from marionette_driver import By

from clipferry.protocol import JobState
from e2e.desk import Desk
from e2e.firefox import Firefox
from origin import Case, LocalInternet, case_id, verify

WATCH = "https://www.youtube.com/watch?v="
FPS = 30


@pytest.fixture
def firefox(desk: Desk, site: LocalInternet) -> Iterator[Firefox]:
    """Firefox with the extension; its manifest lies in the person's home, where `clipferry setup` writes it."""
    desk.set_up()
    with Firefox(desk, site) as browser:
        yield browser


def test_click_mark_download_and_the_file_is_there(desk: Desk, firefox: Firefox) -> None:
    firefox.open(f"{WATCH}AAAAAAAAAA1")
    firefox.click(".clipferry-button")
    firefox.type_hidden("start", "0:12.4")
    firefox.type_hidden("end", "0:19.7")
    firefox.click_hidden("download")
    (job,) = desk.finished()
    clip = desk.clip(job)
    assert verify.pictures(clip).faults(round(12.4 * FPS), round(19.7 * FPS) - 1) == []
    assert clip.name in firefox.hidden("toast", "return found.innerText")


def test_a_private_video_is_explained_in_the_panel(desk: Desk, firefox: Firefox) -> None:
    firefox.open(WATCH + case_id(Case.PRIVATE))
    firefox.click(".clipferry-button")
    assert firefox.hidden("trouble", "return found.dataset.code") == "private_video"
    desk.nothing_left()


def test_the_popup_is_green_and_takes_a_link(desk: Desk, firefox: Firefox) -> None:
    firefox.popup()
    firefox.wait_until("companion", "return found.dataset.state", "ok")
    firefox.driver.find_element(By.CSS_SELECTOR, "[data-hook=paste]").send_keys(f"{WATCH}AAAAAAAAAA2")
    firefox.click("[data-hook=take]")
    (job,) = desk.finished()
    assert job.state is JobState.DONE
    firefox.wait_until("job", "return found.dataset.state", "done")
