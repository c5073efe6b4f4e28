"""``clipferry setup``: everything that makes a browser find the companion. Doing it again changes nothing that is right."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clipferry_host.identity import IDS_FILE

from .. import __version__
from . import firefox_permanent as firefox
from .autostart import Autostart
from .browsers import Family, Place, System
from .conversation import NoCompanion, over_socket, stop_daemon
from .extension import place as place_extension
from .external_extension import ForeignFile, announce, loaded_unpacked, pack_extension
from .files import replace_text
from .launcher import write_launcher
from .machine import Machine
from .manifests import write_manifest


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was done."""

    launcher: Path
    browsers: tuple[str, ...]
    """Names of the browsers that find the companion now."""
    changed: bool
    extensions: dict[Family, Path]
    """The folder to load, for each family whose extension was built."""
    autostart: bool
    installing: tuple[str, ...] = ()
    """Names of the browsers that install the extension by themselves at their next start."""
    problems: tuple[str, ...] = ()
    """What could not be done, each a sentence; everything else was."""


def set_up(
    machine: Machine,
    *,
    autostart: bool | None = None,
    profiles: Sequence[Path] = (),
    firefox_permanent: bool | None = None,
) -> SetUp:
    """Write the launcher and the manifests, and put the extension where it can be loaded.

    Args:
        autostart: start the companion with the session; ``None`` leaves that as it is (off at first).
        profiles: further user data folders of Chromium browsers, e.g. of portable ones; remembered for ``uninstall``.
        firefox_permanent: keep the extension in Firefox ESR and Developer Edition (:mod:`.firefox_permanent`); ``None`` brings up
            to date what an earlier call put there.

    Raises:
        OSError: a folder cannot be written to.
    """
    data_dir = machine.paths.data_dir
    machine.paths.make()
    launcher, changed = write_launcher(machine.system, data_dir, machine.who.host_name)
    remembered = remember_profiles(data_dir, profiles)
    packed = pack_extension(data_dir) if machine.system is System.LINUX else None
    own_id = packed.extension_id if packed is not None else None
    changed |= replace_text(launcher.with_name(IDS_FILE), json.dumps([own_id] if own_id else []) + "\n")
    who = replace(machine.who, own_id=own_id)
    wanted = [p for p in machine.places() if p.always or is_used(p)]
    wanted += [profile_place(p, machine.system) for p in remembered]
    served, installing, problems = [], [], []
    for place in wanted:
        try:
            changed |= write_manifest(place, launcher, who)
            served.append(place.browser)
            if packed is not None and place.external and not loaded_unpacked(place.home, who.chrome_id):
                changed |= announce(packed, place.home)
                installing.append(place.browser)
        except ForeignFile as error:
            problems.append(f"{place.browser}: {error} is not clipferry's and was left alone.")
        except OSError as error:
            problems.append(f"{place.browser}: {error.filename or place.home} cannot be written ({error.strerror}).")
    for profile in firefox.profiles(machine.home, machine.env) if machine.system is System.LINUX else ():
        try:
            if firefox_permanent is False:
                changed |= firefox.remove(profile, who.firefox_id)
            elif profile.takes_unsigned and (firefox_permanent or firefox.is_installed(profile, who.firefox_id)):
                changed |= firefox.install(profile, who.firefox_id)
                installing.append("Firefox")
        except OSError as error:
            problems.append(f"Firefox: {profile.folder} cannot be written ({error.strerror}).")
    extensions = {family: folder for family in Family if (folder := place_extension(family, data_dir)) is not None}
    entry = autostart_entry(machine)
    if autostart is True:
        entry.turn_on()
    elif autostart is False:
        entry.turn_off()
    return SetUp(
        launcher, tuple(served), changed, extensions, entry.is_on(), tuple(dict.fromkeys(installing)), tuple(problems)
    )


def is_used(place: Place) -> bool:
    """Whether the browser has been started on this machine."""
    return any(folder.is_dir() for folder in (place.home, *place.traces))


def profile_place(profile: Path, system: System) -> Place:
    """A Chromium browser started with ``--user-data-dir`` looks for user-level hosts inside that folder: measured."""
    folder = profile / "NativeMessagingHosts"
    external = system is System.LINUX
    return Place(f"Chromium in {profile}", Family.CHROMIUM, folder, profile, (), always=True, external=external)


def remember_profiles(data_dir: Path, more: Sequence[Path] = ()) -> list[Path]:
    """The user data folders that a person named, now or earlier; those that are gone are forgotten."""
    note = data_dir / "profiles.json"
    try:
        known = [Path(str(said)) for said in json.loads(note.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        known = []
    kept = [path for path in dict.fromkeys([*known, *(path.absolute() for path in more)]) if path.is_dir()]
    if kept or known:
        replace_text(note, json.dumps([str(path) for path in kept]) + "\n")
    return kept


def autostart_entry(machine: Machine) -> Autostart:
    """The entry that starts the companion with the session."""
    python = Path(sys.executable)
    if machine.system is System.WINDOWS and python.with_name("pythonw.exe").is_file():
        python = python.with_name("pythonw.exe")  # without a console window
    return Autostart(machine.system, machine.home, machine.env, (str(python), "-m", "clipferry.daemon"))


def restart_if_old(machine: Machine) -> bool:
    """Stop a daemon of another version, so that the next request starts the one that is installed; gives whether it did.

    No clip is lost: unfinished ones go on with the new daemon.
    """
    try:
        with over_socket(machine.env, start=False) as talk:
            old = talk.hello().version != __version__
    except NoCompanion:
        return False
    return old and stop_daemon(machine.env)
