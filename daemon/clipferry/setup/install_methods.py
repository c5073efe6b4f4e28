"""Instructions for installing the extension in each browser: for the first-run page, ``clipferry setup`` and ``doctor``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .browsers import ManifestDialect, ManifestPlace, System
from .extension import firefox_permanent as firefox
from .extension.built import placed
from .extension.chromium_external import CHROME_SYSTEM_FOLDER, is_announced, loaded_unpacked, packed_now
from .machine import Machine

_EXTENSIONS_PAGES = {"Edge": "edge://extensions", "Brave": "brave://extensions", "Vivaldi": "vivaldi://extensions"}


@dataclass(frozen=True, slots=True)
class Click:
    """One step of the instructions."""

    text: str
    copy: str | None = None
    """The text to type or paste there."""


@dataclass(frozen=True, slots=True)
class InstallMethod:
    """The instructions for one browser."""

    said: str
    clicks: tuple[Click, ...]
    there: bool = False
    """The extension is installed already."""


def way_of(machine: Machine, browser: str, family: ManifestDialect) -> InstallMethod:
    """Return the instructions with the fewest steps for ``browser``, a name in :data:`~.browsers.BROWSERS` or its beginning."""
    if family is ManifestDialect.FIREFOX:
        return _firefox(machine, browser)
    places = list(places_of(machine, browser))
    if any(loaded_unpacked(place.home, machine.who.chrome_id) for place in places):
        return InstallMethod(f"{browser} has the extension that you loaded.", (), there=True)
    restart = Click(f"Close all windows of {browser} and start it again.")
    packed = packed_now(machine.paths.data_dir) if machine.system is System.LINUX else None
    if packed is not None:
        if any(place.external and is_announced(packed, place.home) for place in places):
            return InstallMethod(
                f"{browser} installs the extension by itself when it is started.", (restart,), there=True
            )
        if browser == "Chrome" and (CHROME_SYSTEM_FOLDER / packed.file_name).is_file():
            return InstallMethod("Chrome is told to install the extension when it is started.", (restart,), there=True)
    page = next((page for name, page in _EXTENSIONS_PAGES.items() if browser.startswith(name)), "chrome://extensions")
    clicks = (
        Click("Open a new tab and go to this address.", page),
        Click("Switch on “Developer mode”, at the top right."),
        Click("Press “Load unpacked”, at the top left."),
        Click(
            "Choose this folder: press Ctrl+L in the dialog and paste it, then press “Open”.",
            str(placed(ManifestDialect.CHROMIUM, machine.paths.data_dir)),
        ),
    )
    return InstallMethod(f"{browser} needs you to load the extension once.", clicks)


def _firefox(machine: Machine, browser: str) -> InstallMethod:
    profiles = (
        firefox.profiles(machine.home, machine.env)
        if machine.system is System.LINUX and browser.startswith("Firefox")
        else []
    )
    open_now = [profile for profile in profiles if profile.is_open] or profiles
    if any(firefox.is_installed(profile, machine.who.firefox_id) for profile in open_now):
        restart = Click("Close all windows of Firefox and start it again.")
        return InstallMethod("Firefox keeps the extension.", (restart,), there=True)
    if any(profile.takes_unsigned for profile in open_now):
        permanent = (
            Click(
                "Run this in a terminal; it turns off Firefox's check of signatures, for all add-ons.",
                "clipferry setup --firefox-permanent",
            ),
            Click("Close all windows of Firefox and start it again."),
        )
        return InstallMethod("This Firefox can keep the extension.", permanent)
    temporary = (
        Click("Open a new tab and go to this address.", "about:debugging#/runtime/this-firefox"),
        Click("Press “Load Temporary Add-on…”."),
        Click(
            "Choose this file: press Ctrl+L in the dialog and paste it, then press “Open”.",
            str(placed(ManifestDialect.FIREFOX, machine.paths.data_dir) / "manifest.json"),
        ),
    )
    return InstallMethod(f"{browser} takes the extension until it is closed.", temporary)


def places_of(machine: Machine, browser: str) -> Iterator[ManifestPlace]:
    """The places of one browser and its channels; ``Chrome`` is not the beginning of ``Chromium``."""
    for place in machine.places():
        if place.browser == browser or place.browser.startswith(f"{browser} "):
            yield place


def in_a_sentence(way: InstallMethod) -> str:
    """Format the steps as one line, for ``doctor``."""
    return " ".join(f"{click.text[:-1]}: {click.copy}." if click.copy else click.text for click in way.clicks)
