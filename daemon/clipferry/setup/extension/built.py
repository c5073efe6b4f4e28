"""Place the built extension where a browser can load it, at a path that is stable over upgrades."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ..browsers import ManifestDialect
from ..files import replace_folder

_FOLDERS = {ManifestDialect.CHROMIUM: "chrome-mv3", ManifestDialect.FIREFOX: "firefox-mv3"}


def built(family: ManifestDialect) -> Path | None:
    """Return the extension within this installation; ``None`` where it was not built."""
    folder = Path(str(files("clipferry") / "web" / _FOLDERS[family]))
    return folder if (folder / "manifest.json").is_file() else None


def placed(family: ManifestDialect, data_dir: Path) -> Path:
    """Return the folder to load. Its path is stable, so that a browser finds it again."""
    return data_dir / "extension" / family.value


def place(family: ManifestDialect, data_dir: Path) -> Path | None:
    """Copy the built extension to its folder, in one step. ``None`` where it was not built."""
    source = built(family)
    if source is None:
        return None
    target = placed(family, data_dir)
    replace_folder(source, target)
    return target
