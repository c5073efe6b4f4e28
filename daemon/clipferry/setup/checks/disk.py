"""Check the folders of clips and history: existing, writable, with space, undamaged."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ..machine import Machine
from .model import Finding, fail, ok, warn

LITTLE_BYTES = 1 << 30
_CHOOSE = "Choose another folder in the dashboard's settings."


def disk(machine: Machine, downloads: Path) -> Iterator[Finding]:
    """Check the Downloads folder (``downloads``: as in the settings) and the history."""
    yield _downloads(machine, downloads)
    yield _space(downloads)
    yield _history(machine.paths.database)


def _downloads(machine: Machine, folder: Path) -> Finding:
    if folder.resolve() == machine.home.resolve():
        return warn("downloads", "Clips go straight into your home folder.", _CHOOSE)
    if not folder.is_dir():
        if folder == machine.paths.downloads_dir and folder.parent.is_dir() and not folder.exists():
            return ok("downloads", f"Clips go to {folder}, which is made with the first one.")
        return fail("downloads", f"The folder for clips does not exist: {folder}.", f"Plug its drive in. Or: {_CHOOSE}")
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".clipferry-"):
            pass
    except OSError as error:
        return fail("downloads", f"{folder} cannot be written to ({error.strerror}).", _CHOOSE)
    return ok("downloads", f"Clips go to {folder}.")


def _space(folder: Path) -> Finding:
    there = next((path for path in (folder, *folder.parents) if path.is_dir()), Path("/"))
    free = shutil.disk_usage(there).free
    said = f"{free / (1 << 30):.1f} GiB free for clips."
    return ok("space", said) if free >= LITTLE_BYTES else warn("space", said, "Free some space.")


def _history(database: Path) -> Finding:
    if not database.exists():
        return ok("history", "There is no history yet.")
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)) as opened:
            sound = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
            mode = opened.execute("PRAGMA journal_mode").fetchone()[0]
    except sqlite3.Error as error:
        return fail("history", f"The history cannot be read ({error}).", f"Stop clipferry and move {database} away.")
    if sound != "ok":
        return fail("history", f"The history is damaged ({sound}).", f"Stop clipferry and move {database} away.")
    if mode != "wal":
        return warn("history", f"The history is kept in mode {mode}.", "Run `clipferry daemon restart`.")
    return ok("history", "The history is sound.")
