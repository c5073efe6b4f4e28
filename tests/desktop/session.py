"""A desktop session for a test: a bus of its own, a panel that shows icons, a notification server; all real D-Bus."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageFlag, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus

WITHIN_S = 60.0
ITEM, MENU = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
WATCHER = "org.kde.StatusNotifierWatcher"
NOTIFICATIONS = "org.freedesktop.Notifications"


@contextlib.contextmanager
def session_bus(home: Path | None = None, *, address: str = "") -> Iterator[str]:
    """A message bus of its own; gives its address.

    Args:
        home: the home folder of the services that the bus starts, with nothing else of this session; ``None``: as it is here.
        address: where it listens; empty: anywhere.
    """
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
    command += [f"--address={address}"] if address else []
    env = None if home is None else {"PATH": os.environ["PATH"], "HOME": str(home)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env) as bus:
        assert bus.stdout is not None
        try:
            yield bus.stdout.readline().strip()
        finally:
            bus.terminate()


class Changes:
    """Wakes who waits for something to become true."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def note(self) -> None:
        self._changed.set()

    async def until(self, condition: Any, what: str) -> Any:
        """Wait until ``condition()`` is true, looked at after every change; gives its value."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while True:
                    self._changed.clear()  # before the look: a change during it is looked at as well
                    if value := await condition():
                        break
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {WITHIN_S:.0f} s: {what}") from None
        return value


@dataclass
class Panel:
    """A StatusNotifierWatcher and host: what a panel does with an icon."""

    bus: MessageBus
    changes: Changes
    items: list[tuple[str, str]] = field(default_factory=list)
    """Connection and service name of each registered item."""
    answer_nonsense: bool = False
    asked: bool = False

    async def was_asked(self) -> bool:
        return self.asked

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, address: str, *, answer_nonsense: bool = False) -> AsyncIterator[Panel]:
        bus = await MessageBus(bus_address=address).connect()
        panel = cls(bus, Changes(), answer_nonsense=answer_nonsense)
        bus.add_message_handler(panel._handle)
        for rule in (f"type='signal',interface='{ITEM}'", f"type='signal',interface='{MENU}'"):
            await ask(
                bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", [rule]
            )
        assert await bus.request_name(WATCHER) is RequestNameReply.PRIMARY_OWNER
        try:
            yield panel
        finally:
            bus.disconnect()

    def _handle(self, message: Message) -> Message | None:
        if message.message_type is MessageType.METHOD_CALL and message.interface == WATCHER:
            self.asked = True
            self.changes.note()
            if self.answer_nonsense:
                return Message.new_error(message, "org.example.Nonsense", "\x07<b>")
            if message.member == "RegisterStatusNotifierItem":
                self.items.append((message.sender or "", message.body[0]))
                self.changes.note()
                return Message.new_method_return(message)
        if message.message_type is MessageType.SIGNAL and message.interface in (ITEM, MENU):
            self.changes.note()
        return None

    async def icon(self) -> str:
        """Wait for an item; gives its connection."""

        async def last() -> str:
            return self.items[-1][0] if self.items else ""

        return str(await self.changes.until(last, "an icon is registered"))

    async def property(self, name: str) -> Any:
        """A property of the newest item."""
        [value] = await ask(
            self.bus,
            await self.icon(),
            "/StatusNotifierItem",
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            [ITEM, name],
        )
        return value.value

    async def until_property(self, name: str, wanted: Any) -> None:
        async def same() -> bool:
            return bool(await self.property(name) == wanted)

        await self.changes.until(same, f"{name} is {wanted!r}")

    async def menu(self) -> Entry:
        """The menu as a panel would draw it."""
        _, root = await ask(self.bus, await self.icon(), "/MenuBar", MENU, "GetLayout", "iias", [0, -1, []])
        return menu_entry(root)

    async def until_entry(self, *labels: str) -> Entry:
        """Wait for the entry that lies at ``labels``, from the root on; each is the beginning of a label."""

        async def found() -> Entry | None:
            return (await self.menu()).find(*labels)

        entry: Entry = await self.changes.until(found, f"the menu has {labels}")
        return entry

    async def until_toggle(self, label: str, wanted: int) -> None:
        """Wait until the entry ``label`` is checked (1) or not (0)."""

        async def same() -> bool:
            return (await self.until_entry(label)).toggle == wanted

        await self.changes.until(same, f"{label} is {wanted}")

    async def click(self, *labels: str) -> None:
        """Choose an entry. Waits for no answer: what ends the tray may end it before that."""
        entry = await self.until_entry(*labels)
        message = Message(
            destination=await self.icon(),
            path="/MenuBar",
            interface=MENU,
            member="Event",
            signature="isvu",
            body=[entry.number, "clicked", Variant("i", 0), 0],
            flags=MessageFlag.NO_REPLY_EXPECTED,
        )
        await self.bus.send(message)

    async def activate(self) -> None:
        """Click the icon itself."""
        await ask(self.bus, await self.icon(), "/StatusNotifierItem", ITEM, "Activate", "ii", [0, 0])


@dataclass(frozen=True)
class Entry:
    """One entry of a menu."""

    number: int
    label: str
    enabled: bool
    toggle: int | None
    children: list[Entry]

    def find(self, *labels: str) -> Entry | None:
        if not labels:
            return self
        for child in self.children:
            if child.label.startswith(labels[0]) and (found := child.find(*labels[1:])) is not None:
                return found
        return None

    @property
    def labels(self) -> list[str]:
        return [child.label for child in self.children]


def menu_entry(raw: Any) -> Entry:
    number, properties, children = raw
    values = {name: variant.value for name, variant in properties.items()}
    return Entry(
        number,
        values.get("label", "").replace("__", "_"),
        values.get("enabled", True),
        values.get("toggle-state"),
        [menu_entry(child.value) for child in children],
    )


@dataclass(frozen=True)
class Bubble:
    """A notification as the server got it."""

    number: int
    replaces: int
    summary: str
    body: str
    actions: dict[str, str]
    hints: dict[str, Any]


@dataclass
class NotificationCentre:
    """A notification server that shows nothing and remembers all."""

    bus: MessageBus
    changes: Changes
    silent: bool = False
    """It takes calls and never answers."""
    asked: bool = False
    bubbles: list[Bubble] = field(default_factory=list)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, address: str, *, silent: bool = False) -> AsyncIterator[NotificationCentre]:
        bus = await MessageBus(bus_address=address).connect()
        centre = cls(bus, Changes(), silent)
        bus.add_message_handler(centre._handle)
        assert await bus.request_name(NOTIFICATIONS) is RequestNameReply.PRIMARY_OWNER
        try:
            yield centre
        finally:
            bus.disconnect()

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL or message.interface != NOTIFICATIONS:
            return None
        self.asked = True
        self.changes.note()
        if self.silent:
            return True
        if message.member == "GetCapabilities":
            return Message.new_method_return(message, "as", [["actions", "body", "body-markup", "persistence"]])
        if message.member != "Notify":
            return None  # a browser of the same session asks for more
        _, replaces, _, summary, body, actions, hints, _ = message.body
        number = replaces or len(self.bubbles) + 1
        named = dict(zip(actions[::2], actions[1::2], strict=True))
        plain = {name: variant.value for name, variant in hints.items()}
        self.bubbles.append(Bubble(number, replaces, summary, body, named, plain))
        self.changes.note()
        return Message.new_method_return(message, "u", [number])

    async def was_asked(self) -> bool:
        return self.asked

    async def until(self, *texts: str, after: int = 0) -> Bubble:
        """Wait for a notification that says all of ``texts``; gives the first one after ``after`` others.

        What an earlier test of the same session began may still be told of here, and may be folded into the same bubble.
        """

        async def found() -> Bubble | None:
            told = (one for one in self.bubbles[after:] if all(text in f"{one.summary}\n{one.body}" for text in texts))
            return next(told, None)

        bubble: Bubble = await self.changes.until(found, f"a notification says {texts}; there are {self.bubbles}")
        return bubble

    async def press(self, bubble: Bubble, label: str) -> None:
        """Press the button with ``label``; an empty one: click the bubble."""
        keys = (
            [key for key, text in bubble.actions.items() if text == label and key != "default"]
            if label
            else ["default"]
        )
        signal = Message.new_signal(
            "/org/freedesktop/Notifications", NOTIFICATIONS, "ActionInvoked", "us", [bubble.number, keys[0]]
        )
        await self.bus.send(signal)


async def ask(
    bus: MessageBus, to: str, path: str, interface: str, member: str, signature: str, body: list[Any]
) -> list[Any]:
    message = Message(destination=to, path=path, interface=interface, member=member, signature=signature, body=body)
    answer = await asyncio.wait_for(bus.call(message), WITHIN_S)
    assert answer is not None
    assert answer.message_type is MessageType.METHOD_RETURN, answer.body
    return list(answer.body)
