"""What the daemon mends at its start: paths that moved, and nothing that was not there."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from clipferry.setup import repair as repairing
from clipferry.setup.install import SetUp, set_up
from clipferry.setup.machine import Machine
from clipferry.setup.repair import repair, stale
from unit.setup.test_set_up import tree


def set_up_earlier(machine: Machine) -> tuple[SetUp, Machine]:
    """`clipferry setup`, and the machine as a later process sees it."""
    done = set_up(machine)
    assert done.packed is not None
    return done, replace(machine, who=replace(machine.who, own_id=done.packed.extension_id))


def manifest(machine: Machine, browser: str = "chromium") -> Path:
    return machine.home / f".config/{browser}/NativeMessagingHosts/org.clipferry.companion.json"


def test_where_nothing_was_set_up_nothing_is_made(machine: Machine) -> None:
    assert not stale(machine)
    assert repair(machine) == []
    assert tree(machine.home) == {}


def test_what_is_right_is_left_as_it_is(machine: Machine) -> None:
    _, machine = set_up_earlier(machine)
    before = tree(machine.home)
    assert not stale(machine)
    repair(machine)
    assert tree(machine.home) == before


def test_an_environment_that_moved(machine: Machine) -> None:
    done, machine = set_up_earlier(machine)
    launcher = done.launcher
    right = tree(machine.home)
    launcher.write_text('#!/bin/sh\nexec /gone/bin/python -IS /gone/clipferry-host.py "$@"\n')
    said = json.loads(manifest(machine).read_text())
    manifest(machine).write_text(json.dumps({**said, "path": "/gone/host/clipferry-host"}))
    manifest(machine, "google-chrome").unlink()
    assert stale(machine)
    assert repair(machine) == []
    assert not stale(machine)
    chrome = str(manifest(machine, "google-chrome").relative_to(machine.home))
    assert tree(machine.home) == {name: content for name, content in right.items() if name != chrome}


def test_another_installation_that_works_keeps_its_manifests(machine: Machine, tmp_path: Path) -> None:
    _, machine = set_up_earlier(machine)
    other = tmp_path / "other"
    other.mkdir()
    (other / "clipferry-host").write_text(f'#!/bin/sh\nexec {sys.executable} -IS {other}/clipferry-host.py "$@"\n')
    (other / "clipferry-host.py").write_text(f"import sys\n\nsys.path.insert(0, {str(tmp_path)!r})\n")
    said = json.loads(manifest(machine).read_text())
    theirs = json.dumps({**said, "path": str(other / "clipferry-host")})
    manifest(machine).write_text(theirs)
    assert not stale(machine)
    repair(machine)
    assert manifest(machine).read_text() == theirs


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "com.example.other", "path": "/gone"}'])
def test_what_is_not_ours_is_not_touched(machine: Machine, content: str) -> None:
    _, machine = set_up_earlier(machine)
    manifest(machine).write_text(content)
    assert not stale(machine)
    repair(machine)
    assert manifest(machine).read_text() == content


def test_an_extension_of_an_older_version(machine: Machine) -> None:
    done, machine = set_up_earlier(machine)
    right = tree(machine.home)
    (done.extensions[next(iter(done.extensions))] / "boot.js").write_text("old")
    [told] = (machine.home / ".config/chromium/External Extensions").iterdir()
    told.write_text(json.dumps({"external_crx": "/gone/clipferry.crx", "external_version": "0.0.1.1"}))
    assert stale(machine)
    assert repair(machine) == []
    assert tree(machine.home) == right


def test_one_that_cannot_be_mended_keeps_no_other_from_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    _, machine = set_up_earlier(machine)
    for browser in ("chromium", "google-chrome"):
        said = json.loads(manifest(machine, browser).read_text())
        manifest(machine, browser).write_text(json.dumps({**said, "path": "/gone/clipferry-host"}))
    write = repairing.write_manifest

    def refuse(place, launcher, who):  # type: ignore[no-untyped-def]
        if place.browser == "Chrome":
            raise PermissionError(13, "Permission denied", str(place.folder))
        return write(place, launcher, who)

    monkeypatch.setattr(repairing, "write_manifest", refuse)
    [problem] = repair(machine)
    assert problem.startswith("Chrome: ")
    assert json.loads(manifest(machine).read_text())["path"] != "/gone/clipferry-host"


def test_it_runs_as_the_process_that_the_daemon_starts(machine: Machine) -> None:
    done, machine = set_up_earlier(machine)
    launcher = done.launcher
    right = launcher.read_text()
    launcher.write_text("#!/bin/sh\nexec /gone/python\n")
    env = {**machine.env, "CLIPFERRY_HOME": str(machine.paths.data_dir.parent)}
    done = subprocess.run([sys.executable, "-m", "clipferry.setup.repair"], env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert launcher.read_text() == right
