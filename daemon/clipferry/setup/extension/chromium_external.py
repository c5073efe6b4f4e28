"""Chromium on Linux installs the extension by itself: from a packed copy that a file in its profile names, no developer mode.

``<user data folder>/External Extensions/<id>.json`` with ``external_crx`` and ``external_version``: installed and enabled at
the browser's next start, updated when the version grows, removed with the file (chromium ``chrome_paths.cc``:
``DIR_USER_EXTERNAL_EXTENSIONS``; measured in Chromium 156). Google Chrome reads such files in a system folder only.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from ..browsers import ManifestDialect
from ..files import is_rehearsal, rehearsed, replace_bytes, replace_text
from .built import built

FOLDER = "External Extensions"
_UNPACKED = 4
"""``ManifestLocation::kUnpacked`` (chromium ``manifest.mojom``)."""
_CRX, _NOTE = "clipferry.crx", "packed.json"
CHROME_SYSTEM_FOLDER = Path("/usr/share/google-chrome/extensions")
"""Where Google Chrome looks (developer.chrome.com/docs/extensions/how-to/distribute/install-extensions)."""


class BadKey(Exception):
    """The file of the signing key holds none. The text names it."""


class ForeignFile(Exception):
    """A file of the extension's name that another program wrote; it is left alone. The text names it."""


@dataclass(frozen=True, slots=True)
class PackedExtension:
    """The extension as this installation signs it."""

    extension_id: str
    crx: Path
    version: str

    @property
    def file_name(self) -> str:
        return f"{self.extension_id}.json"

    @property
    def text(self) -> str:
        """What the file in ``External Extensions`` says."""
        return json.dumps({"external_crx": str(self.crx), "external_version": self.version}, indent=2) + "\n"


def packed_dir(data_dir: Path) -> Path:
    return data_dir / "extension" / "packed"


def pack_extension(data_dir: Path) -> PackedExtension | None:
    """Pack and sign the built extension where it changed; ``None`` where it was not built.

    The version grows with each change of content: a browser takes an update only then.

    Raises:
        OSError: it cannot be written.
        BadKey
    """
    from .crx import NoKey, SigningKey, pack  # noqa: PLC0415  (its cryptography is not for every start of the daemon)

    source = built(ManifestDialect.CHROMIUM)
    if source is None:
        return None
    folder = packed_dir(data_dir)
    crx, note, key_file = folder / _CRX, folder / _NOTE, data_dir / "extension" / "signing-key.pem"
    if is_rehearsal() and not key_file.exists():
        for path in (key_file, crx, note):
            rehearsed("write", path)
        return PackedExtension("(id of the new key)", crx, f"{_base_version(source)}.1")
    try:
        key = SigningKey.load_or_make(key_file)
    except NoKey as error:
        raise BadKey(str(key_file)) from error
    digest, base = _digest(source), _base_version(source)
    known = _read_note(note)
    if known.get("digest") == digest and crx.is_file() and known.get("id") == key.extension_id:
        return PackedExtension(key.extension_id, crx, str(known["version"]))
    last = known.get("build")
    build = last + 1 if isinstance(last, int) else 1
    version = f"{base}.{build}"
    replace_bytes(crx, pack(source, key, version))
    said = {"digest": digest, "build": build, "version": version, "id": key.extension_id}
    replace_text(note, json.dumps(said) + "\n")
    return PackedExtension(key.extension_id, crx, version)


def own_extension_id(data_dir: Path) -> str | None:
    """The id under which this installation packed the extension; ``None`` before it did."""
    known = _read_note(packed_dir(data_dir) / _NOTE).get("id")
    return known if isinstance(known, str) else None


def packed_now(data_dir: Path) -> PackedExtension | None:
    """What was packed last; ``None``: nothing was."""
    known, crx = _read_note(packed_dir(data_dir) / _NOTE), packed_dir(data_dir) / _CRX
    if not crx.is_file() or not isinstance(known.get("id"), str):
        return None
    return PackedExtension(str(known["id"]), crx, str(known.get("version")))


def announcement(packed: PackedExtension, user_data: Path) -> Path:
    """The file that makes the browser with ``user_data`` install ``packed``."""
    return user_data / FOLDER / packed.file_name


def announce(packed: PackedExtension, user_data: Path) -> bool:
    """Write the file that makes the browser with ``user_data`` install ``packed``; gives whether anything had to change.

    Raises:
        ForeignFile: a file of that name is not ours.
        OSError: the profile cannot be written to.
    """
    path = announcement(packed, user_data)
    if is_foreign(path):
        raise ForeignFile(str(path))
    return replace_text(path, packed.text)


def withdraw(extension_id: str, user_data: Path) -> bool:
    """Take our file away, and the folder where nothing else is in it; the browser then removes the extension.

    A file of that name which is not ours stays.
    """
    path = user_data / FOLDER / f"{extension_id}.json"
    if path.is_symlink() or not path.is_file() or not is_ours(path):
        return False
    path.unlink()
    if not any(path.parent.iterdir()):
        path.parent.rmdir()
    return True


def loaded_unpacked(user_data: Path, chrome_id: str) -> bool:
    """Whether a person loaded the unpacked extension into a profile of ``user_data``: a second copy would be one too many."""
    for preferences in user_data.glob("*/*Preferences"):
        try:
            known = json.loads(preferences.read_bytes())["extensions"]["settings"][chrome_id]
            if known.get("location") == _UNPACKED:
                return True
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue
    return False


def is_announced(packed: PackedExtension, user_data: Path) -> bool:
    """Whether the browser with ``user_data`` installs this very version."""
    try:
        return announcement(packed, user_data).read_text(encoding="utf-8") == packed.text
    except (OSError, UnicodeDecodeError):
        return False


def is_ours(path: Path) -> bool:
    """Return whether the file names a packed clipferry extension: only such a one is replaced or removed."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and Path(str(said.get("external_crx", ""))).name == _CRX


def is_foreign(path: Path) -> bool:
    """Return whether ``path`` holds something of another program."""
    return path.is_symlink() or (path.exists() and not is_ours(path))


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _base_version(folder: Path) -> str:
    """``major.minor.patch`` of the manifest; the fourth number is ours."""
    version = str(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["version"])
    return ".".join([*version.split("."), "0", "0"][:3])


def _read_note(path: Path) -> dict[str, object]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
