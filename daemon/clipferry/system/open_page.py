"""Open a page in the browser without exposing its address to other programs."""

from __future__ import annotations

import html
import os
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path

from .files import write_atomically


def has_screen(env: Mapping[str, str] = os.environ) -> bool:
    """Return whether there is a display for a browser window."""
    return sys.platform in ("win32", "darwin") or bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def open_page(url: str) -> bool:
    """Open a public address; return whether a browser was found."""
    return has_screen() and webbrowser.open(url)


def open_privately(url: str, folder: Path) -> bool:
    """Open an address that is a secret: through a file of this user alone, since arguments are shown in ``ps``.

    The idea is Jupyter Server's (``use_redirect_file``). The file stays, with a link that works once and for a minute.
    """
    if not has_screen():
        return False
    target = html.escape(url, quote=True)
    page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={target}"><title>clipferry</title>'
    path = folder / "open-dashboard.html"
    write_atomically(path, page.encode(), mode=0o600)
    return webbrowser.open(path.as_uri())
