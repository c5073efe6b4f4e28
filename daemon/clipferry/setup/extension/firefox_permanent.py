"""Firefox ESR and Developer Edition keep an extension that Mozilla has not signed, if allowed.

They are built without ``MOZ_REQUIRE_SIGNING``: with ``xpinstall.signatures.required`` off, an XPI in the profile's
``extensions`` folder is installed and enabled at the next start, and stays (measured in ESR 153). The preference counts for
every add-on of that profile, so this is done on the person's word only. Release Firefox ignores it.
"""

from __future__ import annotations

import configparser
import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..browsers import ManifestDialect, config_home
from ..files import remove_file, replace_bytes
from .built import built

PREFERENCES: Mapping[str, str] = {
    "xpinstall.signatures.required": "false",
    # Of the places where add-ons are found, all but the profile stay disabled until a person enables them.
    "extensions.autoDisableScopes": "14",
    "extensions.startupScanScopes": "1",
}
_BEGIN, _END = "// clipferry: begin", "// clipferry: end"
_OWN = "// clipferry: was set before: "
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNSIGNED_OK = ("firefox-esr", "firefox-devedition", "firefox-aurora", "firefox-nightly", "firefox-default")
"""``RemotingName`` of builds that let the signature check be turned off."""


@dataclass(frozen=True, slots=True)
class FirefoxProfile:
    """One profile that a Firefox has used."""

    folder: Path
    remoting_name: str
    """Of the Firefox that used it last, e.g. ``firefox-esr``; empty where that cannot be told."""

    @property
    def takes_unsigned(self) -> bool:
        return self.remoting_name in _UNSIGNED_OK

    @property
    def is_open(self) -> bool:
        """Whether a Firefox uses it now: its ``lock`` is a link to ``ADDRESS:+PROCESS`` (nsProfileLock.cpp), which a Firefox that was
        killed leaves behind."""
        try:
            process = int((self.folder / "lock").readlink().name.rpartition("+")[2])
        except (OSError, ValueError):
            return False
        try:
            os.kill(process, 0)
        except PermissionError:
            return True
        except (OSError, OverflowError):
            return False
        return process > 0


def profiles(home: Path, env: Mapping[str, str]) -> list[FirefoxProfile]:
    """Return every Firefox profile of this user, as ``profiles.ini`` lists them."""
    found = []
    for root in (home / ".mozilla" / "firefox", config_home(home, env) / "mozilla" / "firefox"):
        for folder in _listed(root):
            if (folder / "prefs.js").is_file() or (folder / "compatibility.ini").is_file():
                found.append(FirefoxProfile(folder, _remoting_name(folder)))
    return found


def install(profile: FirefoxProfile, firefox_id: str) -> bool:
    """Install the extension and the preferences into ``profile``; return whether anything had to change.

    Raises:
        OSError: the profile cannot be written to.
    """
    source = built(ManifestDialect.FIREFOX)
    if source is None:
        return False
    target = profile.folder / "extensions" / f"{firefox_id}.xpi"
    changed = replace_bytes(target, _xpi(source))
    user_js = profile.folder / "user.js"
    text = _read(user_js)
    before = _read(profile.folder / "prefs.js")
    own = [name for name in PREFERENCES if f'"{name}"' in before] if _BEGIN not in text else _own(text)
    lines = [f'user_pref("{name}", {value});' for name, value in PREFERENCES.items()]
    block = "\n".join([_BEGIN, *(f"{_OWN}{name}" for name in own), *lines, _END]) + "\n"
    return replace_bytes(user_js, (_without_block(text) + block).encode(errors="surrogateescape")) or changed


def remove(profile: FirefoxProfile, firefox_id: str) -> bool:
    """Take both out again; gives whether there was something. In an open profile Firefox keeps the preferences until it is closed
    and this is done once more.

    Raises:
        OSError: the profile cannot be written to.
    """
    target = profile.folder / "extensions" / f"{firefox_id}.xpi"
    user_js = profile.folder / "user.js"
    text = _read(user_js)
    if _BEGIN not in text:
        return False
    remove_file(target)
    if rest := _without_block(text):
        replace_bytes(user_js, rest.encode(errors="surrogateescape"), mode=0o600)
    else:
        remove_file(user_js)
    prefs_js = profile.folder / "prefs.js"
    if not profile.is_open and prefs_js.is_file() and len(_own(text)) < len(PREFERENCES):
        own = _own(text)
        names = "|".join(re.escape(name) for name in PREFERENCES if name not in own)
        kept = re.sub(rf'(?m)^user_pref\("(?:{names})",[^\n]*\n', "", _read(prefs_js))
        replace_bytes(prefs_js, kept.encode(errors="surrogateescape"), mode=0o600)
    return True


def is_installed(profile: FirefoxProfile, firefox_id: str) -> bool:
    return (profile.folder / "extensions" / f"{firefox_id}.xpi").is_file() and _BEGIN in _read(
        profile.folder / "user.js"
    )


def _listed(root: Path) -> Iterator[Path]:
    listing = configparser.ConfigParser(interpolation=None)
    try:
        listing.read_string(_read(root / "profiles.ini"))
    except configparser.Error:
        return
    for section in listing.sections():
        if section.startswith("Profile") and (path := listing[section].get("Path")):
            relative = listing[section].get("IsRelative", "1") == "1"
            yield root / path if relative else Path(path)


def _remoting_name(folder: Path) -> str:
    """Of the program that ``compatibility.ini`` names, from its own ``application.ini``."""
    try:
        last = configparser.ConfigParser(interpolation=None)
        last.read_string(_read(folder / "compatibility.ini"))
        program = configparser.ConfigParser(interpolation=None)
        program.read_string(_read(Path(last["Compatibility"]["LastPlatformDir"]) / "application.ini"))
        return program["App"].get("RemotingName", "")
    except (configparser.Error, KeyError):
        return ""


def _xpi(folder: Path) -> bytes:
    """The unpacked extension as an XPI; the same folder gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _own(text: str) -> list[str]:
    """Return the preferences that were set before the installation, as recorded in the block: those are kept."""
    return [line.removeprefix(_OWN) for line in text.splitlines() if line.startswith(_OWN)]


def _without_block(text: str) -> str:
    return re.sub(rf"(?ms)^{re.escape(_BEGIN)}\n.*?^{re.escape(_END)}\n", "", text)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
