"""Frames of clients of an older and of a newer version: they are understood as far as both go, and nothing is lost by them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from api.client import CHROMIUM, Failed, HostClient, Json, SocketClient
from api.running import RunningDaemon
from clipferry.protocol.base import OLDEST_PROTOCOL, PROTOCOL_VERSION

NEWER: Json = {"client": "script", "version": "99", "protocol": PROTOCOL_VERSION + 98, "locale": "de", "can": {"x": 1}}
URL = "https://video.example/clip.mp4"


@pytest.fixture
async def client(online: RunningDaemon) -> AsyncIterator[SocketClient]:
    async with online.talk() as talk:
        await talk.ask("queue.pause", {"paused": True})
        yield talk


async def test_an_older_client_gets_its_own_version_and_what_it_leaves_out_has_defaults(client: SocketClient) -> None:
    told = await client.ask("hello", {"client": "cli", "version": "0.0.1"})
    assert told["protocol"] == PROTOCOL_VERSION
    told = await client.ask("hello", {"client": "cli", "version": "0.0.1", "protocol": OLDEST_PROTOCOL})
    assert told["protocol"] == OLDEST_PROTOCOL
    made = await client.ask("clip.create", {"url": f"{URL}?older"})
    assert (made["state"], made["output"]["kind"]) == ("queued", "mp4")


async def test_a_client_that_is_too_old_is_told_so(client: SocketClient) -> None:
    with pytest.raises(Failed, match="client_outdated"):
        await client.ask("hello", {"client": "cli", "version": "0.0.1", "protocol": OLDEST_PROTOCOL - 1})
    assert (await client.hello())["protocol"] == PROTOCOL_VERSION, "the connection goes on"


async def test_what_a_newer_client_adds_is_left_out(client: SocketClient) -> None:
    assert (await client.ask("hello", NEWER))["protocol"] == PROTOCOL_VERSION
    made = await client.ask(
        "clip.create", {"url": f"{URL}?newer", "priority": "high", "output": {"kind": "webm", "speed": 2}}
    )
    assert (made["state"], made["output"]["kind"]) == ("queued", "webm")
    assert "speed" not in made["output"]
    with pytest.raises(Failed, match="bad_request"):
        await client.ask("clip.create", {"url": f"{URL}?newer", "output": {"kind": "hologram"}})
    with pytest.raises(Failed, match="unknown_method"):
        await client.ask("clip.translate", {"file_id": made["file_id"]})
    assert (await client.ask("job.get", {"file_id": made["file_id"]}))["state"] == "queued"


async def test_a_newer_extension_is_answered_through_the_host(daemon: RunningDaemon) -> None:
    async with await HostClient.start(daemon.env, (CHROMIUM,)) as host:
        assert (await host.ask("hello", {**NEWER, "client": "extension"}))["protocol"] == PROTOCOL_VERSION
        assert (await host.ask("job.list", {"limit": 1, "newer": True}))["jobs"] is not None


@pytest.mark.parametrize("hello", [{"client": "script", "version": "1"}, None], ids=["this version", "no hello"])
async def test_of_this_version_every_field_is_known(client: SocketClient, hello: Json) -> None:
    if hello is not None:
        await client.ask("hello", hello)
    before = await client.ask("job.list", {"limit": 200})
    with pytest.raises(Failed, match="bad_request") as refused:
        await client.ask("clip.create", {"url": f"{URL}?typo", "strat_time": 5})
    assert "strat_time" in refused.value.message
    assert await client.ask("job.list", {"limit": 200}) == before
