"""Open a file with its program, or show it in its folder."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


def _command(path: Path, *, reveal: bool) -> list[str]:
    if sys.platform == "win32":
        return ["explorer.exe", f"/select,{path}"] if reveal else ["explorer.exe", str(path)]
    if sys.platform == "darwin":
        return ["open", "-R", str(path)] if reveal else ["open", str(path)]
    if reveal:
        # freedesktop.org file-manager interface: selects the file instead of only opening the folder.
        return [
            "dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.FileManager1", "--type=method_call",
            "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1.ShowItems",
            f"array:string:{path.as_uri()}", "string:",
        ]  # fmt: skip
    return ["xdg-open", str(path)]


async def show(path: Path, *, reveal: bool) -> bool:
    """Open ``path``, or select it in its folder; return whether a program for that was found."""
    if await _run(_command(path, reveal=reveal)):
        return True
    return reveal and await _run(_command(path.parent, reveal=False))


async def _run(command: list[str]) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
        )
    except OSError:
        return False
    try:
        # explorer.exe ends with 1 on success, so on Windows having started it is all that can be known.
        return await asyncio.wait_for(process.wait(), 5) == 0 or sys.platform == "win32"
    except TimeoutError:
        return True  # The program itself, in the foreground.
