"""Start with the session: off by default, since the native host starts the daemon on demand.

Linux: XDG autostart specification; macOS: a LaunchAgent with ``RunAtLoad``; Windows: the ``Run`` key.
"""

from __future__ import annotations

import plistlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .browsers import System, config_home
from .files import rehearsed, remove_file, replace_text

_LABEL = "org.clipferry.daemon"
_RUN_KEY = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"


def _quoted(argument: str) -> str:
    """One argument of a desktop entry's ``Exec`` (Desktop Entry Specification, "The Exec key")."""
    escaped = "".join("\\" + c if c in '"`$\\' else c for c in argument).replace("%", "%%")
    return f'"{escaped}"'.replace("\\", "\\\\")


@dataclass(frozen=True, slots=True)
class Autostart:
    """The autostart entry of one user."""

    system: System
    home: Path
    env: Mapping[str, str]
    command: tuple[str, ...]

    @property
    def path(self) -> Path | None:
        """The file that is the entry; ``None`` on Windows, where it is a registry value."""
        if self.system is System.LINUX:
            return config_home(self.home, self.env) / "autostart" / "clipferry.desktop"
        if self.system is System.MACOS:
            return self.home / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
        return None

    def is_on(self) -> bool:
        path = self.path
        if path is None:
            return _run_value() is not None
        return path.is_file() and "Hidden=true" not in path.read_text(encoding="utf-8", errors="replace")

    def turn_on(self) -> None:
        path = self.path
        if path is None:
            if not rehearsed("write", f"HKCU\\{_RUN_KEY}"):
                _set_run_value(" ".join(f'"{part}"' for part in self.command))
        elif self.system is System.LINUX:
            lines = [
                "[Desktop Entry]",
                "Type=Application",
                "Name=clipferry",
                "Comment=Ready for the clips you mark in your browser",
                "Exec=" + " ".join(_quoted(part) for part in self.command),
                "Terminal=false",
                "NoDisplay=true",
                "X-GNOME-Autostart-enabled=true",
            ]
            replace_text(path, "\n".join(lines) + "\n")
        else:
            said = {"Label": _LABEL, "ProgramArguments": list(self.command), "RunAtLoad": True}
            replace_text(path, plistlib.dumps(said).decode("utf-8"))

    def turn_off(self) -> bool:
        """Remove the entry; return whether there was one."""
        was_on = self.is_on()
        path = self.path
        if path is None:
            if was_on and not rehearsed("remove", f"HKCU\\{_RUN_KEY}"):
                _set_run_value(None)
        else:
            remove_file(path)
        return was_on


def _run_value() -> str | None:
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  (Windows only)

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            try:
                return str(winreg.QueryValueEx(key, "clipferry")[0])
            except FileNotFoundError:
                return None
    return None


def _set_run_value(value: str | None) -> None:
    if sys.platform == "win32":
        import contextlib  # noqa: PLC0415
        import winreg  # noqa: PLC0415  (Windows only)

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            if value is not None:
                winreg.SetValueEx(key, "clipferry", 0, winreg.REG_SZ, value)
            else:
                with contextlib.suppress(FileNotFoundError):
                    winreg.DeleteValue(key, "clipferry")
