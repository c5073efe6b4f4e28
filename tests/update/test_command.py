"""``clipferry update`` as a person types it, and what the other commands make of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from clipferry.ytdlp.errors import UpdateRefused
from clipferry.ytdlp.versions import Versions
from e2e.desk import Desk
from origin import LocalInternet

from . import wheels
from .taking import FILM
from .wheels import Index

INSTALLED = metadata.version("yt-dlp")
MARKS = ("--start", "1", "--end", "2", "--height", "360")


@pytest.fixture
def desk(site: LocalInternet, index: Index) -> Iterator[Desk]:
    """A person whose environment names their own index; nothing of this machine's pip is left."""
    with Desk(site) as one:
        one.env |= {"PIP_INDEX_URL": wheels.INDEX, "PIP_CONFIG_FILE": os.devnull}
        yield one


def said(desk: Desk, *args: str, code: int = 0) -> dict[str, Any]:
    done = desk.clipferry(*args, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def lame(desk: Desk) -> Path:
    """Damage the engine in use."""
    folder = Versions(desk.machine.paths.engines).in_use().folder
    assert folder is not None
    (folder / "yt_dlp" / "YoutubeDL.py").write_text("raise ImportError('half a file')\n")
    return folder


def test_look_update_and_go_back(desk: Desk, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    assert said(desk, "update", "--check")["offer"] == "2030.1.2"
    assert said(desk, "update")["version"] == "2030.1.2"
    assert "no newer" not in desk.clipferry("update").stdout
    done = desk.clipferry("update", "--rollback")
    assert done.stdout == f"yt-dlp {INSTALLED} is in use now (before: 2030.1.2).\n"
    assert said(desk, "update", "--rollback", code=57)["error"]["code"] == "no_way_back"
    assert "not offered again" in desk.clipferry("status").stdout


def test_what_cannot_be_is_a_sentence(desk: Desk, index: Index, tmp_path: Path) -> None:
    index.offer("yt-dlp", [wheels.ytdlp(tmp_path, "2030.02.01", requires={"requests<": "requests>=99"})])
    done = desk.clipferry("update")
    assert done.returncode == UpdateRefused.exit_code
    assert "needs requests >=99" in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.clipferry("update", "--rollback", "--check").returncode == 2


def test_a_clip_without_the_companion_is_taken_with_the_version_in_use(desk: Desk, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    said(desk, "update")
    assert said(desk, "clip", FILM, *MARKS)["title"].startswith("(new) ")
    folder = lame(desk)
    (desk.machine.paths.cache_dir / f"resolved-{folder.name.removeprefix('yt-dlp-')}").rename(desk.root / "away")
    clip = said(desk, "clip", FILM, *MARKS)
    assert not clip["title"].startswith("(new) ")
    assert Path(clip["path"]).is_file()
    known = Versions(desk.machine.paths.engines)
    assert known.in_use().version == INSTALLED
    assert "2030.1.2" in (known.state().note or "")


def test_the_doctor_knows_which_one_is_in_use(desk: Desk, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    desk.set_up()
    said(desk, "update")
    found = {one["check"]: one for one in said(desk, "doctor")["findings"]}
    assert found["yt_dlp"]["verdict"] == "ok"
    assert "2030.1.2" in found["yt_dlp"]["said"]
    assert "--rollback" in found["yt_dlp"]["said"]
    said(desk, "update", "--rollback")
    found = {one["check"]: one for one in said(desk, "doctor")["findings"]}
    assert INSTALLED in found["yt_dlp"]["said"]
    assert found["yt_dlp_update"]["verdict"] == "warn"
    assert "2030.1.2" in found["yt_dlp_update"]["said"]


def test_uninstall_takes_the_versions_away(desk: Desk, index: Index, sound: Path) -> None:
    index.offer("yt-dlp", [sound])
    desk.set_up()
    said(desk, "update")
    assert desk.machine.paths.engines.is_dir()
    assert desk.clipferry("uninstall").returncode == 0
    assert not desk.machine.paths.engines.exists()
