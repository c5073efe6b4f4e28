"""``clipferry setup``: register the companion with all browsers. Idempotent."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clipferry_host.identity import IDS_FILE

from .. import __version__
from ..client.blocking_client import NoCompanion, over_socket, stop_daemon
from .autostart import Autostart
from .browsers import ManifestDialect, ManifestPlace, System
from .extension import firefox_permanent as firefox
from .extension.built import place as place_extension
from .extension.chromium_external import (
    BadKey,
    ForeignFile,
    PackedExtension,
    announce,
    loaded_unpacked,
    pack_extension,
    packed_now,
)
from .files import is_rehearsal, replace_text
from .launcher import write_launcher
from .machine import Machine
from .manifests import write_manifest

_PROFILES = "profiles.json"


@dataclass(frozen=True, slots=True)
class SetUp:
    """The result of :func:`set_up`."""

    launcher: Path
    browsers: tuple[str, ...]
    """Names of the browsers that find the companion now."""
    changed: bool
    extensions: dict[ManifestDialect, Path]
    """The folder to load, for each family whose extension was built."""
    autostart: bool
    installing: tuple[str, ...] = ()
    """Names of the browsers that install the extension by themselves at their next start."""
    problems: tuple[str, ...] = ()
    """What failed, each a sentence; everything else was done."""
    packed: PackedExtension | None = None
    """The extension as Chromium and Chrome can install it by themselves."""


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
    if not is_rehearsal():
        machine.paths.make()
    launcher, changed = write_launcher(machine.system, data_dir, machine.who.host_name)
    remembered = remember_profiles(data_dir, profiles)
    problems: list[str] = []
    packed = _packed(machine, problems)
    own_id = packed.extension_id if packed is not None else None
    changed |= replace_text(launcher.with_name(IDS_FILE), json.dumps([own_id] if own_id else []) + "\n")
    who = replace(machine.who, own_id=own_id)
    wanted = [p for p in machine.places() if p.always or is_used(p)]
    wanted += [profile_place(p, machine.system) for p in remembered]
    served, installing = [], []
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
            problems.append(f"{place.browser}: {_cannot_write(error, place.home)}")
    if machine.system is System.LINUX:
        kept, profiles_changed = _serve_firefox(machine, firefox_permanent, problems)
        changed |= profiles_changed
        installing += ["Firefox"] if kept else []
    extensions = _place_extensions(data_dir, problems)
    entry = autostart_entry(machine)
    try:
        if autostart is not None:
            (entry.turn_on if autostart else entry.turn_off)()
    except OSError as error:
        problems.append(f"Starting with your session: {_cannot_write(error, machine.home)}")
    return SetUp(
        launcher,
        tuple(served),
        changed,
        extensions,
        entry.is_on(),
        tuple(dict.fromkeys(installing)),
        tuple(problems),
        packed,
    )


def _serve_firefox(machine: Machine, permanent: bool | None, problems: list[str]) -> tuple[bool, bool]:
    """Return whether a Firefox keeps the extension now, and whether anything had to change."""
    kept = changed = False
    for profile in firefox.profiles(machine.home, machine.env):
        try:
            if permanent is False:
                changed |= firefox.remove(profile, machine.who.firefox_id)
            elif profile.takes_unsigned and (permanent or firefox.is_installed(profile, machine.who.firefox_id)):
                changed |= firefox.install(profile, machine.who.firefox_id)
                kept = True
        except OSError as error:
            problems.append(f"Firefox: {_cannot_write(error, profile.folder)}")
    return kept, changed


def _place_extensions(data_dir: Path, problems: list[str]) -> dict[ManifestDialect, Path]:
    """The folder to load for each family whose extension was built."""
    extensions = {}
    for family in ManifestDialect:
        try:
            if (folder := place_extension(family, data_dir)) is not None:
                extensions[family] = folder
        except OSError as error:
            problems.append(f"The extension for {family.spoken}: {_cannot_write(error, data_dir)}")
    return extensions


def _packed(machine: Machine, problems: list[str]) -> PackedExtension | None:
    """Return the packed extension; where packing fails, the one packed before, so that its id stays known."""
    if machine.system is not System.LINUX:
        return None
    data_dir = machine.paths.data_dir
    try:
        return pack_extension(data_dir)
    except OSError as error:
        problems.append(f"The extension for Chromium: {_cannot_write(error, data_dir, 'read or written')}")
    except BadKey as error:
        problems.append(f"The extension for Chromium: {error} is damaged. Delete it and run `clipferry setup` again.")
    return packed_now(data_dir)


def _cannot_write(error: OSError, where: Path, what: str = "written") -> str:
    return f"{error.filename or where} cannot be {what} ({error.strerror or error})."


def is_used(place: ManifestPlace) -> bool:
    """Return whether the browser has been started on this machine."""
    return any(folder.is_dir() for folder in (place.home, *place.traces))


def profile_place(profile: Path, system: System) -> ManifestPlace:
    """A Chromium browser started with ``--user-data-dir`` looks for user-level hosts inside that folder: measured."""
    folder = profile / "NativeMessagingHosts"
    external = system is System.LINUX
    return ManifestPlace(
        f"Chromium in {profile}", ManifestDialect.CHROMIUM, folder, profile, (), always=True, external=external
    )


def remember_profiles(data_dir: Path, more: Sequence[Path] = ()) -> list[Path]:
    """Remember user data folders; return them with those named earlier, without those that are gone."""
    note, known = data_dir / _PROFILES, remembered(data_dir)
    kept = [path for path in dict.fromkeys([*known, *(path.absolute() for path in more)]) if path.is_dir()]
    if kept or known:
        replace_text(note, json.dumps([str(path) for path in kept]) + "\n")
    return kept


def remembered(data_dir: Path) -> list[Path]:
    """Read the user data folders that were named."""
    try:
        return [Path(str(said)) for said in json.loads((data_dir / _PROFILES).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def autostart_entry(machine: Machine) -> Autostart:
    """Return the entry that starts the companion with the session."""
    python = Path(sys.executable)
    if machine.system is System.WINDOWS and python.with_name("pythonw.exe").is_file():
        python = python.with_name("pythonw.exe")  # without a console window
    return Autostart(machine.system, machine.home, machine.env, (str(python), "-m", "clipferry.daemon"))


def restart_if_old(machine: Machine) -> bool:
    """Stop a daemon of another version, so that the next request starts the installed one; return whether one was stopped.

    Unfinished jobs continue with the new daemon.
    """
    try:
        with over_socket(machine.env, start=False) as talk:
            old = talk.hello().version != __version__
    except NoCompanion:
        return False
    return old and stop_daemon(machine.env)
