"""The folders in which each browser searches for native messaging hosts, as data. Pure.

Sources: developer.chrome.com/docs/extensions/develop/concepts/native-messaging (native messaging host location),
developer.mozilla.org Native_manifests, learn.microsoft.com Edge native messaging, KeePassXC's NativeMessageInstaller.cpp.
Firefox 147 and later keep profiles in ``~/.config/mozilla``, and still read hosts only from ``~/.mozilla``: measured.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ManifestDialect(enum.Enum):
    """Which of the two manifest dialects a browser reads."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"

    @property
    def spoken(self) -> str:
        """The family's name in a sentence."""
        return {ManifestDialect.CHROMIUM: "Chrome", ManifestDialect.FIREFOX: "Firefox"}[self]


class System(enum.Enum):
    """The three operating systems; the value is what ``sys.platform`` begins with."""

    LINUX = "linux"
    MACOS = "darwin"
    WINDOWS = "win32"


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser. Folders are relative: Linux to the configuration folder (``~/.config``) or, where they begin with a dot,
    to the home folder; macOS to ``~/Library/Application Support``."""

    name: str
    family: ManifestDialect
    linux: str | None = None
    macos: str | None = None
    windows: str | None = None
    """Vendor key under ``HKCU\\Software`` that holds ``NativeMessagingHosts``."""
    always: bool = False
    """Written even where the browser's folder is not there yet: a browser installed tomorrow finds its companion."""
    traces: tuple[str, ...] = ()
    """Other folders (as ``linux``) that show that the browser is in use."""
    external: bool = False
    """On Linux it installs what ``External Extensions`` in its user data folder names (:mod:`.external_extension`)."""


_C, _F = ManifestDialect.CHROMIUM, ManifestDialect.FIREFOX

BROWSERS: tuple[Browser, ...] = (
    Browser("Chrome", _C, "google-chrome", "Google/Chrome", "Google\\Chrome", always=True),
    Browser("Chrome Beta", _C, "google-chrome-beta", "Google/Chrome Beta"),
    Browser("Chrome Dev", _C, "google-chrome-unstable", "Google/Chrome Dev"),
    Browser("Chrome Canary", _C, None, "Google/Chrome Canary"),
    Browser("Chromium", _C, "chromium", "Chromium", "Chromium", always=True, external=True),
    Browser("Edge", _C, "microsoft-edge", "Microsoft Edge", "Microsoft\\Edge"),
    Browser("Edge Beta", _C, "microsoft-edge-beta", "Microsoft Edge Beta"),
    Browser("Edge Dev", _C, "microsoft-edge-dev", "Microsoft Edge Dev"),
    Browser("Brave", _C, "BraveSoftware/Brave-Browser", "BraveSoftware/Brave-Browser"),
    Browser("Brave Beta", _C, "BraveSoftware/Brave-Browser-Beta", "BraveSoftware/Brave-Browser-Beta"),
    Browser("Brave Nightly", _C, "BraveSoftware/Brave-Browser-Nightly", "BraveSoftware/Brave-Browser-Nightly"),
    Browser("Brave Origin", _C, "BraveSoftware/Brave-Origin", "BraveSoftware/Brave-Origin"),
    Browser("Vivaldi", _C, "vivaldi", "Vivaldi", "Vivaldi"),
    Browser("Vivaldi Snapshot", _C, "vivaldi-snapshot", "Vivaldi Snapshot"),
    Browser("Opera", _C, "opera", "com.operasoftware.Opera"),
    Browser("Firefox", _F, ".mozilla", "Mozilla", "Mozilla", always=True, traces=("mozilla/firefox",)),
    Browser("LibreWolf", _F, ".librewolf", "LibreWolf", traces=("librewolf",)),
)
"""On Windows, Brave, Opera and the beta channels read Chrome's key, and LibreWolf reads Firefox's."""


@dataclass(frozen=True, slots=True)
class ManifestPlace:
    """The location of one browser's manifest on this machine."""

    browser: str
    family: ManifestDialect
    folder: Path
    """Where the manifest file goes, by the name of the host and ``.json``."""
    home: Path
    """The browser's own folder: if it is there, the browser has been used."""
    traces: tuple[Path, ...]
    always: bool
    registry_key: str | None = None
    """Windows only: the key under ``HKEY_CURRENT_USER`` whose default value is the manifest's path."""
    external: bool = False
    """``home`` is a user data folder in which ``External Extensions`` counts."""


