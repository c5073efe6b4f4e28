"""The test that is the product: a click on a YouTube page, and exactly that clip lies in Downloads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipferry.protocol.jobs import JobState
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import verify

URL = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
FPS = 30
START, END = "0:12.4", "0:19.7"
FIRST, LAST = round(12.4 * FPS), round(19.7 * FPS) - 1
AUDIO_FRAME_S = 1024 / 44_100


def is_the_clip(path: Path) -> None:
    """First and last frame as marked, none missing, none twice, the audio in sync."""
    assert verify.pictures(path).faults(FIRST, LAST) == []
    for offset in verify.av_offsets(path, verify.constant(FPS, 60 * FPS)):
        assert abs(offset.offset_s) <= AUDIO_FRAME_S, offset


def test_click_mark_download_and_the_file_is_there(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(URL)
    page.click(".clipferry-button")
    panel = Hidden(page)
    panel.type("start", START)
    panel.type("end", END)
    panel.click("download")
    (job,) = desk.finished()
    clip = desk.clip(job)
    is_the_clip(clip)
    assert "0.12" in clip.name
    assert "0.19" in clip.name
    assert [path.name for path in desk.downloads.rglob("*")] == [clip.name], "nothing else lies in Downloads"
    assert clip.name in panel.text("toast"), "the page says what the file is called"


def test_the_same_over_the_command_line(desk: Desk) -> None:
    done = desk.clipferry("clip", URL, "--start", START, "--end", END, "--folder", str(desk.downloads), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    is_the_clip(Path(said["path"]))
    assert Path(said["path"]).parent == desk.downloads


async def test_the_same_over_rest(desk: Desk) -> None:
    body = {"url": URL, "start_time": START, "end_time": END}
    status, said = await desk.rest("POST", "/download", json=body)
    assert status == 202
    (job,) = desk.finished()
    assert job.file_id == said["file_id"]
    status, state = await desk.rest("GET", f"/status/{said['file_id']}")
    assert (status, state["ready"], state["state"]) == (200, True, JobState.DONE)
    is_the_clip(desk.clip(job))
    status, (whole, headers) = await desk.rest("GET", f"/video/{said['file_id']}")
    assert status == 200
    assert whole == desk.clip(job).read_bytes()
    assert "attachment" in headers["Content-Disposition"]
    status, (part, _) = await desk.rest("GET", f"/video/{said['file_id']}", headers={"Range": "bytes=4-7"})
    assert (status, part) == (206, b"ftyp")


def test_marks_set_while_it_plays_are_the_pictures_on_screen(desk: Desk, chromium: Chromium) -> None:
    """*Set to now* at a paused frame: the clip begins with that frame."""
    page = chromium.open(URL)
    page.evaluate("() => { const v = document.querySelector('video'); v.pause(); v.currentTime = 14.05; }")
    page.wait_for_function(
        "() => { const v = document.querySelector('video'); return !v.seeking && v.readyState > 1; }"
    )
    page.click(".clipferry-button")
    panel = Hidden(page)
    panel.click("start-now")
    panel.type("end", "0:16")
    panel.click("download")
    (job,) = desk.finished()
    seen = verify.pictures(desk.clip(job))
    assert seen.faults(int(14.05 * FPS), 16 * FPS - 1) == []


def test_the_browser_is_quit_in_the_middle_and_the_file_still_arrives(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(URL)
    page.click(".clipferry-button")
    panel = Hidden(page)
    panel.type("start", START)
    panel.type("end", END)
    chromium.internet.fault("hold", path="/videoplayback*")
    chromium.internet.clear_log()
    panel.click("download")
    chromium.internet.wait_for("*.googlevideo.com", "/videoplayback*itag=140*")  # no page asks for sound alone
    chromium.close()
    chromium.internet.mend()
    chromium.internet.release()
    (job,) = desk.finished()
    is_the_clip(desk.clip(job))


def test_sound_alone(desk: Desk, chromium: Chromium) -> None:
    page = chromium.open(URL)
    page.click(".clipferry-button")
    panel = Hidden(page)
    panel.type("start", START)
    panel.type("end", END)
    panel.find("format")
    panel.call(
        "format", "function() { this.value = 'mp3'; this.dispatchEvent(new Event('change', { bubbles: true })) }"
    )
    panel.click("download")
    (job,) = desk.finished()
    clip = desk.clip(job)
    assert clip.suffix == ".mp3"
    heard = verify.track(clip)  # an MP3's own clock begins with the encoder's delay
    assert heard.end_s - heard.start_s == pytest.approx(19.7 - 12.4, abs=2 * AUDIO_FRAME_S)
    for into_s in (0.0, 3.0, 6.5):
        source_s, sure = verify.sound_position(heard, heard.start_s + into_s, near_s=12.4 + into_s)
        assert sure > 0.5
        assert source_s - into_s == pytest.approx(12.4, abs=AUDIO_FRAME_S)
