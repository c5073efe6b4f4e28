"""What cannot be done: a code, a sentence and a hint, the same in every client, and no files are left behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from clipferry.clip.errors import all_kinds
from clipferry.protocol.jobs import ClipCreateParams, Job, JobRef, JobState
from clipferry.protocol.settings import Settings
from disks import small_disk
from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from origin import Case, case_id

WATCH = "https://www.youtube.com/watch?v="
GOOD = f"{WATCH}AAAAAAAAAA1"


@dataclass(frozen=True, slots=True)
class Bad:
    """A request and the code that it must be answered with."""

    code: str
    url: str = GOOD
    start: str | None = "1"
    end: str | None = "3"

    def __str__(self) -> str:
        return f"{self.code}-{self.url[-12:]}-{self.start}-{self.end}"


AT_THE_SITE = {
    Case.PRIVATE: "private_video",
    Case.REMOVED: "removed_video",
    Case.AGE_GATE_HARD: "age_restricted",
    Case.GEO: "geo_blocked",
    Case.MEMBERS: "members_only",
    Case.DRM: "drm_protected",
    Case.UPCOMING: "not_started",
}

ALL = [
    Bad("invalid_url", "nonsense"),
    Bad("invalid_url", "file:///etc/passwd"),
    Bad("invalid_url", "javascript:alert(1)"),
    Bad("invalid_url", "--exec=true"),
    Bad("blocked_address", "http://127.0.0.1:1/"),
    Bad("blocked_address", "http://169.254.169.254/latest/meta-data"),
    Bad("unsupported_site", "https://video.example/"),
    Bad("invalid_time", start="-5"),
    Bad("invalid_time", start="soon"),
    Bad("invalid_time", end="1:99"),
    Bad("invalid_time", end="NaN"),
    Bad("invalid_range", start="3", end="3"),
    Bad("invalid_range", start="9", end="3"),
    Bad("range_outside_video", start="58", end="75"),
    Bad("range_outside_video", start="75", end="80"),
    *(Bad(code, WATCH + case_id(case)) for case, code in AT_THE_SITE.items()),
]


def explained(code: str, sentence: str, hint: str) -> None:
    """Check that message and hint are two different sentences without internals of a program."""
    assert sentence.endswith((".", "?", "!")), sentence
    assert hint.strip(), code
    assert sentence != hint
    for word in ("Traceback", "Error:", "yt_dlp", "yt-dlp", "None", "\n"):
        assert word not in sentence + hint, (sentence, hint)


@pytest.mark.parametrize("bad", ALL, ids=str)
def test_on_the_command_line(desk: Desk, bad: Bad) -> None:
    times = [*(["--start", bad.start] if bad.start else []), *(["--end", bad.end] if bad.end else [])]
    done = desk.clipferry("clip", *times, "--folder", str(desk.downloads), "--json", "--", bad.url)
    said = json.loads(done.stdout)["error"]
    assert said["code"] == bad.code
    assert done.returncode == all_kinds()[bad.code].exit_code
    assert "Traceback" not in done.stderr
    explained(said["code"], said["message"], said["hint"])
    desk.nothing_left()


@pytest.mark.parametrize("bad", ALL, ids=str)
async def test_over_rest(desk: Desk, bad: Bad) -> None:
    body = {"url": bad.url, "start_time": bad.start, "end_time": bad.end}
    status, said = await desk.rest("POST", "/download", json=body)
    if status == 202:
        (job,) = desk.finished()
        assert job.state is JobState.FAILED
        status, state = await desk.rest("GET", f"/status/{said['file_id']}")
        assert (status, state["ready"]) == (200, False)
        error = state["error"]
        status, refused = await desk.rest("GET", f"/video/{said['file_id']}")
        assert status in (404, 409)
        assert refused["error"]["code"] == "not_ready"
    else:
        assert 400 <= status < 500
        error = said["error"]
        assert desk.jobs() == [], "what was refused is no job"
    assert error["code"] == bad.code
    explained(error["code"], error["message"], error["hint"])
    desk.nothing_left()


@pytest.mark.parametrize("case", AT_THE_SITE, ids=str)
def test_in_the_panel(desk: Desk, chromium: Chromium, case: Case) -> None:
    """The page shows the video (as to somebody who may see it) but the companion is refused it."""
    page = chromium.open(WATCH + case_id(case))
    page.click(".clipferry-button")
    panel = Hidden(page)
    assert panel.call("trouble", "function() { return this.dataset.code }") == AT_THE_SITE[case]
    sentence, _, hint = panel.text("trouble").partition("\n")
    explained(case, sentence.strip(), hint.strip().replace("\n", " "))
    desk.nothing_left()


def test_in_the_popup_a_pasted_link_that_is_none(desk: Desk, chromium: Chromium) -> None:
    popup = chromium.popup()
    popup.wait_for_selector("[data-hook=companion][data-state=ok]")
    popup.fill("[data-hook=paste]", "https://video.example/")
    popup.click("[data-hook=take]")
    row = popup.wait_for_selector("[data-hook=job][data-state=failed], [data-hook=trouble]")
    assert row is not None
    assert "no video" in row.inner_text()
    desk.nothing_left()


def test_a_folder_that_is_gone(desk: Desk) -> None:
    done = desk.clipferry("clip", GOOD, "--start", "1", "--end", "3", "--folder", "/nowhere/at/all", "--json")
    said = json.loads(done.stdout)["error"]
    assert (said["code"], done.returncode) == ("folder_missing", all_kinds()["folder_missing"].exit_code)


def test_a_folder_that_comes_back_gets_its_clip(desk: Desk) -> None:
    """Through the daemon a missing folder is a wait, not a failure: the drive may be plugged in again."""
    stick = desk.root / "stick"
    with desk.person() as talk:
        talk.ask("settings.set", Settings(downloads_dir=str(stick)), Settings)
        job = talk.ask("clip.create", ClipCreateParams(url=GOOD, start_time=1.0, end_time=3.0), Job)
        for event in talk.events(timeout_s=60):
            if event.event == "job" and event.data["state"] == JobState.WAITING:
                assert event.data["wait_reason"] == "folder"
                break
        stick.mkdir()
        talk.ask("job.retry", JobRef(file_id=job.file_id), Job)
    (done,) = desk.finished()
    assert (stick / (done.file_name or "")).is_file()
    assert list(desk.downloads.iterdir()) == []


def test_a_disk_without_room(desk: Desk) -> None:
    with small_disk("64k") as small:
        done = desk.clipferry("clip", GOOD, "--start", "1", "--end", "20", "--folder", str(small), "--json")
        said = json.loads(done.stdout)["error"]
        assert (said["code"], done.returncode) == ("disk_full", all_kinds()["disk_full"].exit_code)
        explained(said["code"], said["message"], said["hint"])
        assert list(small.iterdir()) == []


def test_without_ffmpeg_a_gif_cannot_be_made_and_mp4_can(desk: Desk, tmp_path: Path) -> None:
    desk.machine.paths.make()
    desk.machine.paths.settings.write_text(Settings(ffmpeg=str(tmp_path / "ffmpeg")).model_dump_json())
    args = ["clip", GOOD, "--start", "1", "--end", "2", "--folder", str(desk.downloads), "--json"]
    done = desk.clipferry(*args, "--format", "gif")
    said = json.loads(done.stdout)["error"]
    assert (said["code"], done.returncode) == ("ffmpeg_missing", all_kinds()["ffmpeg_missing"].exit_code)
    desk.nothing_left()
    assert desk.clipferry(*args).returncode == 0
