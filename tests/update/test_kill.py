"""``kill -9`` at any point of an update: the old yt-dlp goes on working, and what was begun is gone after the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from clipferry.ytdlp.versions import Versions
from crash.companion import Companion
from origin import LocalInternet

from . import wheels
from .swap_once import CONTENT, swap
from .taking import engines, take
from .wheels import Index

INSTALLED = metadata.version("yt-dlp")
TESTS = Path(__file__).parents[1]
CALLS = ("/^rename", "fsync", "/^mkdir", "/^(unlink|rmdir)", "flock", "write")
LAST = 12


def kill_and_look(companion: Companion) -> None:
    """Kill the daemon in the middle of an update: nothing of it lives on, and the next one works with the old engine."""
    companion.kill()
    assert companion.wait_no_workers(10) == []
    assert any(name.startswith(".new-") for name in engines(companion))
    companion.start()
    assert [name for name in engines(companion) if name != "current.json"] == []
    assert companion.ask("engine.get")["version"] == INSTALLED
    assert take(companion)["state"] == "done"


def test_killed_while_it_is_fetched(companion: Companion, index: Index, sound: Path, site: LocalInternet) -> None:
    index.offer("yt-dlp", [sound])
    companion.start()
    site.fault(
        "hold", host="packages.test", path="/file/*", nth=2, after_bytes=2_000_000, times=0
    )  # 1: to look what it is
    with companion.talk() as line:
        line.begin("engine.update")
        site.wait_for("packages.test", "/file/*", requests=2, sent=sound.stat().st_size + 1_000_000)
        site.mend()
        kill_and_look(companion)
    site.release()


def test_killed_during_its_trial(companion: Companion, index: Index, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    slow = {"__init__.py": lambda text: f"open({os.fspath(pipe)!r}).read()\n{text}"}
    index.offer("yt-dlp", [wheels.ytdlp(tmp_path, "2030.02.01", changes=slow)])
    companion.start()
    with companion.talk() as line:
        line.begin("engine.update")
        with pipe.open("w"):  # opens when somebody imports it
            kill_and_look(companion)


@pytest.mark.parametrize("call", CALLS)
def test_killed_at_every_step_of_the_swap(call: str, tmp_path: Path) -> None:
    """At the n-th call of its kind, for every n, until it gets through."""
    for number in range(1, LAST + 1):
        folder = tmp_path / str(number)
        both = Versions(folder)
        swap(both, "2030.1.1")
        command = ["strace", "-f", "-o", os.devnull, "-e", f"inject={call}:signal=KILL:when={number}"]
        killed = subprocess.run(
            [*command, sys.executable, "-m", "update.swap_once", str(folder), "2030.2.2"],
            env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"},
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        assert killed in (0, -signal.SIGKILL, 128 + signal.SIGKILL)
        now = Versions(folder)
        in_use = now.in_use()
        assert in_use.version in ("2030.1.1", "2030.2.2")
        assert in_use.folder is not None
        assert (in_use.folder / "yt_dlp").read_text() == CONTENT
        now.sweep()
        kept = {path.name for path in folder.iterdir() if path.is_dir()}
        assert kept == {"yt-dlp-2030.1.1"} | ({"yt-dlp-2030.2.2"} if in_use.version == "2030.2.2" else set())
        swap(now, "2030.3.3")
        assert now.in_use().version == "2030.3.3"
        if killed == 0:
            return
    pytest.fail(f"{LAST} calls of {call} were not enough")
