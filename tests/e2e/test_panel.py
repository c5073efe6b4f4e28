"""The panel in the page: its buttons, the player and the marks, and that all of it is visible."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from clipferry.protocol.jobs import Job
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import Case, LocalInternet, case_id, verify

BUTTON = ".clipferry-button"
WATCH = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
FPS = 30
VIDEO_READY = "() => { const v = document.querySelector('video'); return v && v.readyState > 0 && v.duration > 0; }"
VALUE = "function() { return this.value }"
CODE = "function() { return this.dataset.code }"


@pytest.fixture
def alone(desk: Desk, site: LocalInternet) -> Iterator[Chromium]:
    """Chromium with the extension, and no companion."""
    with Chromium(desk, site) as browser:
        yield browser


def open_panel(page: Page) -> Hidden:
    page.wait_for_function(VIDEO_READY)
    page.click(BUTTON)
    return Hidden(page)


def show(page: Page, seconds: float) -> None:
    page.evaluate(
        "at => new Promise(done => { const v = document.querySelector('video');"
        "v.addEventListener('seeked', () => done(), { once: true }); v.currentTime = at; })",
        seconds,
    )


# Set to now -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("edge", "other", "at_s"), [("start", "end", 31.5), ("end", "start", 5.25)])
def test_set_to_now_moves_that_mark_only_and_the_video_plays_on(
    desk: Desk, chromium: Chromium, edge: str, other: str, at_s: float
) -> None:
    """Also where the mark goes beyond the other one: no clip then, until that is set as well."""
    page = chromium.open(WATCH)
    panel = open_panel(page)
    panel.type("start", "0:10")
    panel.type("end", "0:20")
    marked = panel.call(other, VALUE)
    show(page, at_s)
    page.evaluate("() => document.querySelector('video').play()")
    panel.click(f"{edge}-now")
    assert page.evaluate("() => document.querySelector('video').paused") is False
    now_s = page.evaluate("() => document.querySelector('video').currentTime")
    assert at_s <= now_s < at_s + 5
    assert panel.call(other, VALUE) == marked
    set_s = float(panel.call(edge, VALUE).split(":")[1])
    assert at_s <= set_s <= now_s
    panel.find("no-clip")
    assert panel.call("download", "function() { return this.disabled }") is True
    page.evaluate("() => document.querySelector('video').pause()")
    show(page, 40.0 if edge == "start" else 2.0)
    panel.click(f"{other}-now")
    assert panel.call(edge, VALUE) == f"0:{set_s:06.3f}"
    assert not panel.has("no-clip")
    panel.click("download")
    (job,) = desk.finished()
    assert (job.start_s, job.end_s) == ((set_s, 40.0) if edge == "start" else (2.0, set_s))


def test_the_keys_move_that_mark_only(chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    panel = open_panel(page)
    panel.type("start", "0:10")
    panel.type("end", "0:20")
    panel.click("close")
    show(page, 30.0)
    for command, edge in (("mark-start", "start"), ("mark-end", "end")):
        chromium.worker.evaluate(
            "async name => { const [tab] = await chrome.tabs.query({url: 'https://www.youtube.com/*'});"
            "chrome.commands.onCommand.dispatch(name, tab) }",
            command,
        )
        panel.wait_until("toast", "function() { return this.innerText.includes('0:30.000') }", True)
        page.click(BUTTON)
        assert panel.call(edge, VALUE) == "0:30.000"
        panel.click("close")
        page.click(BUTTON)
        assert panel.call("end", VALUE) == ("0:20.000" if edge == "start" else "0:30.000")
        panel.click("close")


# Undo -----------------------------------------------------------------------------------------------------------------


def take(page: Page, panel: Hidden) -> None:
    if not panel.has("panel"):
        page.click(BUTTON)
    panel.type("start", "0:05")
    panel.type("end", "0:06")
    panel.click("download")


def binned(desk: Desk) -> list[str]:
    return [path.name for path in desk.home.glob(".local/share/Trash/files/*")]


def test_undo_moves_the_file_to_the_bin(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    panel = open_panel(page)
    take(page, panel)
    (job,) = desk.finished()
    panel.click("toast-undo")
    panel.wait_until("toast", "function() { return this.dataset.kind }", "said")
    assert desk.jobs() == []
    assert list(desk.downloads.iterdir()) == []
    assert binned(desk) == [job.file_name]


def test_a_clip_that_is_there_is_not_undone_by_asking_again(desk: Desk, chromium: Chromium) -> None:
    """Made from the page, in the page before, in another tab, or by the command: it was there before this click."""
    by_command = desk.take(url=WATCH, start_time=5.0, end_time=6.0)
    page = chromium.open(WATCH)
    panel = open_panel(page)
    take(page, panel)
    already(panel, by_command)
    panel.click("toast-close")
    page.click(BUTTON)
    panel.type("start", "0:08")
    panel.type("end", "0:09")
    panel.click("download")
    _, made = desk.finished(2)
    panel.find("toast-undo")
    panel.click("toast-close")
    page.click(BUTTON)
    panel.click("download")
    already(panel, made)
    page.reload()
    panel = open_panel(page)
    panel.type("start", "0:08")
    panel.type("end", "0:09")
    panel.click("download")
    already(panel, made)
    assert {path.name for path in desk.downloads.iterdir()} == {by_command.file_name, made.file_name}
    assert {job.file_id for job in desk.jobs()} == {by_command.file_id, made.file_id}


def already(panel: Hidden, job: Job) -> None:
    assert "You have this clip already" in panel.text("toast")
    assert str(job.file_name) in panel.text("toast")
    assert panel.has("toast-open")
    assert not panel.has("toast-undo")


def test_shift_click_and_the_menu_undo_only_what_they_made(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    page.wait_for_function(VIDEO_READY)
    page.evaluate("() => document.querySelector('video').pause()")
    show(page, 31.0)
    panel = Hidden(page)
    page.click(BUTTON, modifiers=["Shift"])
    (last,) = desk.finished()
    panel.find("toast-undo")
    panel.click("toast-close")
    page.click(BUTTON, modifiers=["Shift"])
    already(panel, last)
    panel.click("toast-close")
    sound = desk.take(url=WATCH, output={"kind": "mp3"})
    chromium.worker.evaluate(
        """async (url) => {
            const [tab] = await chrome.tabs.query({url: url + '*'});
            chrome.contextMenus.onClicked.dispatch({menuItemId: 'page:audio', pageUrl: url, editable: false}, tab);
        }""",
        WATCH,
    )
    already(panel, sound)


# Without a companion --------------------------------------------------------------------------------------------------


def test_an_open_panel_goes_on_by_itself_when_the_companion_comes(desk: Desk, alone: Chromium) -> None:
    page = alone.open(WATCH)
    panel = open_panel(page)
    panel.wait_until("trouble", CODE, "companion_missing")
    panel.type("start", "0:05")
    panel.click("download")  # what was marked is kept
    panel.wait_until("trouble", CODE, "companion_missing")
    desk.set_up(alone.profile)
    panel.wait_until("format", "function() { return this.options[0].text }", "Best MP4 · 720p")
    assert not panel.has("trouble")
    assert panel.call("start", VALUE) == "0:05.000"
    panel.type("end", "0:06")
    panel.click("download")
    (job,) = desk.finished()
    assert verify.pictures(desk.clip(job)).faults(5 * FPS, 6 * FPS - 1) == []


def test_what_is_taken_without_the_panel_shows_it_when_there_is_no_companion(desk: Desk, alone: Chromium) -> None:
    page = alone.open(WATCH)
    page.wait_for_function(VIDEO_READY)
    page.click(BUTTON, modifiers=["Shift"])
    panel = Hidden(page)
    panel.wait_until("trouble", CODE, "companion_missing")
    desk.set_up(alone.profile)
    panel.wait_until("format", "function() { return this.options[0].text }", "Best MP4 · 720p")
    assert not panel.has("trouble")


# What can be seen -----------------------------------------------------------------------------------------------------

SIDEWAYS = "function() { return this.scrollWidth - this.clientWidth }"
IN_SIGHT = """function() {
    const own = this.getBoundingClientRect();
    const panel = this.closest('[data-hook=panel]').getBoundingClientRect();
    const top = Math.max(panel.top, 0), bottom = Math.min(panel.bottom, innerHeight);
    return own.height > 20 && own.top >= top && own.bottom <= bottom && own.left >= 0 && own.right <= innerWidth;
}"""


def test_nothing_scrolls_sideways_when_chapters_lie_beyond_the_view(chromium: Chromium) -> None:
    page = chromium.open(WATCH)
    panel = open_panel(page)
    panel.type("start", "0:01")
    panel.type("end", "0:01.5")
    panel.find("chapter")
    for _ in range(6):
        panel.click("zoom-in")
        assert panel.call("panel", SIDEWAYS) == 0
    for end in ("0:59", "0:02"):
        panel.type("end", end)
        assert panel.call("panel", SIDEWAYS) == 0


@pytest.mark.parametrize("size", [(1280, 800), (1000, 600), (500, 500), (390, 664), (330, 480)])
def test_the_download_button_is_in_sight_on_a_square_post(chromium: Chromium, size: tuple[int, int]) -> None:
    page = chromium.context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("https://www.instagram.com/p/Dsingle00001/")
    page.add_style_tag(
        content=".m, .m video { width: min(468px, 100vw) !important; height: min(468px, 100vw) !important }"
    )
    page.wait_for_function(VIDEO_READY)
    page.click(BUTTON)
    panel = Hidden(page)
    panel.find("estimate")
    panel.wait_until("download", IN_SIGHT, True)
    assert panel.call("panel", SIDEWAYS) == 0


@pytest.mark.parametrize(
    ("address", "size"),
    [
        ("https://www.youtube.com/shorts/SSSSSSSSSS1", (1280, 800)),
        ("https://www.youtube.com/shorts/SSSSSSSSSS1", (300, 640)),
        ("https://www.youtube.com/embed/AAAAAAAAAA1", (320, 180)),
        ("https://www.youtube.com/embed/AAAAAAAAAA1", (640, 360)),
        (WATCH, (3840, 2160)),
    ],
)
def test_the_download_button_is_in_sight_at_every_size(chromium: Chromium, address: str, size: tuple[int, int]) -> None:
    page = chromium.context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(address)
    panel = open_panel(page)
    panel.wait_until("download", IN_SIGHT, True)
    assert panel.call("panel", SIDEWAYS) == 0


def test_one_thing_is_said_at_a_time(chromium: Chromium) -> None:
    """A video that the site refuses never loads: that it "is still loading" would be wrong."""
    page = chromium.open("https://www.youtube.com/watch?v=" + case_id(Case.PRIVATE))
    page.evaluate("() => { const v = document.querySelector('video'); v.removeAttribute('src'); v.load(); }")
    page.evaluate("() => { document.querySelector('#movie_player').getDuration = () => 0 }")
    page.click(BUTTON)
    panel = Hidden(page)
    panel.wait_until("trouble", CODE, "private_video")
    assert "still loading" not in panel.text("panel")
