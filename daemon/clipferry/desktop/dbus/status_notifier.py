"""A pystray icon as a StatusNotifierItem: the tray of today's Linux panels, over D-Bus, on X11 and Wayland alike.

Interfaces: freedesktop.org's StatusNotifierItem specification as KDE's ``org.kde.StatusNotifierItem`` (the name that panels
implement), with the menu of :mod:`.menu`.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from dbus_fast.aio import MessageBus
from PIL import Image

from ..pystray_base import Icon, MenuItem
from .menu import DBusMenu
from .status_notifier_item import Pixmaps, StatusNotifierItem, argb_pixmaps
from .watcher import WatcherRegistration

_ITEM_PATH = "/StatusNotifierItem"
_MENU_PATH = "/MenuBar"


class StatusNotifierIcon(Icon):  # type: ignore[misc]  # pystray is untyped
    """``pystray.Icon`` on D-Bus. Runs an event loop of its own in :meth:`run`; the setters may be called from any thread.

    No watcher on the bus is no error: the item registers when one appears, and again after each restart of a panel.

    Raises (from :meth:`run`):
        OSError | dbus_fast.errors.DBusError | dbus_fast.errors.InvalidAddressError: there is no bus, or it went away.
    """

    HAS_DEFAULT_ACTION = True
    HAS_MENU = True
    HAS_MENU_RADIO = True
    HAS_NOTIFICATION = False

    def __init__(self, name: str, icon: Image.Image | None = None, title: str | None = None, menu: Any = None) -> None:
        super().__init__(name, icon, title, menu)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: asyncio.Event | None = None
        self._item = StatusNotifierItem(self, _MENU_PATH)
        self._bus_menu = DBusMenu(self._on_chosen)
        self.attention = False
        """Whether the item asks for attention; set before :attr:`icon`."""

    def pixmaps(self) -> Pixmaps:
        """Return the icon as width, height and ARGB32 in network byte order, in each size; empty: not visible."""
        return argb_pixmaps(self.icon) if self.icon is not None and self.visible else []

    # pystray's implementation methods --------------------------------------------------------------------------------

    def _show(self) -> None:
        self._on_loop(self._item.new_status)

    def _hide(self) -> None:
        self._on_loop(self._item.new_status)

    def _update_icon(self) -> None:
        self._icon_valid = True
        self._on_loop(self._item.new_icon)
        self._on_loop(self._item.new_status)

    def _update_title(self) -> None:
        self._on_loop(self._item.new_title)
        self._on_loop(self._item.new_tool_tip)

    def _update_menu(self) -> None:
        menu = self.menu
        self._on_loop(lambda: self._bus_menu.show(menu))

    def _notify(self, message: str, title: str | None = None) -> None:
        raise NotImplementedError  # see :mod:`..notifications`

    def _remove_notification(self) -> None:
        raise NotImplementedError  # as above

    def _run(self) -> None:
        asyncio.run(self._serve())

    def _run_detached(self) -> None:
        threading.Thread(target=self._run, name="status-notifier", daemon=True).start()

    def _stop(self) -> None:
        if self._done is not None:
            self._on_loop(self._done.set)

    # On the loop -----------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        bus = await MessageBus().connect()
        try:
            bus.export(_ITEM_PATH, self._item)
            bus.export(_MENU_PATH, self._bus_menu)
            registration = WatcherRegistration(bus)
            await registration.start()
            self._mark_ready()
            await _first_of(self._done.wait(), bus.wait_for_disconnect())  # type: ignore[no-untyped-call]  # of dbus-fast
        finally:
            self._loop = None
            bus.disconnect()

    def _on_loop(self, call: Callable[[], object]) -> None:
        """Call ``call`` on the loop's thread; nothing where it does not run (yet): panels read the state later."""
        if (loop := self._loop) is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call)

    def _on_chosen(self, item: MenuItem) -> None:
        item(self)

    def activate(self) -> None:
        """Run the menu's default item, as a click on the icon does."""
        if self.menu is not None:
            self.menu(self)


async def _first_of(*waits: Any) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
