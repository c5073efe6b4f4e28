"""*Show in folder* selects the file in the session's file manager; without one, its folder is opened."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

import pytest
from dbus_fast import Message, MessageType, RequestNameReply
from dbus_fast.aio import MessageBus

from api.running import RunningDaemon
from desktop.conftest import next_opened
from desktop.session import WITHIN_S
from desktop.test_tray import take

FILE_MANAGER = "org.freedesktop.FileManager1"


@contextlib.asynccontextmanager
async def file_manager(address: str, *, refuses: bool = False) -> AsyncIterator[asyncio.Queue[list[object]]]:
    """A file manager on the bus; gives the arguments of each call of ShowItems."""
    calls: asyncio.Queue[list[object]] = asyncio.Queue()

    def on_message(message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.interface != FILE_MANAGER:
            return None
        assert (message.path, message.member) == ("/org/freedesktop/FileManager1", "ShowItems")
        calls.put_nowait(message.body)
        if refuses:
            return Message.new_error(message, f"{FILE_MANAGER}.Error", "not today")
        return Message.new_method_return(message)

    bus = await MessageBus(bus_address=address).connect()
    bus.add_message_handler(on_message)
    assert await bus.request_name(FILE_MANAGER) is RequestNameReply.PRIMARY_OWNER
    try:
        yield calls
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # of dbus-fast


async def test_the_file_manager_selects_the_file(bus: str, companion: RunningDaemon) -> None:
    async with file_manager(bus) as calls, companion.talk() as client:
        job = await take(client, 1, 2)
        await client.ask("job.open", {"file_id": job["file_id"], "reveal": True})
        uris, startup_id = await asyncio.wait_for(calls.get(), WITHIN_S)
    assert startup_id == ""
    assert isinstance(uris, list)
    (uri,) = uris
    assert unquote(urlsplit(uri).path) == str(companion.downloads / job["file_name"])


@pytest.mark.parametrize("there", [True, False])
async def test_without_its_help_the_folder_is_opened(
    bus: str, companion: RunningDaemon, opened: asyncio.StreamReader, *, there: bool
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        if there:
            await stack.enter_async_context(file_manager(bus, refuses=True))
        client = await stack.enter_async_context(companion.talk())
        job = await take(client, 3, 4)
        await client.ask("job.open", {"file_id": job["file_id"], "reveal": True})
        assert await next_opened(opened) == str(companion.downloads)
