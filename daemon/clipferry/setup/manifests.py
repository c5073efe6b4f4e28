"""Native messaging manifests: build, write, read and remove them."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from .browsers import ManifestDialect, ManifestPlace
from .files import rehearsed, replace_text


@dataclass(frozen=True, slots=True)
class BrowserNames:
    """The names by which browsers know clipferry; the one source is ``clipferry_host/identity.json``."""

    host_name: str
    chrome_id: str
    firefox_id: str
    own_id: str | None = None
    """The id of the copy that this installation packed and signed (:mod:`.external_extension`)."""
    store_ids: tuple[str, ...] = ()
    """The ids that Chromium's stores gave to the extension."""

    @property
    def chrome_origin(self) -> str:
        return f"chrome-extension://{self.chrome_id}/"

    @property
    def chrome_origins(self) -> list[str]:
        """The ids of all clipferry extensions for Chromium."""
        own = [f"chrome-extension://{self.own_id}/"] if self.own_id else []
        return [self.chrome_origin, *(f"chrome-extension://{one}/" for one in self.store_ids), *own]


def identity(own_id: str | None = None) -> BrowserNames:
    """Read ``identity.json`` of this installation."""
    said = json.loads((files("clipferry_host") / "identity.json").read_text(encoding="utf-8"))
    return BrowserNames(said["host_name"], said["chrome_id"], said["firefox_id"], own_id, tuple(said["store_ids"]))


def manifest_path(place: ManifestPlace, who: BrowserNames) -> Path:
    return place.folder / f"{who.host_name}.json"


def manifest_text(family: ManifestDialect, launcher: Path, who: BrowserNames) -> str:
    """Build the manifest in the dialect of ``family``: Chromium names callers by origin, Firefox by add-on id."""
    said: dict[str, object] = {
        "name": who.host_name,
        "description": "clipferry: takes the clip you marked to your Downloads folder",
        "path": str(launcher),
        "type": "stdio",
    }
    if family is ManifestDialect.CHROMIUM:
        said["allowed_origins"] = who.chrome_origins
    else:
        said["allowed_extensions"] = [who.firefox_id]
    return json.dumps(said, indent=2) + "\n"


def write_manifest(place: ManifestPlace, launcher: Path, who: BrowserNames) -> bool:
    """Write the manifest of ``place`` (and on Windows its registry key); return whether anything had to change."""
    path = manifest_path(place, who)
    changed = replace_text(path, manifest_text(place.family, launcher, who))
    if place.registry_key is not None and not (changed and rehearsed("write", f"HKCU\\{place.registry_key}")):
        _set_key(place.registry_key, str(path))
    return changed


def remove_manifest(place: ManifestPlace, who: BrowserNames) -> bool:
    """Remove the manifest of ``place`` and folders that are empty then; return whether there was one."""
    path = manifest_path(place, who)
    there = path.is_file()
    path.unlink(missing_ok=True)
    if there:
        with contextlib.suppress(OSError):  # not empty: somebody else's
            place.folder.rmdir()
            place.home.rmdir()
    if place.registry_key is not None:
        _delete_key(place.registry_key)
    return there


@dataclass(frozen=True, slots=True)
class ManifestReading:
    """A manifest as a browser would read it."""

    path: Path
    launcher: Path | None
    problem: str | None
    """The reason why a browser would reject it, as a clause; ``None``: it is valid."""


def read_manifest(path: Path, family: ManifestDialect, who: BrowserNames) -> ManifestReading:
    """Validate a manifest as a browser does: name, caller, an absolute path to a program."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return ManifestReading(path, None, f"it cannot be read ({type(error).__name__})")
    if not isinstance(said, dict) or said.get("name") != who.host_name or said.get("type") != "stdio":
        return ManifestReading(path, None, "it does not describe the companion")
    launcher = Path(str(said.get("path", "")))
    callers = said.get("allowed_origins" if family is ManifestDialect.CHROMIUM else "allowed_extensions")
    needed = who.chrome_origins if family is ManifestDialect.CHROMIUM else [who.firefox_id]
    if not isinstance(callers, list) or any(caller not in callers for caller in needed):
        return ManifestReading(path, launcher, "it does not let this version of the extension in")
    if not launcher.is_absolute() or not launcher.is_file():
        return ManifestReading(path, launcher, f"the program it names is gone ({launcher})")
    return ManifestReading(path, launcher, None)


def _set_key(key: str, value: str) -> None:
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  (Windows only)

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
            winreg.SetValueEx(opened, "", 0, winreg.REG_SZ, value)


def _delete_key(key: str) -> None:
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  (Windows only)

        with contextlib.suppress(FileNotFoundError):
            winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)
