"""`clipferry setup --system`: one file for Google Chrome, and one command for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipferry.setup.extension.chrome_system import forget_chrome, tell_chrome
from clipferry.setup.extension.chromium_external import ForeignFile, PackedExtension
from clipferry.setup.install import set_up
from clipferry.setup.machine import Machine

NEVER = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def packed(machine: Machine) -> PackedExtension:
    made = set_up(machine).packed
    assert made is not None
    return made


def no(_: str) -> bool:
    return False


def test_root_gets_the_one_file_which_anybody_may_read(packed: PackedExtension, tmp_path: Path) -> None:
    folder = tmp_path / "usr/share/google-chrome/extensions"
    assert tell_chrome(packed, no, NEVER, folder)
    [written] = folder.iterdir()
    assert written.name == f"{packed.extension_id}.json"
    assert written.stat().st_mode & 0o777 == 0o644
    assert json.loads(written.read_text())["external_crx"] == str(packed.crx)
    assert forget_chrome(packed.extension_id, no, NEVER, folder) is None
    assert list(folder.iterdir()) == []


def test_anybody_else_is_asked_with_the_very_command(
    packed: PackedExtension, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    asked: list[str] = []
    folder = tmp_path / "extensions"
    assert not tell_chrome(packed, lambda command: bool(asked.append(command)), NEVER, folder)
    target = folder / packed.file_name
    assert asked == [f"sudo install -D -m 644 '{packed.crx.with_name(packed.file_name)}' {target}"]
    assert not folder.exists()
    folder.mkdir()
    target.write_text(packed.text)
    assert tell_chrome(packed, lambda command: bool(asked.append(command)), NEVER, folder), "it is there already"
    assert forget_chrome(packed.extension_id, no, NEVER, folder) == f"sudo rm {target}"


@pytest.mark.parametrize("kind", ["file", "link"])
def test_somebody_elses_file_is_left_alone(packed: PackedExtension, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "extensions"
    folder.mkdir()
    target, other = folder / packed.file_name, tmp_path / "other.json"
    other.write_text('{"external_crx": "/opt/other.crx"}')
    target.symlink_to(other) if kind == "link" else target.write_text(other.read_text())
    with pytest.raises(ForeignFile, match=packed.file_name):
        tell_chrome(packed, no, NEVER, folder)
    assert forget_chrome(packed.extension_id, no, NEVER, folder) is None
    assert target.read_text() == other.read_text()
