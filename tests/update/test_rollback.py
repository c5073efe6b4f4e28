"""The way back: by hand, by itself when clips of several sites fail through the new version, at once when it cannot be loaded."""

from __future__ import annotations

import time
from importlib import metadata
from pathlib import Path

import pytest

from crash.companion import Companion, Refused

from . import wheels
from .taking import FILM, engines, take
from .wheels import Index

INSTALLED = metadata.version("yt-dlp")
REEL = "https://www.instagram.com/reel/Caaaaaaaaa1/"
SECOND = "https://www.youtube.com/watch?v=AAAAAAAAAA2"
ROLL_BACK_S = 2.0
"""docs/RELIABILITY.md promises it."""


@pytest.fixture(scope="session")
def stumbling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 2030.2.1, which passes its trial and fails on the sites that matter."""
    return wheels.ytdlp(tmp_path_factory.mktemp("stumbling"), "2030.02.01", changes=wheels.stumbling())


def lame(companion: Companion, version: str) -> None:
    """Damage an engine's files, as a disk or a cleaning program may."""
    folder = companion.home / "data" / "engines" / f"yt-dlp-{version}"
    (folder / "yt_dlp" / "YoutubeDL.py").write_text("raise ImportError('half a file')\n")


def notices(companion: Companion) -> list[str]:
    found: list[str] = companion.ask("hello", client="script", version="test")["notices"]
    return found


def test_going_back_by_hand(companion: Companion, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    with pytest.raises(Refused) as told:
        companion.ask("engine.rollback")
    assert told.value.code == "no_way_back"
    companion.ask("engine.update")
    companion.ask("worker.warm")  # with the new one: it must not be the one that takes the clip
    began = time.monotonic()
    back = companion.ask("engine.rollback")
    assert time.monotonic() - began <= ROLL_BACK_S
    assert (back["version"], back["installed"], back["offer"]) == (INSTALLED, True, None)
    job = take(companion)
    assert job["state"] == "done", job
    assert not job["title"].startswith("(new) ")
    assert companion.ask("engine.update")["version"] == INSTALLED  # not offered again


def test_back_is_the_version_before_and_two_are_kept(
    companion: Companion, index: Index, sound: Path, tmp_path: Path
) -> None:
    companion.start()
    made = [sound, *(wheels.ytdlp(tmp_path, f"2030.0{month}.02") for month in (3, 4, 5))]
    for number in range(len(made)):
        index.offer("yt-dlp", made[: number + 1])
        companion.ask("engine.update")
    kept = ["current.json", "yt-dlp-2030.3.2", "yt-dlp-2030.4.2", "yt-dlp-2030.5.2"]
    assert engines(companion) == kept
    assert companion.ask("engine.rollback")["version"] == "2030.4.2"
    assert companion.ask("engine.rollback")["version"] == "2030.3.2"
    assert companion.ask("engine.rollback")["version"] == INSTALLED
    companion.stop()
    companion.start()
    assert engines(companion) == ["current.json"]


def test_clips_of_several_sites_that_fail_through_it_send_it_back_and_are_taken(
    companion: Companion, index: Index, sound: Path, stumbling: Path
) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    companion.ask("engine.update")
    index.offer("yt-dlp", [sound, stumbling])
    assert companion.ask("engine.update")["version"] == "2030.2.1"
    assert take(companion)["state"] == "failed"  # one that had been given up is taken up again as well
    jobs = [
        companion.ask("clip.create", url=url, start_time=1, end_time=2, output={"max_height": 360})
        for url in (SECOND, REEL)
    ]
    [first] = companion.ask("job.list", query=FILM)["jobs"]
    done = [companion.wait_for(job["file_id"], ("done",)) for job in (first, *jobs)]
    assert [job["state"] for job in done] == ["done"] * 3, done
    assert done[0]["title"].startswith("(new) ")
    after = companion.ask("engine.get")
    assert after["version"] == "2030.1.2"
    assert "2030.2.1" in after["note"]
    assert notices(companion) == [after["note"]]
    assert companion.ask("engine.update")["version"] == "2030.1.2"  # not offered again


def test_one_site_that_fails_is_that_sites_own_trouble(companion: Companion, index: Index, stumbling: Path) -> None:
    index.offer("yt-dlp", [stumbling])
    companion.start()
    companion.ask("engine.update")
    jobs = [
        companion.ask("clip.create", url=FILM, start_time=start, end_time=start + 1, output={"max_height": 360})
        for start in (1, 3, 5)
    ]
    for job in jobs:
        waiting = companion.wait_for(job["file_id"], ("waiting", "failed", "done"))
        assert waiting["state"] == "waiting", waiting
    assert companion.ask("engine.get")["version"] == "2030.2.1"


def test_one_that_cannot_be_loaded_goes_at_once(companion: Companion, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    companion.ask("engine.update")
    lame(companion, "2030.1.2")
    job = take(companion)
    assert job["state"] == "done", job
    after = companion.ask("engine.get")
    assert (after["version"], after["installed"]) == (INSTALLED, True)
    assert "2030.1.2" in after["note"]


def test_who_only_looks_gets_an_answer_too(companion: Companion, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    companion.ask("engine.update")
    lame(companion, "2030.1.2")
    companion.ask("worker.warm")
    assert companion.ask("resolve", url=FILM)["key"] == "youtube:AAAAAAAAAA1"
    assert companion.ask("engine.get")["version"] == INSTALLED


def test_the_way_back_leads_over_a_broken_version_to_a_good_one(
    companion: Companion, index: Index, sound: Path, tmp_path: Path
) -> None:
    companion.start()
    index.offer("yt-dlp", [sound])
    companion.ask("engine.update")
    index.offer("yt-dlp", [wheels.ytdlp(tmp_path, "2030.06.02")])
    companion.ask("engine.update")
    lame(companion, "2030.1.2")
    lame(companion, "2030.6.2")
    assert take(companion)["state"] == "done"
    assert companion.ask("engine.get")["version"] == INSTALLED
