"""Choose the kind of tray icon for this session."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backend:
    """A way to show the icon."""

    name: str
    """``status_notifier``, or one of pystray's own: ``win32``, ``darwin``, ``gtk``, ``xorg``."""
    reason: str
    """Why this one, for ``clipferry doctor``."""
    make: Callable[..., Any]
    """``pystray.Icon`` of that backend."""


class NoBackend(Exception):
    """No icon can be shown here. The text is the reason, for ``clipferry doctor``."""


def has_session(env: Mapping[str, str] = os.environ) -> bool:
    """Return whether there is a desktop session that could show an icon or a notification."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY") or session_bus(env))


def session_bus(env: Mapping[str, str] = os.environ) -> bool:
    """Return whether a session bus is named, or is at systemd's default address."""
    if env.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    runtime = env.get("XDG_RUNTIME_DIR")
    return bool(runtime) and Path(str(runtime), "bus").exists()


def choose(*, bus: bool, watcher: bool) -> Backend:
    """The backend for this session.

    Args:
        bus: the session bus answers.
        watcher: a ``StatusNotifierWatcher`` owns its name on it.

    Raises:
        NoBackend
    """
    if sys.platform == "win32":
        return _pystray("win32", "Windows' own notification area")
    if sys.platform == "darwin":
        return _pystray("darwin", "macOS's menu bar")
    if not watcher and os.environ.get("DISPLAY") and _x11_tray():
        reasons = []
        for name in ("gtk", "xorg"):
            try:
                return _pystray(name, "the panel shows X11 icons only")
            except NoBackend as error:
                reasons.append(str(error))
        log.info("no X11 icon: %s", ", ".join(reasons))
    if bus:
        from .dbus.status_notifier import StatusNotifierIcon  # noqa: PLC0415 - Linux only

        reason = (
            "a panel shows StatusNotifierItems" if watcher else "no panel shows icons yet; the first that comes is used"
        )
        return Backend("status_notifier", reason, StatusNotifierIcon)
    raise NoBackend("there is no session bus, and no X11 panel that shows icons")


def _pystray(name: str, reason: str) -> Backend:
    """pystray's own backend ``name``. Importing one fails in many ways where its desktop is missing (pystray 0.19.5).

    Raises:
        NoBackend
    """

    try:
        if name == "xorg":
            from .xorg_icon import XorgIcon  # noqa: PLC0415 - connects to the display

            return Backend(name, reason, XorgIcon)
        return Backend(name, reason, importlib.import_module(f"pystray._{name}").Icon)
    except Exception as error:
        raise NoBackend(f"{name}: {error}") from error


def _x11_tray() -> bool:
    """Return whether a panel owns the X11 system tray (freedesktop.org, "System Tray Protocol": ``_NET_SYSTEM_TRAY_Sn``)."""
    try:
        from Xlib.display import Display  # noqa: PLC0415

        display = Display()
        try:
            selection = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
            return bool(display.get_selection_owner(selection))
        finally:
            display.close()
    except Exception as error:  # noqa: BLE001 - no display, no Xlib, no answer: no tray
        log.info("X11 cannot be asked for its tray: %s", error)
        return False
