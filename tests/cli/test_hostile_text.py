"""What a page or a site wrote, printed by every command: to a terminal and into a pipe, never as an order to the terminal."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipferry.cli import app
from clipferry.client.blocking_client import stop_daemon
from clipferry.clip.extract.video_links import video_address
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import Job, Wait
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.protocol.jobs import JobState, OutputParams, ProofInfo

HOSTILE = "Cat\x1b]0;owned\x07\x1b[2J\x9b31m\r\b\x7f\u202egnp.exe\u2066\u200f\u061c\u2028\n01m81hhr0b6sgerdwwmh8knpm9  done  forged"
LONG = HOSTILE + "x" * 3_000_000
URL = "https://video.example/a"
IDS = [f"01m81hhr0b6sgerdwwmh8knp{number:02d}" for number in range(4)]
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "clip": (
        ("clip", f"https://[{HOSTILE}"),
        ("clip", URL, "--name", HOSTILE),
        ("clip", "--json", URL, "--folder", HOSTILE),
    ),
    "status": (("status",), ("status", "--json")),
    "jobs": (("jobs",), ("jobs", "--json")),
    "cancel": (("cancel", IDS[3]), ("cancel", HOSTILE.replace("\0", ""))),
    "finish": (("finish", IDS[2]),),
    "dashboard": (("dashboard", "--link"),),
    "daemon": (("daemon", "status"), ("daemon", HOSTILE)),
    "setup": (("setup", "--profile", HOSTILE),),
    "doctor": (("doctor",), ("doctor", "--json")),
    "uninstall": (("uninstall", HOSTILE),),
    "demo": (("demo", HOSTILE),),
    "update": (("update", "--rollback"), ("update", HOSTILE)),
}
OWN = "\x1b[2K"
"""What clipferry's own line of progress tells a terminal."""


def steers(text: str) -> list[str]:
    """What of ``text`` a terminal would obey, or a reader be deceived by."""
    bidi = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return [c for c in text if (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\n\t") or c in bidi]


def stored(home: Path) -> None:
    """A history that holds what a site wrote, some of it as an older version kept it: of any length."""
    (home / "data").mkdir(mode=0o700, parents=True)
    database = Database(home / "data" / "jobs.sqlite3")
    store = Store(database)
    failure = Failure("site_error", LONG, HOSTILE, LONG)
    proof = ProofInfo(start_s=0, end_s=1, frames=1, copied_frames=1, path="smart", note=HOSTILE)
    states = (JobState.DONE, JobState.FAILED, JobState.WAITING, JobState.PAUSED)
    for job_id, state in zip(IDS, states, strict=True):
        job = Job(
            id=job_id,
            url=f"{URL}{job_id}#{HOSTILE}",
            output=OutputParams(),
            created_at=1.0,
            updated_at=1.0,
            state=state,
            title=LONG,
            uploader=LONG,
            thumbnail_url=f"https://video.example/{LONG}",
            site=LONG,
            failure=failure if state in (JobState.FAILED, JobState.WAITING) else None,
            wait_reason=Wait.NETWORK if state is JobState.WAITING else None,
            not_before=4e9 if state is JobState.WAITING else None,
            target=Path(f"/nowhere/{HOSTILE.replace('/', '')}.mp4") if state is JobState.DONE else None,
            proof=proof if state is JobState.DONE else None,
        )
        asyncio.run(store.create(job, video=video_address(job.url), again=False, answer=lambda first: first))
    database.close()


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    root = tmp_path_factory.mktemp("hostile")
    stored(root / "home")
    (root / "home" / "config").mkdir(mode=0o700)
    (root / "home" / "config" / "settings.json").write_text(json.dumps({HOSTILE: 1, "name_template": "{" + HOSTILE}))
    (root / "Downloads").mkdir()
    made = {**os.environ, "CLIPFERRY_HOME": str(root / "home"), "CLIPFERRY_DOWNLOADS": str(root / "Downloads")}
    yield {**made, "HOME": str(root), "NO_COLOR": "", "TERM": "xterm-256color"}
    stop_daemon(made)


def test_every_command_is_tried() -> None:
    assert set(COMMANDS) == set(app.commands)


RUNS = [
    pytest.param(one, id=" ".join(one)[:30].encode("ascii", "replace").decode())
    for all_ in COMMANDS.values()
    for one in all_
]


@pytest.mark.parametrize("arguments", RUNS)
def test_into_a_pipe(env: dict[str, str], arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clipferry", *arguments],
        env=env,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    for said in (done.stdout, done.stderr):
        assert steers(said.decode()) == []
        assert "Traceback" not in said.decode()
    assert not any(line.startswith("01m81hhr0b6sgerdwwmh8knpm9") for line in done.stdout.decode().splitlines())
    assert done.stdout or done.stderr
    if "--json" in arguments:
        json.loads(done.stdout)
    assert done.returncode != 70, done.stderr.decode()


@pytest.mark.parametrize("arguments", RUNS)
def test_to_a_terminal(env: dict[str, str], arguments: tuple[str, ...]) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "clipferry", *arguments], env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not part:
            break
        said += part
    os.close(ours)
    process.wait()
    assert steers(said.decode().replace("\r\n", "\n").replace(f"\r{OWN}", "")) == []


def test_the_logs_hold_none_of_it(env: dict[str, str]) -> None:
    """After all the others."""
    logs = [*Path(env["CLIPFERRY_HOME"]).rglob("*.log"), *Path(env["CLIPFERRY_HOME"]).rglob("daemon.stderr")]
    assert {"cli.log", "daemon.log"} <= {path.name for path in logs}
    for path in logs:
        assert steers(path.read_text()) == [], path
