"""Instructions for loading the extension by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .browsers import ManifestDialect


def what_to_click(extensions: Mapping[ManifestDialect, Path], installing: Sequence[str] = ()) -> list[str]:
    """Return one line for each family of browsers, with the folder to choose.

    Args:
        installing: browsers that install the extension by themselves.
    """
    lines = (
        [f"{', '.join(installing)}: close all its windows and start it; the extension is there, with nothing to press."]
        if installing
        else []
    )
    if folder := extensions.get(ManifestDialect.CHROMIUM):
        lines.append(
            f"Chrome, Edge, Brave …: open chrome://extensions, turn on “Developer mode”, press “Load unpacked”, "
            f"choose\n    {folder}"
        )
    if (folder := extensions.get(ManifestDialect.FIREFOX)) and "Firefox" not in installing:
        lines.append(
            f"Firefox: open about:debugging#/runtime/this-firefox, press “Load Temporary Add-on…”, choose\n"
            f"    {folder / 'manifest.json'}"
        )
    return lines or [
        "The extension was not built into this installation; run `python3 daemon/install.py` in the clone."
    ]
