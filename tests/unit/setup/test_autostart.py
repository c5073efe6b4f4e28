"""Starting with the session, in each system's own form."""

from __future__ import annotations

import configparser
import plistlib
import re
from pathlib import Path

from clipferry.setup.autostart import Autostart
from clipferry.setup.browsers import System

COMMAND = ('/home/ána o\'neill/50% "env"/$python', "-m", "clipferry.daemon")


def test_linux_writes_a_desktop_entry_that_unquotes_to_the_command(tmp_path: Path) -> None:
    entry = Autostart(System.LINUX, tmp_path, {}, COMMAND)
    entry.turn_on()
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # typeshed knows only its default
    parser.read(tmp_path / ".config/autostart/clipferry.desktop", encoding="utf-8")
    section = parser["Desktop Entry"]
    assert section["Type"] == "Application"
    # Unquoted as the specification says: string escapes first, then the quoting of Exec, then %%.
    once = section["Exec"].replace("\\\\", "\\")
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', once)
    assert tuple(re.sub(r"\\(.)", r"\1", part).replace("%%", "%") for part in quoted) == COMMAND


def test_linux_an_entry_that_the_desktop_hid_counts_as_off(tmp_path: Path) -> None:
    entry = Autostart(System.LINUX, tmp_path, {}, COMMAND)
    entry.turn_on()
    path = tmp_path / ".config/autostart/clipferry.desktop"
    path.write_text(path.read_text() + "Hidden=true\n")
    assert not entry.is_on()


def test_macos_writes_an_agent_that_runs_at_load_and_is_not_kept_alive(tmp_path: Path) -> None:
    entry = Autostart(System.MACOS, tmp_path, {}, COMMAND)
    entry.turn_on()
    said = plistlib.loads((tmp_path / "Library/LaunchAgents/org.clipferry.daemon.plist").read_bytes())
    assert said["ProgramArguments"] == list(COMMAND)
    assert said["RunAtLoad"] is True
    assert "KeepAlive" not in said


def test_turning_off_what_is_off_is_no_news(tmp_path: Path) -> None:
    entry = Autostart(System.LINUX, tmp_path, {}, COMMAND)
    assert not entry.turn_off()
    entry.turn_on()
    assert entry.turn_off()
    assert not entry.is_on()
