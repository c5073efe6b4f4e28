"""Thousands of connections at once, on either way in: each is counted before it is accepted, and the person's own work goes on."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from api.client import CHROMIUM, HostClient
from api.running import RunningDaemon
from clipferry.api.http.connection import MAX_CONNECTIONS
from clipferry.api.socket.socket_server import MAX_CLIENTS
from clipferry.system.descriptors import ENOUGH, KEPT, raise_limit, share

WITHIN_S = 120.0


@pytest.fixture(autouse=True)
def many_descriptors() -> Iterator[None]:
    """For this process, which is the one that floods."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def connect(daemon: RunningDaemon, way_in: str) -> socket.socket:
    """A connection on which nothing is said; waits where the kernel's queue is full."""
    if way_in == "http":
        return socket.create_connection(("127.0.0.1", daemon.facts["port"]), WITHIN_S)
    made = socket.socket(socket.AF_UNIX)  # blocking: only that waits for room in the queue (unix(7), EAGAIN)
    made.connect(str(daemon.socket_path))
    return made


@contextlib.asynccontextmanager
async def flooded(daemon: RunningDaemon, way_in: str, count: int) -> AsyncIterator[None]:
    """``count`` connections, all held open meanwhile."""
    held: list[socket.socket] = []

    def flood() -> None:
        for _ in range(count):
            held.append(connect(daemon, way_in))

    try:
        await asyncio.to_thread(flood)
        yield
    finally:
        for one in held:
            one.close()


@pytest.mark.parametrize("count", [1500, 5000])
@pytest.mark.parametrize("way_in", ["http", "socket"])
async def test_a_flood_takes_no_more_than_its_share_and_disturbs_nobody(
    way_in: str, count: int, daemon: RunningDaemon
) -> None:
    base = f"http://127.0.0.1:{daemon.facts['port']}"
    async with (
        asyncio.timeout(WITHIN_S),
        daemon.talk(CHROMIUM) as extension,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{base}/events", origin=base) as dashboard,
    ):
        await extension.hello()
        await dashboard.send_json({"token": daemon.facts["token"]})
        await dashboard.receive_json()
        before = daemon.process.num_fds()
        async with flooded(daemon, way_in, count):
            assert daemon.process.num_fds() - before <= max(MAX_CONNECTIONS, MAX_CLIENTS) + 10
            assert (await extension.hello())["protocol"] == 1, "who was there before stays"
            async with daemon.talk(CHROMIUM) as another, daemon.talk() as person, daemon.http() as http:
                assert (await another.hello())["protocol"] == 1
                await person.ask("queue.pause", {"paused": True})
                assert (await http.get("/health"))[0] == 200
            async with await HostClient.start(daemon.env) as browser:
                assert (await browser.hello())["protocol"] == 1
            while (told := await dashboard.receive_json())["event"] != "queue":
                assert told["event"] == "extension.connected"
            assert told["data"] == {"paused": True}
        async with daemon.talk() as person:
            await person.ask("queue.pause", {"paused": False})


def test_the_limit_is_raised_and_shared_out() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        assert raise_limit() == min(before[1], ENOUGH)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("limit", [256, 512, 1024, ENOUGH])
def test_both_ways_in_leave_room_for_the_persons_own_work(limit: int) -> None:
    taken = share(MAX_CONNECTIONS, limit) + share(MAX_CLIENTS, limit)
    assert taken <= limit - KEPT or taken == 32
    assert taken <= limit / 2
