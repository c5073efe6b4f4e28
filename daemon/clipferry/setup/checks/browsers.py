"""Check the browsers of this user: manifests, the launcher that they name, the extension."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..browsers import PASTE_LINK, SANDBOXED, ManifestDialect, ManifestPlace, System
from ..extension import firefox_permanent as firefox
from ..extension.built import built, placed
from ..extension.chromium_external import announcement, is_announced, is_foreign, loaded_unpacked, packed_now
from ..files import same_folder
from ..install import is_used, profile_place, remember_profiles
from ..install_methods import in_a_sentence, way_of
from ..machine import Machine
from ..manifests import manifest_path, read_manifest
from .model import Finding, fail, ok, warn

_SET_UP = "Run `clipferry setup`."


def browsers(machine: Machine) -> Iterator[Finding]:
    """Yield a finding for each browser that is used or registered, then for the extension, then for sandboxed browsers."""
    profiles = [profile_place(path, machine.system) for path in remember_profiles(machine.paths.data_dir)]
    for place in [*machine.places(), *profiles]:
        if place.always or is_used(place) or manifest_path(place, machine.who).exists():
            yield _manifest(machine, place)
    for family in ManifestDialect:
        yield _extension(machine, family)
    if machine.system is System.LINUX:
        for place in [*machine.places(), *profiles]:
            if place.external and is_used(place):
                yield _installs_itself(machine, place)
        for profile in firefox.profiles(machine.home, machine.env):
            if profile.takes_unsigned:
                yield _keeps_it(machine, profile)
    for place in machine.places():
        if is_used(place) and not place.external and place.browser != "Firefox":
            yield _way(machine, place)
    for name, folder, advice in SANDBOXED:
        if (machine.home / folder).is_dir():
            yield warn("sandboxed_browser", f"{name} is used here.", advice)


def _manifest(machine: Machine, place: ManifestPlace) -> Finding:
    name = f"browser:{place.browser.lower().replace(' ', '-')}"
    path = manifest_path(place, machine.who)
    if not path.exists():
        return fail(name, f"{place.browser} does not know the companion.", _remedy(place.folder))
    reading = read_manifest(path, place.family, machine.who)
    if reading.problem is not None:
        return fail(name, f"{place.browser} cannot use the companion: {reading.problem}.", _remedy(place.folder))
    return ok(name, f"{place.browser} knows the companion.")


def _remedy(folder: Path) -> str:
    """Return the fix for a missing or wrong file in ``folder`` of a browser."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(existing, os.W_OK | os.X_OK):
        return _SET_UP
    return f"{existing} cannot be written to: change that, then run `clipferry setup`. Until then: {PASTE_LINK}."


def _installs_itself(machine: Machine, place: ManifestPlace) -> Finding:
    """Chromium with ``External Extensions``."""
    name = f"installs_itself:{place.browser.lower().replace(' ', '-')}"
    if loaded_unpacked(place.home, machine.who.chrome_id):
        return ok(name, f"{place.browser} has the extension that you loaded.")
    packed = packed_now(machine.paths.data_dir)
    said = f"{place.browser} does not install the extension by itself."
    if packed is not None and is_foreign(path := announcement(packed, place.home)):
        return warn(
            name, said, f"{path} is not clipferry's. Move it away if nothing needs it, then run `clipferry setup`."
        )
    if packed is None or not is_announced(packed, place.home):
        return warn(name, said, _remedy(place.home))
    return ok(name, f"{place.browser} installs the extension by itself when it is started.")


def _way(machine: Machine, place: ManifestPlace) -> Finding:
    """Check the extension in a browser that does not install it by itself."""
    name = f"way:{place.browser.lower().replace(' ', '-')}"
    way = way_of(machine, place.browser, place.family)
    return ok(name, way.said) if way.there else warn(name, way.said, in_a_sentence(way))


def _keeps_it(machine: Machine, profile: firefox.FirefoxProfile) -> Finding:
    """Firefox ESR and Developer Edition."""
    if firefox.is_installed(profile, machine.who.firefox_id):
        return ok("firefox_keeps_it", "Firefox keeps the extension over restarts.")
    said = "Firefox forgets the extension when it is closed."
    fix = "`clipferry setup --firefox-permanent` keeps it; Firefox's check of signatures is then off for all add-ons."
    return warn("firefox_keeps_it", said, fix)


def _extension(machine: Machine, family: ManifestDialect) -> Finding:
    name = f"extension:{family.value}"
    source, target = built(family), placed(family, machine.paths.data_dir)
    if source is None:
        return fail(name, f"The extension for {family.spoken} was not built.", "Run `python3 daemon/install.py` again.")
    if not target.is_dir():
        return fail(name, f"The extension for {family.spoken} is not in its place.", _SET_UP)
    if not same_folder(source, target):
        return warn(name, f"The extension for {family.spoken} is of another version.", _SET_UP)
    return ok(name, f"The extension for {family.spoken} is in {target}.")
