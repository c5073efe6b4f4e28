"""`clipferry setup` where something stands in its way: a sentence for that, and everything else is done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clipferry.setup.files import rehearsal
from clipferry.setup.install import set_up
from clipferry.setup.machine import Machine
from clipferry.setup.uninstall import uninstall
from disks import small_disk
from unit.setup.test_set_up import tree

CHROMIUM = ".config/chromium"


def test_a_read_only_profile_is_named_and_the_others_are_served(machine: Machine) -> None:
    with small_disk("64k", read_only=True) as disk:
        (machine.home / ".config").mkdir()
        (machine.home / CHROMIUM).symlink_to(disk)
        done = set_up(machine)
        [problem] = done.problems
        assert problem.startswith("Chromium: ")
        assert "Read-only file system" in problem
        assert set(done.browsers) == {"Chrome", "Firefox"}
        assert "Chromium" not in done.installing
        assert list(disk.iterdir()) == []


def test_a_profile_that_became_read_only_does_not_stop_uninstall(machine: Machine) -> None:
    profile = machine.home / CHROMIUM
    set_up(machine)
    profile.rename(machine.home / "kept")
    subprocess.run(["mount", "--bind", str(machine.home / "kept"), str(machine.home / "kept")], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(machine.home / "kept")], check=True)
        profile.symlink_to(machine.home / "kept")
        removed = uninstall(machine, purge=False)
    finally:
        subprocess.run(["umount", str(machine.home / "kept")], check=True)
    assert any("Chromium" in line and "Read-only" in line for line in removed.left)
    assert not (machine.home / ".mozilla/native-messaging-hosts").exists()


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"\x00\xff" * 40, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_damaged_key_keeps_the_extension_that_is_installed_let_in(machine: Machine, content: bytes) -> None:
    set_up(machine)
    key = machine.paths.data_dir / "extension" / "signing-key.pem"
    key.write_bytes(content)
    before = tree(machine.home)
    done = set_up(machine)
    [problem] = done.problems
    assert str(key) in problem
    assert "Delete it" in problem
    assert tree(machine.home) == before, "its id is still in the manifests, and the key is as it was"


def test_a_key_that_cannot_be_read_is_a_sentence(machine: Machine) -> None:
    set_up(machine)
    key = machine.paths.data_dir / "extension" / "signing-key.pem"
    key.unlink()
    key.mkdir()
    [problem] = set_up(machine).problems
    assert "signing-key.pem cannot be read" in problem


def test_without_space_for_the_extension_the_browsers_still_find_the_companion(machine: Machine) -> None:
    with small_disk("64k") as disk:
        machine.paths.data_dir.mkdir(parents=True, mode=0o700)
        (machine.paths.data_dir / "extension").symlink_to(disk)
        done = set_up(machine)
        assert "Chromium" in done.browsers
        assert all("No space left" in problem for problem in done.problems)
        assert done.problems
        assert [path for path in disk.rglob(".*") if path.is_file()] == [], "no half of a file"


def test_a_dry_run_lists_what_is_then_written_and_writes_nothing(machine: Machine) -> None:
    with rehearsal() as planned:
        set_up(machine, autostart=True)
    assert tree(machine.home) == {}
    assert not machine.paths.data_dir.exists()
    set_up(machine, autostart=True)
    written = {str(machine.home / name) for name in tree(machine.home)}
    paths = {line.partition(" ")[2] for line in planned}
    for path in written:
        assert any(Path(path).is_relative_to(one) or "External Extensions" in path for one in paths), path
    assert all(line.startswith("write ") for line in planned)
    with rehearsal() as again:
        set_up(machine, autostart=True)
    assert again == []


def test_a_dry_run_of_a_change_says_change_and_of_a_removal_remove(machine: Machine) -> None:
    set_up(machine, autostart=True)
    manifest = machine.home / CHROMIUM / "NativeMessagingHosts/org.clipferry.companion.json"
    manifest.write_text("{}")
    before = tree(machine.home)
    with rehearsal() as planned:
        set_up(machine, autostart=False)
    assert planned == [f"change {manifest}", f"remove {machine.home / '.config/autostart/clipferry.desktop'}"]
    assert tree(machine.home) == before
