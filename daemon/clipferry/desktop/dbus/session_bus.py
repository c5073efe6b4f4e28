"""Calls on the session bus with a time-out."""

from __future__ import annotations

import asyncio
from typing import Any

from dbus_fast import DBusError, Message, MessageType
from dbus_fast.aio import MessageBus

ANSWER_WITHIN_S = 10.0
DBUS = "org.freedesktop.DBus"
_DBUS_PATH = "/org/freedesktop/DBus"
_FAILED = "org.freedesktop.DBus.Error.Failed"


async def ask(bus: MessageBus, message: Message) -> list[Any]:
    """Call a method and return the body of the reply.

    Raises:
        DBusError: the reply is an error, or none came within 10 s.
    """
    try:
        answer = await asyncio.wait_for(bus.call(message), ANSWER_WITHIN_S)
    except TimeoutError:
        raise DBusError("org.freedesktop.DBus.Error.NoReply", f"{message.member}: no answer") from None
    except (OSError, EOFError) as error:
        raise DBusError(_FAILED, f"{message.member}: {error}") from error
    if answer is None or answer.message_type is not MessageType.METHOD_RETURN:
        text = str(answer.body[0]) if answer is not None and answer.body else str(message.member)
        raise DBusError((answer.error_name if answer is not None else None) or _FAILED, text)
    return list(answer.body)


async def match(bus: MessageBus, rule: str) -> None:
    """Subscribe to the signals that ``rule`` matches (D-Bus specification, "Match Rules")."""
    await ask(bus, _to_bus("AddMatch", rule))


async def owner_of(bus: MessageBus, name: str) -> str | None:
    """Return the unique name of the connection that owns ``name``; ``None``: it has no owner."""
    try:
        return str((await ask(bus, _to_bus("GetNameOwner", name)))[0])
    except DBusError:
        return None


def _to_bus(member: str, argument: str) -> Message:
    return Message(destination=DBUS, path=_DBUS_PATH, interface=DBUS, member=member, signature="s", body=[argument])
