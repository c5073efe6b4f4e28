"""Small files and folders that are replaced in one step, so that a reader never sees half of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ..system.files import write_atomically


def replace_text(path: Path, text: str, *, program: bool = False) -> bool:
    """Make ``path`` hold ``text``, creating its folder. Gives whether anything had to change."""
    return replace_bytes(path, text.encode(), program=program)


def replace_bytes(path: Path, content: bytes, *, program: bool = False) -> bool:
    """Make ``path`` hold ``content``, creating its folder. Gives whether anything had to change."""
    try:
        if path.read_bytes() == content and (not program or os.access(path, os.X_OK)):
            return False
    except OSError:
        pass  # missing or unreadable: it is written anew
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content, mode=0o755 if program else 0o644)
    return True


def replace_folder(source: Path, target: Path) -> bool:
    """Make ``target`` a copy of the folder ``source``. Gives whether anything had to change.

    The old copy stays in place until the new one is complete.
    """
    if target.is_dir() and same_folder(source, target):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        fresh, old = Path(scratch, "fresh"), Path(scratch, "old")
        shutil.copytree(source, fresh)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    return True


def same_folder(left: Path, right: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""

    def listing(root: Path) -> dict[str, int]:
        return {str(p.relative_to(root)): p.stat().st_size for p in root.rglob("*") if p.is_file()}

    names = listing(left)
    return names == listing(right) and all((left / n).read_bytes() == (right / n).read_bytes() for n in names)
