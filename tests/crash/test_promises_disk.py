"""Promises of docs/RELIABILITY.md (facts 2.1) on disks and folders, on real small ones."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from disks import small_disk
from origin import LocalInternet

from .companion import Companion
from .holding import STAGES, Hold
from .promised import create, wait_done


def fill(disk: Path, leave: int = 0) -> Path:
    """Take all but ``leave`` bytes, whoever else is writing."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    os.truncate(ballast, max(0, ballast.stat().st_size - leave))
    return ballast


@pytest.mark.parametrize("stage", ["queued", *STAGES])
def test_a_full_disk_is_waited_for(site: LocalInternet, tmp_path: Path, stage: str) -> None:
    with small_disk("96m") as disk, Companion(disk, site.env()) as companion:
        hold = None if stage == "queued" else Hold(stage, companion, site)
        companion.start()
        companion.ask("queue.pause", paused=hold is None)
        # Long enough that the result does not fit into what the history keeps beside it and gives up when the disk is full.
        file_id = create(companion, start_time=0.0, end_time=58.0, **(hold.asked if hold else {}))
        if hold:
            hold.wait(file_id)
        # The wish to go on with the queue has to be noted, for which there must be a little room.
        ballast = fill(disk, leave=0 if hold else 1 << 20)
        began = time.monotonic()
        if hold:
            hold.release()
        else:
            companion.ask("queue.pause", paused=False)
        job = companion.wait_for(file_id, ("waiting", "done", "failed"), timeout_s=60)
        print(f"\n{stage}: waiting after {time.monotonic() - began:.2f} s: {job['error']}")
        assert job["wait_reason"] == "disk_full", job
        assert companion.files() == {}
        assert companion.ask("job.list")["jobs"][0]["file_id"] == file_id, "the history cannot be read"
        ballast.unlink()
        done = companion.wait_for(file_id, ("done", "failed"), timeout_s=90)
        assert done["state"] == "done", done
        assert list(companion.files()) == [done["file_name"]]


def test_a_small_disk_takes_clips_until_it_is_full(site: LocalInternet, tmp_path: Path) -> None:
    """Less than 32 MiB in all: what is left alone grows with the disk."""
    with small_disk("24m") as disk, Companion(tmp_path, site.env(), downloads=disk / "Downloads") as companion:
        companion.start()
        wait_done(companion, create(companion))
        ballast = fill(disk)
        file_id = create(companion, start_time=20.0, end_time=24.0)
        job = companion.wait_for(file_id, ("waiting", "done", "failed"))
        assert job["wait_reason"] == "disk_full", job
        assert re.search(r": \d+ kB are free, \d+ kB are needed\.", job["error"]["message"]), job["error"]
        ballast.unlink()
        wait_done(companion, file_id, may_wait=True)


def test_a_folder_that_is_not_there_is_waited_for(companion: Companion, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    companion.start()
    settings = companion.ask("settings.get")
    companion.ask("settings.set", **{**settings, "downloads_dir": str(drive)})
    file_id = create(companion)
    job = companion.wait_for(file_id, ("waiting", "done", "failed"))
    assert job["wait_reason"] == "folder", job
    companion.kill()
    companion.start()
    drive.mkdir()
    job = companion.wait_for(file_id, ("done", "failed"))
    assert job["state"] == "done", job
    assert [entry.name for entry in drive.iterdir()] == [job["file_name"]]
    assert companion.staged() == []


def test_another_folder_in_the_settings_ends_the_wait_for_the_one_that_is_missing(
    companion: Companion, tmp_path: Path
) -> None:
    companion.start()
    settings = companion.ask("settings.get")
    companion.ask("settings.set", **{**settings, "downloads_dir": str(tmp_path / "missing")})
    file_id = create(companion)
    assert companion.wait_for(file_id, ("waiting", "done", "failed"))["wait_reason"] == "folder"
    companion.kill()  # as if it had been tried often: the next try would be in five minutes
    with contextlib.closing(sqlite3.connect(companion.home / "data" / "jobs.sqlite3")) as database, database:
        database.execute("UPDATE jobs SET not_before = ?", (time.time() + 300,))
    companion.start()
    companion.ask("settings.set", **{**settings, "downloads_dir": str(companion.downloads)})
    wait_done(companion, file_id, may_wait=True)


def test_a_folder_on_another_file_system_gets_its_clip(site: LocalInternet, tmp_path: Path) -> None:
    with small_disk("64m") as disk, Companion(tmp_path, site.env(), downloads=disk / "Downloads") as companion:
        companion.start()
        job = wait_done(companion, create(companion))
        assert list(companion.files()) == [job["file_name"]]
        assert sorted(entry.name for entry in companion.downloads.iterdir()) == [job["file_name"]]


def test_a_read_only_folder_is_waited_for(site: LocalInternet, tmp_path: Path) -> None:
    with small_disk("64m") as disk, Companion(tmp_path, site.env(), downloads=disk / "Downloads") as companion:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        companion.start()
        file_id = create(companion)
        job = companion.wait_for(file_id, ("waiting", "done", "failed"))
        assert job["wait_reason"] == "folder", job
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        job = companion.wait_for(file_id, ("done", "failed"))
        assert job["state"] == "done", job
        assert list(companion.files()) == [job["file_name"]]
