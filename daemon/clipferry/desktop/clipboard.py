"""Read a link from the clipboard, and copy a clip's file to it.

``python -m clipferry.desktop.clipboard FILE`` puts a file there, in a process of its own: on X11 what was copied is held by a
process (ICCCM 2.0, "Peer-to-Peer Communication by Means of Selections"), which copykitten forks and which ends when another
program copies something.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

WITHIN_S = 5.0
"""Time-out for another program that owns the clipboard."""


class NoClipboard(Exception):
    """This session has no clipboard that can be reached. The text is the reason."""


def paste_text(env: Mapping[str, str] = os.environ) -> str:
    """Return the text in the clipboard; empty where it holds none.

    Raises:
        NoClipboard
    """
    if _wayland_only(env):
        return _run("wl-paste", "--no-newline", "--type", "text/plain").decode("utf-8", "replace")
    import copykitten  # noqa: PLC0415 - connects to the display

    try:
        return copykitten.paste()
    except copykitten.CopykittenError as error:
        if "empty" in str(error):
            return ""
        raise NoClipboard(str(error)) from error


def copy_file(path: Path, env: Mapping[str, str] = os.environ) -> None:
    """Put ``path`` into the clipboard as a file manager does; it stays there after this process has ended.

    Raises:
        NoClipboard
    """
    if _wayland_only(env):
        _run("wl-copy", "--type", "text/uri-list", stdin=f"{path.as_uri()}\r\n".encode())
        return
    import copykitten  # noqa: PLC0415

    try:
        copykitten.copy_paths(path, detach=True)
    except copykitten.CopykittenError as error:
        raise NoClipboard(str(error)) from error


def _wayland_only(env: Mapping[str, str]) -> bool:
    """A Wayland session without XWayland, which would bridge the clipboard."""
    return bool(env.get("WAYLAND_DISPLAY")) and not env.get("DISPLAY")


def _run(name: str, *arguments: str, stdin: bytes = b"") -> bytes:
    program = shutil.which(name)
    if program is None:
        raise NoClipboard(f"{name} is not installed; it comes with the package wl-clipboard")
    output = subprocess.PIPE if name == "wl-paste" else subprocess.DEVNULL  # wl-copy stays and would keep a pipe open
    try:
        done = subprocess.run([program, *arguments], input=stdin, stdout=output, timeout=WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoClipboard(f"{name}: {error}") from error
    return done.stdout or b""


def main() -> int:
    """Copy the file that the first argument names."""
    try:
        copy_file(Path(sys.argv[1]))
    except NoClipboard as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
