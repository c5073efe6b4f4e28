"""Small files and folders that are replaced in one step, so that a reader never sees half of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def replace_text(path: Path, text: str, *, mode: int = 0o644) -> bool:
    """Make ``path`` hold ``text``, creating its folder. Gives whether anything had to change."""
    try:
        if path.read_text(encoding="utf-8") == text and path.stat().st_mode & 0o777 == mode:
            return False
    except (OSError, UnicodeDecodeError):
        pass  # missing or unreadable: it is written anew
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def replace_folder(source: Path, target: Path) -> None:
    """Make ``target`` a copy of the folder ``source``. The old copy stays in place until the new one is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    old = fresh.with_name(fresh.name + "-old")
    try:
        shutil.copytree(source, fresh, dirs_exist_ok=True)
        fresh.chmod(0o755)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def same_folder(left: Path, right: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""

    def listing(root: Path) -> dict[str, int]:
        return {str(p.relative_to(root)): p.stat().st_size for p in root.rglob("*") if p.is_file()}

    names = listing(left)
    return names == listing(right) and all((left / n).read_bytes() == (right / n).read_bytes() for n in names)
