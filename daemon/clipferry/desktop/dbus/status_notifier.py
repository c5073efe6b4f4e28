"""A pystray icon as a StatusNotifierItem: the tray of today's Linux panels, over D-Bus, on X11 and Wayland alike.

Interfaces: freedesktop.org's StatusNotifierItem specification as KDE's ``org.kde.StatusNotifierItem`` (the name that panels
implement), with the menu of :mod:`.dbus_menu`.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from typing import Annotated, Any

from dbus_fast import DBusError, Message, MessageType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusInt32, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal
from PIL import Image

from ..pystray_base import Icon, MenuItem
from .menu import DBusMenu
from .session_bus import DBUS, ask, match, owner_of

log = logging.getLogger(__name__)

WATCHER = "org.kde.StatusNotifierWatcher"
_WATCHER_PATH = "/StatusNotifierWatcher"
_ITEM_PATH = "/StatusNotifierItem"
_MENU_PATH = "/MenuBar"
_SIZES = (24, 48)
"""Pixels; a panel scales the nearest one."""

Pixmaps = list[list[Any]]
_DBusPixmaps = Annotated[Pixmaps, DBusSignature("a(iiay)")]
_DBusToolTip = Annotated[list[Any], DBusSignature("(sa(iiay)ss)")]


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
        self._item = _Item(self)
        self._bus_menu = DBusMenu(self._chosen)
        self.attention = False
        """Whether the item asks for attention; set before :attr:`icon`."""

    def pixmaps(self) -> Pixmaps:
        """The icon as the interface wants it: width, height, ARGB32 in network byte order."""
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
        self._on_loop(lambda: self._replace_menu(menu))

    def _notify(self, message: str, title: str | None = None) -> None:
        raise NotImplementedError  # :mod:`.notifications` does it, with buttons

    def _remove_notification(self) -> None:
        raise NotImplementedError

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
            registrar = _Registrar(bus)
            await registrar.start()
            self._mark_ready()
            await _first_of(self._done.wait(), bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        finally:
            self._loop = None
            bus.disconnect()

    def _replace_menu(self, menu: Any) -> None:
        self._bus_menu.show(menu)
        self._bus_menu.announce()

    def _on_loop(self, call: Callable[[], object]) -> None:
        """Call ``call`` on the loop's thread; nothing where it does not run (yet): all state is read when a panel asks."""
        if (loop := self._loop) is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call)

    def _chosen(self, item: MenuItem) -> None:
        item(self)

    def activate(self) -> None:
        """Do what a click on the icon does: the menu's default item."""
        if self.menu is not None:
            self.menu(self)


class _Item(ServiceInterface):
    """``org.kde.StatusNotifierItem`` of one icon."""

    def __init__(self, icon: StatusNotifierIcon) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._icon = icon

    @dbus_method()
    def Activate(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        del x, y
        self._icon.activate()

    @dbus_method()
    def SecondaryActivate(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        del x, y
        self._icon.activate()

    @dbus_method()
    def ContextMenu(self, x: DBusInt32, y: DBusInt32) -> None:  # noqa: N802
        """Panels that do not draw ``Menu`` themselves ask for this; there is no window of ours that could."""

    @dbus_method()
    def Scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:  # noqa: N802
        """Nothing scrolls."""

    @dbus_property(access=PropertyAccess.READ)
    def Category(self) -> DBusStr:  # noqa: N802
        return "ApplicationStatus"

    @dbus_property(access=PropertyAccess.READ)
    def Id(self) -> DBusStr:  # noqa: N802
        return str(self._icon.name)

    @dbus_property(access=PropertyAccess.READ)
    def Title(self) -> DBusStr:  # noqa: N802
        return str(self._icon.title)

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> DBusStr:  # noqa: N802
        if not self._icon.visible:
            return "Passive"
        return "NeedsAttention" if self._icon.attention else "Active"

    @dbus_property(access=PropertyAccess.READ)
    def WindowId(self) -> DBusInt32:  # noqa: N802
        return 0

    @dbus_property(access=PropertyAccess.READ)
    def IconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def IconThemePath(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def IconPixmap(self) -> _DBusPixmaps:  # noqa: N802
        return self._icon.pixmaps()

    @dbus_property(access=PropertyAccess.READ)
    def OverlayIconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def OverlayIconPixmap(self) -> _DBusPixmaps:  # noqa: N802
        return []

    @dbus_property(access=PropertyAccess.READ)
    def AttentionIconName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def AttentionIconPixmap(self) -> _DBusPixmaps:  # noqa: N802
        return self._icon.pixmaps()

    @dbus_property(access=PropertyAccess.READ)
    def AttentionMovieName(self) -> DBusStr:  # noqa: N802
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def ToolTip(self) -> _DBusToolTip:  # noqa: N802
        return ["", [], str(self._icon.title), ""]

    @dbus_property(access=PropertyAccess.READ)
    def ItemIsMenu(self) -> DBusBool:  # noqa: N802
        return False

    @dbus_property(access=PropertyAccess.READ)
    def Menu(self) -> DBusObjectPath:  # noqa: N802
        return _MENU_PATH

    @dbus_signal(name="NewIcon")
    def new_icon(self) -> None: ...

    @dbus_signal(name="NewTitle")
    def new_title(self) -> None: ...

    @dbus_signal(name="NewToolTip")
    def new_tool_tip(self) -> None: ...

    @dbus_signal(name="NewStatus")
    def new_status(self) -> DBusStr:
        if not self._icon.visible:
            return "Passive"
        return "NeedsAttention" if self._icon.attention else "Active"


class _Registrar:
    """Registers our item with the watcher that owns its name now, and with each that comes after it."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
        self._registered_with = ""
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self._bus.request_name(self._name)
        self._bus.add_message_handler(self._heard)
        await match(self._bus, f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{WATCHER}'")
        owner = await owner_of(self._bus, WATCHER)
        if owner is None:
            log.info("no panel shows icons yet")
        else:
            self._register(owner)

    def _heard(self, message: Message) -> None:
        if (
            message.message_type is MessageType.SIGNAL
            and message.member == "NameOwnerChanged"
            and message.sender == DBUS
            and message.signature == "sss"
            and message.body[0] == WATCHER
        ):
            self._register(message.body[2])

    def _register(self, owner: str) -> None:
        """Register with ``owner``, once; empty: the watcher is gone."""
        if owner and owner != self._registered_with:
            call = asyncio.create_task(self._send(owner))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        self._registered_with = owner

    async def _send(self, owner: str) -> None:
        message = Message(
            destination=owner,
            path=_WATCHER_PATH,
            interface=WATCHER,
            member="RegisterStatusNotifierItem",
            signature="s",
            body=[self._name],
        )
        try:
            await ask(self._bus, message)
        except DBusError as error:
            log.warning("a panel refuses the icon: %s", error)
        else:
            log.info("the icon is shown by %s", owner)


async def _first_of(*waits: Any) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()


def argb_pixmaps(image: Image.Image) -> Pixmaps:
    """``image`` in the sizes that panels use, each ``[width, height, ARGB32 bytes in network byte order]``."""
    made: Pixmaps = []
    for size in _SIZES:
        red, green, blue, alpha = image.convert("RGBA").resize((size, size), Image.Resampling.LANCZOS).split()
        made.append([size, size, Image.merge("RGBA", (alpha, red, green, blue)).tobytes()])
    return made
