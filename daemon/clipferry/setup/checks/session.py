"""The desktop around it: the tray and starting with the session. Neither is needed to take a clip."""

from __future__ import annotations

from collections.abc import Iterator

from ..browsers import System
from ..machine import Machine
from ..steps import autostart_entry
from .model import Finding, ok, warn


def session(machine: Machine) -> Iterator[Finding]:
    """What there is of a desktop."""
    on = autostart_entry(machine).is_on()
    yield ok("autostart", "It starts with your session." if on else "It starts when a browser needs it.")
    if machine.system is System.LINUX and not (machine.env.get("DISPLAY") or machine.env.get("WAYLAND_DISPLAY")):
        yield ok("tray", "There is no desktop here, so no tray icon; the badge and the dashboard show the same.")
    elif machine.system is System.LINUX and not machine.env.get("DBUS_SESSION_BUS_ADDRESS"):
        yield warn(
            "tray", "There is no session bus: no tray icon and no notifications.", "Log in to the desktop itself."
        )
    else:
        yield ok("tray", "The tray icon can be shown.")
