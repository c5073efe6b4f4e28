"""The JavaScript runtime that yt-dlp's YouTube extractor starts."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

RUNTIMES = {"deno": "eval", "node": "--eval"}
"""Name, in the order of preference → the argument that runs a piece of code."""
_TIMEOUT_S = 15.0


def program(name: str) -> str:
    """Return the path of a runtime: beside Python, where pip puts programs, or in ``PATH``; ``name`` itself if it is in neither."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(name, path=os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])) or name


def working_runtime() -> str | None:
    """Return name and version of the first runtime that yt-dlp supports and that computes; ``None``: there is none."""
    for name, argument in RUNTIMES.items():
        path = program(name)
        version = _supported_version(name, path)
        if version is not None and _output(path, argument, "console.log(6 * 7)") == "42":
            return f"{name} {version}"
    return None


def _supported_version(name: str, path: str) -> str | None:
    """Return the version of a runtime, unless yt-dlp finds it too old; every version passes where yt-dlp cannot be asked
    (``yt_dlp.globals.supported_js_runtimes`` or its classes were renamed)."""
    try:
        from yt_dlp.globals import supported_js_runtimes  # noqa: PLC0415

        info: Any = supported_js_runtimes.value[name](path=path).info
        return str(info.version) if info is not None and info.supported else None
    except Exception as exc:  # noqa: BLE001 - a name that yt-dlp changed may fail in any way
        log.warning("cannot ask yt-dlp about JavaScript runtimes: %s: %s", type(exc).__name__, exc)
        words = _output(path, "--version").split()
        return next((word.removeprefix("v") for word in words if word.removeprefix("v")[:1].isdigit()), None)


def _output(*command: str) -> str:
    """Return what a program prints, without blanks around it; nothing if it cannot be run."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, check=False, text=True
        )
        return done.stdout.strip()
    return ""
