"""Small files and folders that are replaced in one step, so that a reader never sees half of one.

All that ``setup`` writes goes through here: in a :func:`rehearsal` nothing is written, and what would be is listed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ..system.files import write_atomically

_rehearsed: ContextVar[list[str] | None] = ContextVar("rehearsed", default=None)


@contextmanager
def rehearsal() -> Iterator[list[str]]:
    """Dry run: within it, this module's functions change nothing and append a line for each change they would make."""
    changes: list[str] = []
    token = _rehearsed.set(changes)
    try:
        yield changes
    finally:
        _rehearsed.reset(token)


def rehearsed(verb: str, path: Path | str) -> bool:
    """Return whether this is a dry run; the change is recorded then, and must not be made."""
    changes = _rehearsed.get()
    if changes is not None:
        changes.append(f"{verb} {path}")
    return changes is not None


def is_rehearsal() -> bool:
    return _rehearsed.get() is not None


def replace_text(path: Path, text: str, *, program: bool = False) -> bool:
    """Make ``path`` hold ``text``, creating its folder; return whether anything had to change."""
    return replace_bytes(path, text.encode(), program=program)


def replace_bytes(path: Path, content: bytes, *, program: bool = False, mode: int = 0o644) -> bool:
    """Make ``path`` hold ``content``, creating its folder; return whether anything had to change."""
    try:
        if path.read_bytes() == content and (not program or os.access(path, os.X_OK)):
            return False
    except OSError:
        pass  # missing or unreadable: it is written anew
    if rehearsed("change" if path.exists() else "write", path):
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content, mode=0o755 if program else mode)
    return True


def remove_file(path: Path) -> bool:
    """Delete a file or link; return whether there was one."""
    if not path.is_symlink() and not path.is_file():
        return False
    if not rehearsed("remove", path):
        path.unlink()
    return True


def replace_folder(source: Path, target: Path) -> bool:
    """Make ``target`` a copy of the folder ``source``; return whether anything had to change.

    The old copy stays in place until the new one is complete.
    """
    if target.is_dir() and same_folder(source, target):
        return False
    if rehearsed("change" if target.exists() else "write", target):
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        fresh, old = Path(scratch, "fresh"), Path(scratch, "old")
        shutil.copytree(source, fresh)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    return True


def same_folder(left: Path, right: Path) -> bool:
    """Return whether two folders hold the same files with the same bytes."""

    def listing(root: Path) -> dict[str, int]:
        return {str(p.relative_to(root)): p.stat().st_size for p in root.rglob("*") if p.is_file()}

    names = listing(left)
    return names == listing(right) and all((left / n).read_bytes() == (right / n).read_bytes() for n in names)
