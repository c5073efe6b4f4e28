"""Registration of an icon with ``org.kde.StatusNotifierWatcher``, the service of the panel that shows it."""

import asyncio
import logging
import os

from dbus_fast import DBusError, Message, MessageType
from dbus_fast.aio import MessageBus

from .session_bus import DBUS, ask, match, owner_of

log = logging.getLogger(__name__)

WATCHER = "org.kde.StatusNotifierWatcher"
_WATCHER_PATH = "/StatusNotifierWatcher"


class WatcherRegistration:
    """Registers the item with the watcher that owns its name now, and with each later owner."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
        self._registered_with = ""
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self._bus.request_name(self._name)
        self._bus.add_message_handler(self._on_message)
        await match(self._bus, f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{WATCHER}'")
        owner = await owner_of(self._bus, WATCHER)
        if owner is None:
            log.info("no panel shows icons yet")
        else:
            self._register(owner)

    def _on_message(self, message: Message) -> None:
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
            log.warning("the panel rejected the icon: %s", error)
        else:
            log.info("the icon is shown by %s", owner)
