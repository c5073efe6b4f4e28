"""`clipferry doctor`: an intact installation passes; each fault is reported with its fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clipferry.setup.manifests import manifest_path
from e2e.desk import Desk


def findings(desk: Desk) -> tuple[int, dict[str, tuple[str, str | None]]]:
    """The exit code, and for each check its verdict and what to do."""
    done = desk.clipferry("doctor", "--json")
    said = json.loads(done.stdout)
    assert said["healthy"] is (done.returncode == 0)
    return done.returncode, {one["check"]: (one["verdict"], one["fix"]) for one in said["findings"]}


def test_after_setup_all_is_well(desk: Desk) -> None:
    desk.set_up()
    code, found = findings(desk)
    assert code == 0
    assert {check for check, (verdict, _) in found.items() if verdict == "fail"} == set()
    assert {
        "python",
        "yt_dlp",
        "ffmpeg",
        "browser:firefox",
        "host",
        "daemon",
        "dashboard",
        "downloads",
        "history",
    } <= set(found)


def test_before_setup_it_says_run_setup(desk: Desk) -> None:
    code, found = findings(desk)
    assert code == 1
    verdict, fix = found["browser:chromium"]
    assert verdict == "fail"
    assert "clipferry setup" in (fix or "")


def _manifest(desk: Desk) -> Path:
    place = next(place for place in desk.machine.places() if place.browser == "Chromium")
    return manifest_path(place, desk.machine.who)


def break_manifest(desk: Desk) -> None:
    _manifest(desk).write_text("{")


def point_elsewhere(desk: Desk) -> None:
    path = _manifest(desk)
    path.write_text(path.read_text().replace("clipferry-host", "gone"))


def other_extension(desk: Desk) -> None:
    path = _manifest(desk)
    path.write_text(path.read_text().replace(desk.machine.who.chrome_id, "a" * 32))


def lose_host(desk: Desk) -> None:
    (desk.machine.paths.data_dir / "host" / "clipferry-host.py").write_text("raise SystemExit(1)")


def lose_downloads(desk: Desk) -> None:
    desk.downloads.rmdir()
    desk.downloads.write_text("a file, not a folder")


def lose_history(desk: Desk) -> None:
    desk.machine.paths.database.write_bytes(b"this is no database" * 100)


def lose_extension(desk: Desk) -> None:
    (desk.machine.paths.data_dir / "extension" / "chromium" / "manifest.json").unlink()


@pytest.mark.parametrize(
    ("damage", "check", "word"),
    [
        (break_manifest, "browser:chromium", "clipferry setup"),
        (point_elsewhere, "browser:chromium", "clipferry setup"),
        (other_extension, "browser:chromium", "clipferry setup"),
        (lose_host, "host", "log"),
        (lose_downloads, "downloads", "folder"),
        (lose_extension, "extension:chromium", "clipferry setup"),
    ],
)
def test_what_is_broken_is_named(desk: Desk, damage: Callable[[Desk], None], check: str, word: str) -> None:
    desk.set_up()
    damage(desk)
    _, found = findings(desk)
    verdict, fix = found[check]
    assert verdict in ("fail", "warn")
    assert word in (fix or "")


def test_in_words_it_ends_with_a_verdict(desk: Desk) -> None:
    desk.set_up()
    done = desk.clipferry("doctor")
    assert done.stdout.strip().endswith("All is well.")
    assert "Traceback" not in done.stderr


def test_a_history_that_is_no_database_does_not_take_the_doctor_down(desk: Desk) -> None:
    """The daemon puts such a file aside and begins a new one, so that clips can be taken."""
    desk.set_up()
    lose_history(desk)
    code, found = findings(desk)
    assert (code, found["history"][0], found["daemon"][0]) == (0, "ok", "ok")
    kept = [
        path for path in desk.machine.paths.data_dir.iterdir() if path.is_file() and path.read_bytes()[:7] == b"this is"
    ]
    assert kept, "what was there is kept for whoever can read it"
