"""The extension in a profile of Firefox ESR: put in, kept current, taken out; nothing else of the profile touched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clipferry.setup.extension import firefox_permanent as firefox
from clipferry.setup.install import set_up
from clipferry.setup.machine import Machine
from clipferry.setup.uninstall import uninstall

PREFS = 'user_pref("browser.startup.page", 3);\nuser_pref("xpinstall.signatures.required", false);\n'


def make_profile(machine: Machine, remoting_name: str, *, prefs: str = "") -> Path:
    program = machine.home / f"opt/{remoting_name}"
    program.mkdir(parents=True)
    (program / "application.ini").write_text(f"[App]\nVendor=Mozilla\nRemotingName={remoting_name}\n")
    root = machine.home / ".config/mozilla/firefox"
    folder = root / "abc.default"
    folder.mkdir(parents=True)
    (root / "profiles.ini").write_text("[General]\nVersion=2\n\n[Profile0]\nName=d\nIsRelative=1\nPath=abc.default\n")
    (folder / "compatibility.ini").write_text(f"[Compatibility]\nLastPlatformDir={program}\n")
    (folder / "prefs.js").write_text(prefs)
    return folder


def test_esr_keeps_it_on_the_persons_word_alone(machine: Machine) -> None:
    folder = make_profile(machine, "firefox-esr")
    assert set_up(machine).installing == ("Chromium",)
    assert not (folder / "user.js").exists()
    assert "Firefox" in set_up(machine, firefox_permanent=True).installing
    assert (folder / "extensions/clipferry@clipferry.org.xpi").read_bytes().startswith(b"PK")
    assert 'user_pref("xpinstall.signatures.required", false);' in (folder / "user.js").read_text()
    assert not set_up(machine).changed


def test_release_firefox_would_ignore_it_and_is_left_alone(machine: Machine) -> None:
    folder = make_profile(machine, "firefox")
    assert "Firefox" not in set_up(machine, firefox_permanent=True).installing
    assert not (folder / "extensions").exists()


def test_what_the_person_wrote_in_user_js_stays(machine: Machine) -> None:
    folder = make_profile(machine, "firefox-esr")
    (folder / "user.js").write_text("// mine\n")
    set_up(machine, firefox_permanent=True)
    assert (folder / "user.js").read_text().startswith("// mine\n")
    uninstall(machine, purge=False)
    assert (folder / "user.js").read_text() == "// mine\n"


def test_removal_takes_the_preferences_back(machine: Machine) -> None:
    folder = make_profile(machine, "firefox-esr", prefs='user_pref("browser.startup.page", 3);\n')
    set_up(machine, firefox_permanent=True)
    with (folder / "prefs.js").open("a") as prefs:  # as Firefox does when it is closed
        prefs.writelines(f'user_pref("{name}", {value});\n' for name, value in firefox.PREFERENCES.items())
    set_up(machine, firefox_permanent=False)
    assert (folder / "prefs.js").read_text() == 'user_pref("browser.startup.page", 3);\n'
    assert not (folder / "user.js").exists()
    assert not list((folder / "extensions").iterdir())


def test_a_preference_that_the_person_had_set_stays(machine: Machine) -> None:
    folder = make_profile(machine, "firefox-esr", prefs=PREFS)
    set_up(machine, firefox_permanent=True)
    set_up(machine, firefox_permanent=True)
    uninstall(machine, purge=False)
    assert (folder / "prefs.js").read_text() == PREFS


def test_an_open_profiles_prefs_are_firefoxs_own(machine: Machine) -> None:
    folder = make_profile(machine, "firefox-esr")
    set_up(machine, firefox_permanent=True)
    text = 'user_pref("extensions.autoDisableScopes", 14);\n'
    (folder / "prefs.js").write_text(text)
    (folder / "lock").symlink_to(f"127.0.1.1:+{os.getpid()}")
    removed = uninstall(machine, purge=False)
    assert any("about:config" in line for line in removed.left)
    assert (folder / "prefs.js").read_text() == text


@pytest.mark.parametrize("text", ["", "[Profile0]\nPath=\n", "not an ini", "[Profile0]\nPath=../../..\nIsRelative=1\n"])
def test_a_damaged_list_of_profiles_is_no_list(machine: Machine, text: str) -> None:
    root = machine.home / ".mozilla/firefox"
    root.mkdir(parents=True)
    (root / "profiles.ini").write_text(text)
    assert firefox.profiles(machine.home, machine.env) == []
    assert "Firefox" in set_up(machine, firefox_permanent=True).browsers


def test_the_lock_of_a_firefox_that_was_killed_does_not_count(machine: Machine) -> None:
    folder = make_profile(machine, "firefox-esr")
    set_up(machine, firefox_permanent=True)
    (folder / "prefs.js").write_text('user_pref("extensions.autoDisableScopes", 14);\n')
    ended = subprocess.Popen(["true"])
    ended.wait()
    (folder / "lock").symlink_to(f"127.0.1.1:+{ended.pid}")
    uninstall(machine, purge=False)
    assert (folder / "prefs.js").read_text() == ""


def test_what_a_person_wrote_in_another_encoding_stays_to_the_byte(machine: Machine) -> None:
    folder = make_profile(machine, "firefox-esr")
    own = b'user_pref("x", "caf\xe9");\n'
    (folder / "user.js").write_bytes(own)
    set_up(machine, firefox_permanent=True)
    assert (folder / "user.js").read_bytes().startswith(own)
    uninstall(machine, purge=False)
    assert (folder / "user.js").read_bytes() == own
