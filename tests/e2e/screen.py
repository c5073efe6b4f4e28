"""A screen of our own (Xvfb), for what a headless browser does not have: real keys, and the browser's own prompts."""

from __future__ import annotations

import os
import subprocess
from types import TracebackType
from typing import Self


class Screen:
    """A context manager. ``name`` is the value of ``DISPLAY``."""

    name: str

    def __enter__(self) -> Self:
        read, write = os.pipe()
        # -noreset: a server resets itself when its last client ends, and refuses whoever connects meanwhile.
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1300x900x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as number:
            self.name = f":{number.readline().strip()}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.terminate()
        self._server.wait()

    def press(self, *keys: str) -> None:
        """Press keys one after another, as xdotool names them: ``alt+shift+o``, ``Return``."""
        self._xdotool("key", "--clearmodifiers", *keys)

    def point(self, x: int, y: int) -> None:
        self._xdotool("mousemove", str(x), str(y))

    def click(self, x: float, y: float, *, button: int = 1) -> None:
        """Click at a place of the screen. ``button``: 1 the left one, 3 the right one."""
        self._xdotool("mousemove", str(round(x)), str(round(y)), "click", str(button))

    def _xdotool(self, *args: str) -> None:
        subprocess.run(["xdotool", *args], env={**os.environ, "DISPLAY": self.name}, check=True)
