"""Check the desktop session: the tray icon and the autostart entry. Neither is required for clips."""

from __future__ import annotations

from collections.abc import Iterator

from ...client.blocking_client import over_socket
from ...clip.errors import ClipError
from ...protocol.base import Empty
from ...protocol.desktop import DesktopInfo
from ..install import autostart_entry
from ..machine import Machine
from .model import Finding, ok


def session(machine: Machine) -> Iterator[Finding]:
    """Check the desktop session."""
    if (tray := _tray(machine)) is not None:
        yield tray
    on = autostart_entry(machine).is_on()
    yield ok("autostart", "It starts with your session." if on else "It starts when a browser needs it.")


def _tray(machine: Machine) -> Finding | None:
    """Check which icon is shown, and why; ``None`` where the companion does not respond (another finding)."""
    try:
        with over_socket(machine.env, start=False) as talk:
            talk.hello()
            desktop = talk.ask("desktop.get", Empty(), DesktopInfo)
    except ClipError:
        return None
    if desktop.backend:
        return ok("tray", f"The panel's icon is shown as {desktop.backend}: {desktop.reason}.")
    return ok("tray", f"No icon in a panel. {desktop.reason}")