def config_home(home: Path, env: Mapping[str, str]) -> Path:
    """``$XDG_CONFIG_HOME``, which Chromium honours as well, or ``~/.config`` (XDG base directory specification)."""
    set_to = env.get("XDG_CONFIG_HOME", "")
    return Path(set_to) if set_to.startswith("/") else home / ".config"


def places(
    system: System, *, home: Path, env: Mapping[str, str], data_dir: Path, host_name: str
) -> list[ManifestPlace]:
    """Every place on ``system`` that a browser reads, whether or not the browser is installed.

    Args:
        home: the person's home folder.
        env: the environment, for ``XDG_CONFIG_HOME``.
        data_dir: clipferry's own; holds the manifests on Windows, where the registry points to them.
        host_name: the native messaging host's name, e.g. ``org.clipferry.companion``.
    """
    config = config_home(home, env)
    found: list[ManifestPlace] = []
    for browser in BROWSERS:
        if system is System.WINDOWS:
            if browser.windows is None:
                continue
            folder = data_dir / "manifests" / browser.name.lower()
            key = f"Software\\{browser.windows}\\NativeMessagingHosts\\{host_name}"
            found.append(ManifestPlace(browser.name, browser.family, folder, folder, (), True, key))
            continue
        relative = browser.linux if system is System.LINUX else browser.macos
        if relative is None:
            continue
        if system is System.LINUX:
            base = home / relative if relative.startswith(".") else config / relative
            child = "native-messaging-hosts" if browser.family is _F else "NativeMessagingHosts"
            traces = tuple(config / trace for trace in browser.traces)
        else:
            base = home / "Library" / "Application Support" / relative
            child, traces = "NativeMessagingHosts", ()
        external = browser.external and system is System.LINUX
        found.append(
            ManifestPlace(browser.name, browser.family, base / child, base, traces, browser.always, external=external)
        )
    return found


PASTE_LINK = "Copy a video's link there and paste it in `clipferry dashboard`, or choose it in the tray's menu"
"""The advice for a browser that cannot reach the companion."""
_NO_WAY = f"Its sandbox keeps it from the companion. {PASTE_LINK}; or use"

SANDBOXED: tuple[tuple[str, str, str], ...] = (
    ("Firefox (Snap)", "snap/firefox", "It reaches the companion through Ubuntu's portal: allow it when Firefox asks."),
    (
        "Chromium (Snap)",
        "snap/chromium",
        f"It may not reach the companion. {PASTE_LINK}; or use Chromium from a package, or Firefox.",
    ),
    (
        "Firefox (Flatpak)",
        ".var/app/org.mozilla.firefox",
        "It needs Firefox 157 or newer and xdg-native-messaging-proxy.",
    ),
    (
        "Chrome (Flatpak)",
        ".var/app/com.google.Chrome",
        f"{_NO_WAY} Chrome's own package.",
    ),
    (
        "Chromium (Flatpak)",
        ".var/app/org.chromium.Chromium",
        f"{_NO_WAY} another package.",
    ),
    ("Brave (Flatpak)", ".var/app/com.brave.Browser", f"{_NO_WAY} Brave's own package."),
    ("Brave (Snap)", "snap/brave", f"{_NO_WAY} Brave's own package."),
    ("Edge (Flatpak)", ".var/app/com.microsoft.Edge", f"{_NO_WAY} Edge's own package."),
    ("Vivaldi (Flatpak)", ".var/app/com.vivaldi.Vivaldi", f"{_NO_WAY} Vivaldi's own package."),
    ("Vivaldi (Snap)", "snap/vivaldi", f"{_NO_WAY} Vivaldi's own package."),
    ("Opera (Flatpak)", ".var/app/com.opera.Opera", f"{_NO_WAY} Opera's own package."),
    ("Opera (Snap)", "snap/opera", f"{_NO_WAY} Opera's own package."),
    ("LibreWolf (Flatpak)", ".var/app/io.gitlab.librewolf-community", f"{_NO_WAY} LibreWolf's own package."),
)
"""Name, folder in the home folder that shows it, and what a person should know (xdg-desktop-portal#655, keepassxc#8756)."""
