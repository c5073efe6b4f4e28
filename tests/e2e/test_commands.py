"""The commands status, jobs, cancel, daemon and dashboard."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import aiohttp

from clipferry.clip.errors import all_kinds
from clipferry.protocol.jobs import ClipCreateParams, Job
from e2e.desk import Desk
from origin import LocalInternet

URL = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


def test_status_starts_nothing_and_daemon_does_as_it_is_told(desk: Desk) -> None:
    assert "not running" in desk.clipferry("status").stdout
    assert json.loads(desk.clipferry("status", "--json").stdout) == {"running": False}
    assert desk.clipferry("daemon", "status").returncode == 1
    assert not desk.machine.paths.facts.exists()
    assert "is running" in desk.clipferry("daemon", "start").stdout
    first = json.loads(desk.machine.paths.facts.read_text())["pid"]
    assert desk.clipferry("daemon", "status").returncode == 0
    assert desk.clipferry("daemon", "restart").returncode == 0
    assert json.loads(desk.machine.paths.facts.read_text())["pid"] != first
    assert "has stopped" in desk.clipferry("daemon", "stop").stdout
    assert not desk.machine.paths.facts.exists()
    assert "was not running" in desk.clipferry("daemon", "stop").stdout


def test_what_runs_is_listed_and_can_be_cancelled_by_the_beginning_of_its_id(desk: Desk, site: LocalInternet) -> None:
    site.fault("hold", path="/videoplayback*")
    with desk.person() as talk:
        job = talk.ask("clip.create", ClipCreateParams(url=URL, start_time=1.0, end_time=3.0), Job)
    site.wait_for("*.googlevideo.com", "/videoplayback*")
    assert job.file_id in desk.clipferry("status").stdout
    listed = json.loads(desk.clipferry("status", "--json").stdout)
    assert [one["file_id"] for one in listed["jobs"]["jobs"]] == [job.file_id]
    done = desk.clipferry("cancel", job.file_id[:20])
    assert done.returncode == 0, done.stderr
    assert "cancelled" in done.stdout
    assert "cancelled" in desk.clipferry("jobs").stdout
    desk.nothing_left()


def test_cancelling_what_is_not_there_says_where_to_look(desk: Desk) -> None:
    done = desk.clipferry("cancel", "nonesuch")
    assert done.returncode == all_kinds()["job_not_found"].exit_code
    assert "clipferry status" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_dashboard_link_works_once(desk: Desk) -> None:
    link = desk.clipferry("dashboard", "--link").stdout.strip()
    page, _, code = link.partition("#c=")
    assert code
    async with aiohttp.ClientSession(headers={"Origin": page.rstrip("/")}) as session:
        async with session.post(f"{page}session", json={"code": code}) as first:
            assert first.status == 200
        async with session.post(f"{page}session", json={"code": code}) as second:
            assert second.status == 401


def test_the_dashboard_is_opened_without_showing_its_key_to_other_programs(desk: Desk, tmp_path: Path) -> None:
    """A browser's arguments can be read by every user of the machine; a file of mode 0600 cannot."""
    seen, browser = tmp_path / "arguments", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$*" > {seen}\n')
    browser.chmod(0o755)
    env = {**desk.env, "DISPLAY": ":99", "BROWSER": str(browser)}
    command = [sys.executable, "-m", "clipferry", "dashboard"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert "opens in your browser" in done.stdout, done.stderr
    assert "#c=" not in seen.read_text()
    page = Path(seen.read_text().removeprefix("file://"))
    assert "#c=" in page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
