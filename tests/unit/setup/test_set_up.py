"""`clipferry setup` and `clipferry uninstall`: what lies on the disk afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from clipferry.setup.browsers import ManifestDialect
from clipferry.setup.install import set_up
from clipferry.setup.launcher import launcher_path
from clipferry.setup.machine import Machine
from clipferry.setup.manifests import manifest_path, read_manifest
from clipferry.setup.uninstall import uninstall


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_person_without_any_browser_yet_gets_the_three_usual_ones(machine: Machine) -> None:
    done = set_up(machine)
    assert done.browsers == ("Chrome", "Chromium", "Firefox")
    assert (machine.home / ".mozilla/native-messaging-hosts/org.clipferry.companion.json").is_file()


def test_browsers_that_are_used_get_theirs(machine: Machine) -> None:
    (machine.home / ".config/vivaldi").mkdir(parents=True)
    (machine.home / ".config/librewolf").mkdir(parents=True)
    assert {"Vivaldi", "LibreWolf"} < set(set_up(machine).browsers)


def test_the_ids_that_stores_gave_are_let_in(machine: Machine) -> None:
    known = replace(machine, who=replace(machine.who, store_ids=("b" * 32, "c" * 32)))
    set_up(known)
    (path,) = (manifest_path(place, known.who) for place in known.places() if place.browser == "Chromium")
    assert {f"chrome-extension://{one * 32}/" for one in "bc"} < set(json.loads(path.read_text())["allowed_origins"])


def test_every_manifest_is_one_that_its_browser_takes(machine: Machine) -> None:
    set_up(machine)
    for place in machine.places():
        path = manifest_path(place, machine.who)
        if path.exists():
            assert read_manifest(path, place.family, machine.who).problem is None
            said = json.loads(path.read_text())
            assert ("allowed_origins" in said) is (place.family is ManifestDialect.CHROMIUM)
            assert said["path"] == str(launcher_path(machine.system, machine.paths.data_dir))


def test_doing_it_again_changes_nothing(machine: Machine) -> None:
    assert set_up(machine).changed
    before = tree(machine.home)
    assert not set_up(machine).changed
    assert tree(machine.home) == before


def test_a_manifest_that_somebody_broke_is_mended(machine: Machine) -> None:
    set_up(machine)
    path = machine.home / ".config/chromium/NativeMessagingHosts/org.clipferry.companion.json"
    path.write_text("{")
    assert set_up(machine).changed
    assert json.loads(path.read_text())["name"] == machine.who.host_name


def test_a_profile_of_its_own_is_served_and_remembered(machine: Machine, tmp_path: Path) -> None:
    profile = tmp_path / "portable"
    profile.mkdir()
    manifest = profile / "NativeMessagingHosts/org.clipferry.companion.json"
    set_up(machine, profiles=[profile])
    assert manifest.is_file()
    manifest.unlink()
    set_up(machine)
    assert manifest.is_file(), "the second setup knows it without being told"


def test_the_launcher_lets_no_stranger_in_and_no_foreign_package(machine: Machine, tmp_path: Path) -> None:
    launcher = set_up(machine).launcher
    (tmp_path / "clipferry_host").mkdir()
    (tmp_path / "clipferry_host" / "__init__.py").write_text("raise SystemExit(99)")
    env = {**machine.env, "PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": "/nonexistent"}
    stranger = subprocess.run(
        [str(launcher), "chrome-extension://aaaabbbbccccddddeeeeffffgggghhhh/"],
        env=env,
        cwd=tmp_path,
        input=b"",
        capture_output=True,
        check=False,
    )
    assert stranger.returncode == 3
    assert stranger.stdout == b""
    assert not machine.paths.lock.exists(), "and starts no daemon for it"


def test_autostart_is_off_unless_asked_for_and_setup_leaves_it_alone(machine: Machine) -> None:
    entry = machine.home / ".config/autostart/clipferry.desktop"
    assert not set_up(machine).autostart
    assert not entry.exists()
    assert set_up(machine, autostart=True).autostart
    assert set_up(machine).autostart, "a later setup keeps what the person chose"
    assert not set_up(machine, autostart=False).autostart
    assert not entry.exists()


def test_uninstall_leaves_no_trace_but_history_and_settings(machine: Machine, tmp_path: Path) -> None:
    downloads = machine.paths.downloads_dir
    downloads.mkdir()
    (downloads / "clip.mp4").write_bytes(b"a clip")
    other = machine.home / ".config/chromium/NativeMessagingHosts/com.example.other.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    profile = tmp_path / "portable"
    profile.mkdir()
    set_up(machine, autostart=True, profiles=[profile])
    machine.paths.database.write_bytes(b"history")
    machine.paths.settings.write_text("{}")

    removed = uninstall(machine, purge=False)

    assert any("Chromium" in line for line in removed.lines)
    kept = {path for path in tree(machine.home) if not path.endswith("clip.mp4")}
    assert kept == {
        ".clipferry/data/jobs.sqlite3",
        ".clipferry/config/settings.json",
        ".config/chromium/NativeMessagingHosts/com.example.other.json",
    }
    assert not any(profile.rglob("*"))
    assert (downloads / "clip.mp4").read_bytes() == b"a clip"


def test_purge_forgets_history_and_settings_and_still_keeps_clips(machine: Machine) -> None:
    machine.paths.downloads_dir.mkdir()
    (machine.paths.downloads_dir / "clip.mp4").write_bytes(b"a clip")
    set_up(machine)
    machine.paths.database.write_bytes(b"history")
    uninstall(machine, purge=True)
    assert set(tree(machine.home)) == {"Downloads/clip.mp4"}
    assert not (machine.home / ".mozilla").exists(), "no empty folder of a browser that was never there"


def test_uninstall_where_nothing_is_installed_says_so_calmly(machine: Machine) -> None:
    assert uninstall(machine, purge=True).lines == ("History, settings and logs are gone.",)


def test_only_the_environment_of_the_installer_is_removed(machine: Machine) -> None:
    """The tests run in an environment that no installer made: it must survive, and the person be told."""
    removed = uninstall(machine, purge=False)
    assert any("uv tool uninstall" in line for line in removed.left)
    assert Path(sys.executable).exists()
