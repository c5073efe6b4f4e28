"""The session bus: the notification server, and watching for panels that show icons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from dbus_fast import DBusError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, InvalidAddressError

from .dbus.session_bus import DBUS, match, owner_of
from .dbus.watcher import WATCHER
from .notifications.policy import Action, Notification
from .notifications.server import NotificationServer

log = logging.getLogger(__name__)


class NoBus(Exception):
    """There is no session bus, or it refuses the connection. The text is the reason."""


class LinuxSession:
    """A connection to the session bus. Made by :func:`open_session`."""

    def __init__(
        self, bus: MessageBus, on_action: Callable[[Action], None], on_watcher: Callable[[bool], None]
    ) -> None:
        self._bus = bus
        self._server = NotificationServer(bus, on_action)
        self._on_watcher = on_watcher

    async def start(self) -> bool:
        """Begin to watch for panels; return whether one shows icons now.

        Raises:
            NoBus
        """
        try:
            await self._server.start()
            self._bus.add_message_handler(self._heard)
            await match(self._bus, f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{WATCHER}'")
        except DBusError as error:
            raise NoBus(str(error)) from error
        return await owner_of(self._bus, WATCHER) is not None

    async def show(self, note: Notification, picture: Path | None, replaces: int) -> int:
        """See :meth:`.NotificationServer.show`."""
        return await self._server.show(note, picture, replaces)

    async def wait_closed(self) -> None:
        """Return when the bus has gone."""
        try:
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # of dbus-fast
        except (OSError, EOFError) as error:
            log.info("the session bus: %s", error)

    def close(self) -> None:
        self._bus.disconnect()

    def _heard(self, message: Message) -> None:
        if (
            message.message_type is MessageType.SIGNAL
            and message.sender == DBUS
            and message.member == "NameOwnerChanged"
            and message.signature == "sss"
            and message.body[0] == WATCHER
        ):
            self._on_watcher(bool(message.body[2]))


async def open_session(on_action: Callable[[Action], None], on_watcher: Callable[[bool], None]) -> LinuxSession:
    """Connect to the session bus.

    Args:
        on_action: called with a notification's button that was pressed.
        on_watcher: called when the first panel that shows icons comes (True) or the last one goes (False).

    Raises:
        NoBus
    """
    try:
        bus = await asyncio.wait_for(MessageBus().connect(), 10)
    except (OSError, EOFError, AuthError, InvalidAddressError, DBusError, ValueError, TimeoutError) as error:
        raise NoBus(str(error) or type(error).__name__) from error
    return LinuxSession(bus, on_action, on_watcher)
