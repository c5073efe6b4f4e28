"""The tray's menu over a real bus while jobs go on: a panel that has it open keeps its selection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from api.running import RunningDaemon
from clipferry.desktop.dbus.menu import DBusMenu
from clipferry.desktop.job_list import JobList, TrayJob
from clipferry.desktop.menu import make_menu
from desktop.session import MENU, WITHIN_S, Entry, NotificationCentre, Panel, ask, menu_entry
from desktop.test_tray import begin

PATH = "/MenuBar"


class MenuClient:
    """A menu on the bus, and the client of a panel that shows it."""

    def __init__(self, server: MessageBus, client: MessageBus) -> None:
        self.jobs = JobList()
        self.menu = DBusMenu(lambda item: item(None))
        self.actions = mock.Mock()
        self._server, self._client = server, client
        self._signals: asyncio.Queue[Message] = asyncio.Queue()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, address: str) -> AsyncIterator[MenuClient]:
        server = await MessageBus(bus_address=address).connect()
        client = await MessageBus(bus_address=address).connect()
        made = cls(server, client)
        made.show()
        server.export(PATH, made.menu)
        client.add_message_handler(made._on_message)
        rule = f"type='signal',interface='{MENU}',sender='{server.unique_name}'"
        bus = "org.freedesktop.DBus"
        await ask(client, bus, "/org/freedesktop/DBus", bus, "AddMatch", "s", [rule])
        try:
            yield made
        finally:
            client.disconnect()
            server.disconnect()

    def _on_message(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.interface == MENU:
            self._signals.put_nowait(message)

    def put(self, file_id: str, state: str, fraction: float = 0.0, name: str = "Film") -> None:
        """Take a change of a job and show the menu for it."""
        self.jobs.put(TrayJob(file_id, state, name, fraction=fraction))
        self.show()

    def show(self) -> None:
        self.menu.show(make_menu(self.jobs, self.actions))

    async def signal(self) -> tuple[str, list[Any]]:
        """The next signal: its name and body."""
        message = await asyncio.wait_for(self._signals.get(), WITHIN_S)
        return str(message.member), message.body

    async def layout(self) -> tuple[int, Entry]:
        to = str(self._server.unique_name)
        revision, root = await ask(self._client, to, PATH, MENU, "GetLayout", "iias", [0, -1, []])
        return int(revision), menu_entry(root)

    async def find(self, *labels: str) -> Entry:
        entry = (await self.layout())[1].find(*labels)
        assert entry is not None, labels
        return entry


@pytest.fixture
async def menu(bus: str) -> AsyncIterator[MenuClient]:
    async with MenuClient.open(bus) as made:
        yield made


async def test_progress_changes_a_label_and_nothing_else(menu: MenuClient) -> None:
    menu.put("a", "fetching", 0.1)
    assert (await menu.signal())[0] == "ItemsPropertiesUpdated"  # the status line
    assert (await menu.signal())[0] == "LayoutUpdated"
    before = await menu.layout()
    menu.put("a", "fetching", 0.2)
    name, (updated, removed) = await menu.signal()
    entry = await menu.find("Film (20%)")
    assert name == "ItemsPropertiesUpdated"
    assert [(number, {key: value.value for key, value in new.items()}) for number, new in updated] == [
        (entry.number, {"label": "Film (20%)"})
    ]
    assert removed == []
    after = await menu.layout()
    assert after[0] == before[0]
    assert numbers(after[1]) == numbers(before[1])


async def test_items_keep_their_ids_when_another_job_comes_and_goes(menu: MenuClient) -> None:
    menu.put("a", "fetching", 0.1)
    film, cancel, leave = await menu.find("Film"), await menu.find("Film", "Cancel"), await menu.find("Quit")
    menu.put("b", "queued", name="Other")
    menu.put("b", "done", name="Other")
    assert (await menu.find("Film")).number == film.number
    assert (await menu.find("Film", "Cancel")).number == cancel.number
    assert (await menu.find("Quit")).number == leave.number
    names = [(await menu.signal())[0] for _ in range(6)]
    assert names == ["ItemsPropertiesUpdated", "LayoutUpdated"] * 3


async def test_a_file_that_is_gone_disables_its_item(menu: MenuClient) -> None:
    menu.put("a", "done")
    before = await menu.find("Film")
    menu.jobs.put(TrayJob("a", "done", "Film", file_missing=True))
    menu.show()
    after = await menu.find("Film")
    assert (before.enabled, after.enabled) == (True, False)
    assert after.number == before.number


async def test_an_entry_of_a_real_job_keeps_its_id(bus: str, companion: RunningDaemon) -> None:
    async with NotificationCentre.open(bus), Panel.open(bus) as panel, companion.talk() as client:
        await client.hello()
        await client.ask("queue.pause", {"paused": True})
        job = await begin(client, 5, 6)
        name = "https://www.youtube.com"
        before = await panel.until_entry(name)
        await client.ask("job.pause", {"file_id": job["file_id"]})
        await panel.until_entry(name, "Resume")
        after = await panel.until_entry(name)
        assert before.label.endswith(" (queued)")
        assert after.label.endswith(" (paused)")
        assert after.number == before.number
        await client.ask("job.cancel", {"file_id": job["file_id"]})
        await client.ask("queue.pause", {"paused": False})


def numbers(entry: Entry) -> list[int]:
    return [entry.number, *(number for child in entry.children for number in numbers(child))]
