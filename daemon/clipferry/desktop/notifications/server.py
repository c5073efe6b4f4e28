"""Notifications on Linux desktops: ``org.freedesktop.Notifications`` over D-Bus (Desktop Notifications Specification 1.2)."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable
from pathlib import Path

from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from ..dbus.session_bus import ask, match, owner_of
from .policy import Action, Notification, parse_key

log = logging.getLogger(__name__)

_NAME = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_DEFAULT = "default"
_NORMAL = 1
_EXPIRES_BY_SERVER = -1


class NotificationServer:
    """The desktop's notification server, called on demand and never polled.

    Args:
        on_action: called with the button that was pressed, also one of a bubble that an earlier process showed.
    """

    def __init__(self, bus: MessageBus, on_action: Callable[[Action], None]) -> None:
        self._bus = bus
        self._on_action = on_action
        self._clicks: dict[int, Action] = {}
        """By bubble: what a click on it does."""
        self._capabilities: frozenset[str] | None = None
        self._owner: str | None = None

    async def start(self) -> None:
        """Subscribe to clicks on buttons. Raises ``DBusError``."""
        self._bus.add_message_handler(self._heard)
        await match(self._bus, f"type='signal',interface='{_NAME}',path='{_PATH}'")

    async def show(self, note: Notification, picture: Path | None, replaces: int = 0) -> int:
        """Show ``note`` in place of bubble ``replaces`` (0: a new one); gives the bubble's id.

        Raises:
            DBusError: no server takes it.
        """
        capabilities = await self._find_capabilities()
        body = html.escape(note.body, quote=False) if "body-markup" in capabilities else note.body
        actions: list[str] = []
        if "actions" in capabilities:
            actions = [_DEFAULT, ""]  # a click on the bubble; some servers show a button for it where it has a label
            for action in note.actions:
                actions += [action.key, action.label]
        hints = {"desktop-entry": Variant("s", "clipferry"), "urgency": Variant("y", _NORMAL)}
        hints["category"] = Variant("s", "transfer.error" if note.failed else "transfer.complete")
        if picture is not None:
            hints["image-path"] = Variant("s", picture.as_uri())
        icon = str(Path(__file__).parent.with_name("clipferry.png"))
        message = Message(
            destination=_NAME,
            path=_PATH,
            interface=_NAME,
            member="Notify",
            signature="susssasa{sv}i",
            body=["clipferry", replaces, icon, note.summary, body, actions, hints, _EXPIRES_BY_SERVER],
        )
        answer = await ask(self._bus, message)
        if not answer or not isinstance(answer[0], int):
            raise DBusError("org.freedesktop.DBus.Error.Failed", "Notify: no id")
        bubble = answer[0]
        self._clicks[bubble] = note.actions[0]
        return bubble

    async def _find_capabilities(self) -> frozenset[str]:
        """Return the capabilities of the server, queried again when its owner changes."""
        owner = await owner_of(self._bus, _NAME)
        if self._capabilities is None or owner is None or owner != self._owner:
            message = Message(destination=_NAME, path=_PATH, interface=_NAME, member="GetCapabilities")
            answer = await ask(self._bus, message)
            known = answer[0] if answer and isinstance(answer[0], list) else []
            self._capabilities = frozenset(name for name in known if isinstance(name, str))
            self._owner = await owner_of(self._bus, _NAME)
        return self._capabilities

    def _heard(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL or message.interface != _NAME:
            return
        if message.member == "ActionInvoked" and message.signature == "us":
            bubble, key = message.body
            action = self._clicks.get(bubble) if key == _DEFAULT else parse_key(key)
            if action is not None:
                self._on_action(action)
        elif message.member == "NotificationClosed" and message.signature == "uu":
            self._clicks.pop(message.body[0], None)
