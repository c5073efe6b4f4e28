"""A desktop session for each file of tests: a bus, and a daemon that lives in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from api.running import RunningDaemon
from desktop.session import WITHIN_S, session_bus
from origin import LocalInternet


@pytest.fixture(scope="module")
def bus() -> Iterator[str]:
    """The address of a session bus."""
    with session_bus() as address:
        yield address


@pytest.fixture(scope="module")
def companion(bus: str, tmp_path_factory: pytest.TempPathFactory, internet: LocalInternet) -> Iterator[RunningDaemon]:
    """A daemon in that session, on the local internet, with programs of the test's own in front of its ``PATH``."""
    root = tmp_path_factory.mktemp("t")
    daemon = RunningDaemon(root, {**internet.env(), "DBUS_SESSION_BUS_ADDRESS": bus})
    programs = root / "bin"
    programs.mkdir()
    record = root / "opened"
    os.mkfifo(record)
    opener = programs / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > {record}\n')
    opener.chmod(0o755)
    # A display that does not answer: the icon needs none, and a browser is what BROWSER names.
    daemon.env |= {"DISPLAY": ":4242", "BROWSER": f"{opener} %s"}
    daemon.env["PATH"] = f"{programs}:{daemon.env['PATH']}"
    asyncio.run(daemon.start())
    yield daemon
    asyncio.run(daemon.stop())


@pytest.fixture
async def opened(companion: RunningDaemon) -> AsyncIterator[asyncio.StreamReader]:
    """What the session's ``xdg-open`` is asked for from here on, a line each."""
    reader = asyncio.StreamReader()
    pipe = (companion.root / "opened").open("rb+", buffering=0)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    yield reader
    transport.close()


async def next_opened(opened: asyncio.StreamReader) -> str:
    """The file or address that is opened next."""
    return (await asyncio.wait_for(opened.readline(), WITHIN_S)).decode().strip()
