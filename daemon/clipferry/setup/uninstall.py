"""``clipferry uninstall``: removes what ``clipferry setup`` and the installer created. Clips are kept."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..client.blocking_client import stop_daemon
from .browsers import ManifestPlace
from .extension import firefox_permanent as firefox
from .extension.chrome_system import forget_chrome
from .extension.chromium_external import own_extension_id, withdraw
from .install import autostart_entry, profile_place, remember_profiles
from .machine import Machine
from .manifests import remove_manifest

INSTALLER_NOTE = "clipferry-environment.json"
"""Written by ``daemon/install.py`` into the environment that it made: only such an environment may be removed."""


_RESET = (
    "Firefox is open, and keeps that unsigned add-ons are allowed: in about:config, reset xpinstall.signatures.required, "
    "extensions.autoDisableScopes and extensions.startupScanScopes."
)


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, as lines of text, and what the user still has to do."""

    lines: tuple[str, ...]
    left: tuple[str, ...]


def uninstall(machine: Machine, *, purge: bool, agree: Callable[[str], bool] = lambda _: False) -> Removed:
    """Stop the daemon and remove manifests, autostart entry, launcher, extension copy, engines and the private environment.

    Args:
        purge: history, settings, logs and cache go too. Clips never do.
        agree: shown a command that needs root (:mod:`.system_wide`); whether to run it.

    Raises:
        NoCompanion: the daemon does not stop; nothing has been removed then.
    """
    lines: list[str] = []
    left: list[str] = []
    if stop_daemon(machine.env):
        lines.append("The companion was stopped.")
    data_dir = machine.paths.data_dir
    places = machine.places() + [profile_place(path, machine.system) for path in remember_profiles(data_dir)]
    _withdraw_extension(machine, places, agree, lines, left)
    told = []
    for place in places:
        try:
            if remove_manifest(place, machine.who):
                told.append(place.browser)
        except OSError as error:
            left.append(f"{place.browser}: {error.filename} cannot be deleted ({error.strerror}).")
    if told:
        lines.append(f"No longer known to: {', '.join(told)}.")
    if autostart_entry(machine).turn_off():
        lines.append("It no longer starts with your session.")
    for own in ("host", "extension", "manifests", "engines"):
        shutil.rmtree(data_dir / own, ignore_errors=True)
    (data_dir / "profiles.json").unlink(missing_ok=True)
    shutil.rmtree(machine.paths.runtime_dir, ignore_errors=True)
    shutil.rmtree(machine.paths.cache_dir, ignore_errors=True)
    if purge:
        for folder in (data_dir, machine.paths.config_dir, machine.paths.log_dir):
            _remove_all_but_environment(folder)
        lines.append("History, settings and logs are gone.")
    left.append("Where you loaded the extension yourself, remove it in your browser's list of extensions.")
    left += _remove_environment(lines)
    if not purge and data_dir.is_dir() and any(data_dir.iterdir()):
        left.append(f"Your history and settings are kept in {data_dir}; `--purge` forgets them too.")
    return Removed(tuple(lines), tuple(left))


def _withdraw_extension(
    machine: Machine, places: Sequence[ManifestPlace], agree: Callable[[str], bool], lines: list[str], left: list[str]
) -> None:
    """Make browsers remove the extension where they installed it by themselves."""
    if own_id := own_extension_id(machine.paths.data_dir):
        gone = []
        for place in places:
            try:
                if place.external and withdraw(own_id, place.home):
                    gone.append(place.browser)
            except OSError as error:
                left.append(f"{place.browser}: {error.filename} cannot be deleted ({error.strerror}).")
        if gone:
            lines.append(f"The extension goes with the next start of: {', '.join(gone)}.")
        if command := forget_chrome(own_id, agree, machine.env):
            left.append(f"Chrome goes on trying to install the extension until you run `{command}`.")
    for profile in firefox.profiles(machine.home, machine.env):
        try:
            if firefox.remove(profile, machine.who.firefox_id):
                lines.append("The extension goes with the next start of Firefox.")
                if profile.is_open:
                    left.append(_RESET)
        except OSError as error:
            left.append(f"Firefox: {error.filename} cannot be changed ({error.strerror}).")


def _remove_all_but_environment(folder: Path) -> None:
    """Remove the environment last: it is in the data folder and runs this process."""
    own = Path(sys.prefix).resolve()
    for path in _children(folder):
        if path.resolve() == own or path.resolve() in own.parents:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _children(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        yield from list(folder.iterdir())


def _remove_environment(lines: list[str]) -> list[str]:
    """The environment that the installer made, with its link; gives what the person has to do where it is another's."""
    environment = Path(sys.prefix)
    note = environment / INSTALLER_NOTE
    if not note.is_file():
        return ["Then remove the package the way you installed it, e.g. `uv tool uninstall clipferry`."]
    with suppress(OSError, ValueError):
        link = json.loads(note.read_text(encoding="utf-8")).get("link")
        if link and Path(link).is_symlink():
            Path(link).unlink()
    if sys.platform == "win32":  # a running python.exe cannot be deleted there; the installer runs on another one
        return ["Then run `python daemon/install.py --uninstall` in the clone, which removes the program itself."]
    shutil.rmtree(environment, ignore_errors=True)
    (environment.parent / "install.log").unlink(missing_ok=True)
    with suppress(OSError):
        environment.parent.rmdir()  # only if nothing of the person's is in it
    lines.append("The program was removed.")
    return []
