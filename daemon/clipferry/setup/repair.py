"""Repair stale files of ``setup`` at the daemon's start; creates nothing new.

Paths move: Python was updated, the environment made again elsewhere, the home folder renamed. :func:`stale` is cheap (some small
files); the repair is a process of its own (``python -m clipferry.setup.repair``), since it may pack and sign the extension.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clipferry_host.identity import IDS_FILE
from clipferry_host.printable import one_line

from .browsers import ManifestDialect, ManifestPlace, System
from .extension import firefox_permanent as firefox
from .extension.built import built, placed
from .extension.built import place as place_extension
from .extension.chromium_external import (
    BadKey,
    ForeignFile,
    announce,
    announcement,
    is_announced,
    is_ours,
    pack_extension,
    packed_now,
)
from .files import rehearsal, replace_text
from .install import profile_place, remembered
from .launcher import launcher_path, write_launcher
from .machine import Machine
from .manifests import manifest_path, manifest_text, write_manifest

MOST_PROFILES = 50
"""Maximum number of user data folders and Firefox profiles that are checked."""
_HEAD_BYTES = 4096


def stale(machine: Machine) -> bool:
    """Return whether :func:`repair` has something to do. Reads small files only; blocks."""
    launcher = launcher_path(machine.system, machine.paths.data_dir)
    if not launcher.is_file():
        return False  # `setup` was not run for this data folder: nothing on this machine is ours to mend
    with rehearsal() as changes:
        write_launcher(machine.system, machine.paths.data_dir, machine.who.host_name)
    if changes or any(True for _ in _stale_manifests(machine, launcher)):
        return True
    if any(_listing(built(family)) != _listing(placed(family, machine.paths.data_dir)) for family in _placed(machine)):
        return True
    packed = packed_now(machine.paths.data_dir)
    return packed is not None and any(
        is_ours(announcement(packed, place.home)) and not is_announced(packed, place.home) for place in _places(machine)
    )


def repair(machine: Machine) -> list[str]:
    """Repair what is stale; return a line for each failure."""
    data_dir, problems = machine.paths.data_dir, list[str]()
    launcher = launcher_path(machine.system, data_dir)
    if not launcher.is_file():
        return problems
    write_launcher(machine.system, data_dir, machine.who.host_name)
    for place in _stale_manifests(machine, launcher):
        with _noted(problems, place.browser):
            write_manifest(place, launcher, machine.who)
    for family in _placed(machine):
        with _noted(problems, family.spoken):
            place_extension(family, data_dir)
    if packed_now(data_dir) is not None:
        with _noted(problems, "Chromium"):
            packed = pack_extension(data_dir)
            if packed is not None:
                replace_text(launcher.with_name(IDS_FILE), json.dumps([packed.extension_id]) + "\n")
                for place in _places(machine):
                    if place.external and is_ours(announcement(packed, place.home)):
                        announce(packed, place.home)
    for profile in _firefox_profiles(machine):
        if firefox.is_installed(profile, machine.who.firefox_id):
            with _noted(problems, "Firefox"):
                firefox.install(profile, machine.who.firefox_id)
    return problems


@contextmanager
def _noted(problems: list[str], browser: str) -> Iterator[None]:
    """Record a failure for one browser and continue with the others."""
    try:
        yield
    except (OSError, ForeignFile, BadKey) as error:
        problems.append(f"{browser}: {error}")


def _places(machine: Machine) -> list[ManifestPlace]:
    profiles = remembered(machine.paths.data_dir)[:MOST_PROFILES]
    return [*machine.places(), *(profile_place(path, machine.system) for path in profiles)]


def _stale_manifests(machine: Machine, launcher: Path) -> Iterator[ManifestPlace]:
    """Return existing manifests that differ, except those of another working installation."""
    for place in _places(machine):
        path = manifest_path(place, machine.who)
        try:
            said = json.loads(path.read_bytes())
            named = Path(str(said["path"])) if said["name"] == machine.who.host_name else None
        except (OSError, ValueError, LookupError, TypeError):
            continue  # not there, or not what we wrote: `doctor` tells of it
        if named is None or said == json.loads(manifest_text(place.family, launcher, machine.who)):
            continue
        if named == launcher or not _works(named):
            yield place


def _works(launcher: Path) -> bool:
    """Return whether all files that the launcher names exist."""
    try:
        text = launcher.read_text(encoding="utf-8")[:_HEAD_BYTES]
        body = launcher.with_name("clipferry-host.py").read_text(encoding="utf-8")[:_HEAD_BYTES]
    except (OSError, UnicodeDecodeError):
        return False
    named = [*shlex.split(text.partition("exec ")[2])[:1], *re.findall(r"sys\.path\.insert\(0, '([^']+)'\)", body)]
    return len(named) == 2 and all(Path(path).exists() for path in named)


def _placed(machine: Machine) -> list[ManifestDialect]:
    """Return the families whose unpacked extension was placed and is part of this installation."""
    data_dir = machine.paths.data_dir
    return [family for family in ManifestDialect if built(family) is not None and placed(family, data_dir).is_dir()]


def _listing(folder: Path | None) -> object:
    """Return a cheap signature of a build: each file's name and size."""
    if folder is None:
        return None
    return sorted((path.relative_to(folder), path.stat().st_size) for path in folder.rglob("*") if path.is_file())


def _firefox_profiles(machine: Machine) -> list[firefox.FirefoxProfile]:
    if machine.system is not System.LINUX:
        return []
    return firefox.profiles(machine.home, machine.env)[:MOST_PROFILES]


def main() -> int:
    """Repair this user's files; print a line for each failure to standard error."""
    problems = repair(Machine.here())
    for problem in problems:
        sys.stderr.write(f"{one_line(problem)}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
