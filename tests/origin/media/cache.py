"""A folder of made files, shared by every process on this machine: each made once, seen only when whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

FORMATS = {"video": "4", "audio": "3", "media": "7", "thumb": "3"}
"""Part of every key, by kind: raised when the way of making changes without the recipe changing."""


def folder() -> Path:
    """``tests/.media``, or ``ORIGIN_MEDIA`` where the tree cannot be written to."""
    named = os.environ.get("ORIGIN_MEDIA")
    return Path(named) if named else Path(__file__).parents[2] / ".media"


def made(kind: str, recipe: str, name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder ``name`` of ``recipe``; ``make(path)`` is called if nobody has made it yet.

    ``make`` writes to a place beside it; what it wrote takes its name only when ``make`` came back, so a killed maker
    leaves nothing that looks finished. ``name`` gives the file its suffix; the folder in front of it is the recipe's hash.
    """
    digest = hashlib.sha256(f"{FORMATS[kind]} {kind} {recipe}".encode()).hexdigest()[:20]
    home = folder() / f"{kind}-{digest}"
    target = home / name
    if target.exists():
        return target
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / ".lock"):
        if target.exists():
            return target
        (home / "recipe.txt").write_text(recipe + "\n")
        work = Path(tempfile.mkdtemp(dir=home, prefix=".making-"))
        try:
            make(work / name)
            (work / name).rename(target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return target
