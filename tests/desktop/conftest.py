"""A desktop session for each file of tests: a bus, and a daemon that lives in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from api.running import RunningDaemon
from desktop.session import WITHIN_S, session_bus
from origin import LocalInternet


@pytest.fixture(scope="module")
def bus_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of what the session's bus starts."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def bus(bus_home: Path) -> Iterator[str]:
    """The address of a session bus."""
    with session_bus(bus_home) as address:
        yield address


@pytest.fixture(scope="module")
def display() -> Mapping[str, str]:
    """What tells programs of the session's display: one that does not answer, the icon needs none."""
    return {"DISPLAY": ":4242"}


@pytest.fixture(scope="module")
def companion(
    bus: str, display: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory, internet: LocalInternet
) -> Iterator[RunningDaemon]:
    """A daemon in that session, on the local internet, with programs of the test's own in front of its ``PATH``."""
    daemon = prepare(tmp_path_factory.mktemp("t"), {**internet.env(), **display, "DBUS_SESSION_BUS_ADDRESS": bus})
    asyncio.run(daemon.start())
    yield daemon
    asyncio.run(daemon.stop())


def prepare(root: Path, env: Mapping[str, str]) -> RunningDaemon:
    """A daemon to be started in ``root``; what it opens with ``xdg-open`` or a browser comes out of :func:`opened`."""
    daemon = RunningDaemon(root, dict(env))
    programs = root / "bin"
    programs.mkdir()
    record = root / "opened"
    os.mkfifo(record)
    opener = programs / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > {record}\n')
    opener.chmod(0o755)
    daemon.env["BROWSER"] = f"{opener} %s"
    daemon.env["PATH"] = f"{programs}:{daemon.env['PATH']}"
    return daemon


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
