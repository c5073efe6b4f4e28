"""The WebSocket: an origin and a key first; nothing else is ever read."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from api.running import RunningDaemon
from attack.raw import request, send

WITHIN_S = 30.0


async def dial(daemon: RunningDaemon, origin: str | None, **headers: str) -> aiohttp.ClientWebSocketResponse:
    port = daemon.facts["port"]
    session = aiohttp.ClientSession()
    try:
        line = await session.ws_connect(
            f"http://127.0.0.1:{port}/events", origin=origin and origin.replace("PORT", str(port)), headers=headers
        )
    except BaseException:
        await session.close()
        raise
    line.session = session  # type: ignore[attr-defined]  # closed with the line, in hang_up
    return line


async def hang_up(line: Any) -> None:
    await line.close()
    await line.session.close()


async def close_code(line: aiohttp.ClientWebSocketResponse) -> int | None:
    """Read to the end; the code that the server closed with."""
    async with asyncio.timeout(WITHIN_S):
        while (await line.receive()).type is WSMsgType.TEXT:
            pass
    code = line.close_code
    await hang_up(line)
    return code


@pytest.mark.parametrize(
    ("origin", "headers", "status"),
    [
        ("http://evil.test", {}, 403),
        ("null", {}, 403),
        ("http://127.0.0.1:1", {}, 403),
        ("https://127.0.0.1:PORT", {}, 403),
        ("moz-extension://6b3c6f6e-0000-0000-0000-000000000000", {}, 403),
        (None, {}, 403),
        ("http://evil.test:PORT", {"Host": "evil.test:PORT"}, 421),
        ("http://127.0.0.1:PORT", {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_other_origins_do_not_get_a_line(
    origin: str | None, headers: dict[str, str], status: int, daemon: RunningDaemon
) -> None:
    sent = {name: value.replace("PORT", str(daemon.facts["port"])) for name, value in headers.items()}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await dial(daemon, origin, **sent)
    assert refused.value.status == status


@pytest.mark.parametrize(
    "first",
    [
        "",
        "not json",
        '{"token": "wrong"}',
        '{"token": 5}',
        '{"token": "TOKEN", "and": "more"}',
        '["TOKEN"]',
        "TOKEN",
        b"TOKEN",
        "[" * 20_000,
    ],
)
async def test_without_the_key_the_line_is_cut(first: str | bytes, daemon: RunningDaemon) -> None:
    line = await dial(daemon, "http://127.0.0.1:PORT")
    token = daemon.facts["token"]
    if isinstance(first, bytes):
        await line.send_bytes(first.replace(b"TOKEN", json.dumps({"token": token}).encode()))
    else:
        await line.send_str(first.replace("TOKEN", token))
    assert await close_code(line) == 4401


async def test_who_shows_no_key_is_not_waited_for(daemon: RunningDaemon) -> None:
    """It may be a page that was kept busy, so it is not told that its key is wrong: it would throw that away."""
    line = await dial(daemon, "http://127.0.0.1:PORT")
    assert await close_code(line) == 1013


async def test_a_key_in_a_header_or_the_query_is_no_key(daemon: RunningDaemon) -> None:
    told = daemon.facts
    line = await dial(daemon, "http://127.0.0.1:PORT", Authorization=f"Bearer {told['token']}")
    assert await close_code(line) == 1013


async def test_a_message_of_a_megabyte_is_cut(daemon: RunningDaemon) -> None:
    line = await dial(daemon, "http://127.0.0.1:PORT")
    await line.send_str(json.dumps({"token": daemon.facts["token"]}))
    assert json.loads(await line.receive_str(timeout=WITHIN_S))["result"]["protocol"] == 1
    await line.send_str("x" * (1 << 20))
    assert await close_code(line) == 1009


async def test_nothing_can_be_asked_on_it(daemon: RunningDaemon) -> None:
    before = await daemon.traces()
    line = await dial(daemon, "http://127.0.0.1:PORT")
    await line.send_str(json.dumps({"token": daemon.facts["token"]}))
    await line.receive_str(timeout=WITHIN_S)
    await line.send_str(json.dumps({"id": 1, "method": "clip.create", "params": {"url": "https://a.test/"}}))
    assert await close_code(line) == 1008
    assert await daemon.traces() == before


@pytest.mark.parametrize("offer", ["permessage-deflate", "permessage-deflate; client_max_window_bits", "deflate-frame"])
async def test_compression_is_not_agreed_on(offer: str, daemon: RunningDaemon) -> None:
    """A message of 60 kB may unfold into 60 MB. Asked in bytes: a client reads the server's answer in its own favour."""
    port = daemon.facts["port"]
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Origin": f"http://127.0.0.1:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions": offer,
    }
    reply = await send(port, request("GET", "/events", headers=headers))
    assert reply.status == 101
    assert "sec-websocket-extensions" not in reply.headers


async def test_a_compressed_message_ends_the_line(daemon: RunningDaemon) -> None:
    """Sent all the same, without having been agreed on (RFC 6455, 5.2: RSV1 is an error then)."""
    session = aiohttp.ClientSession()
    port = daemon.facts["port"]
    line = await session.ws_connect(f"http://127.0.0.1:{port}/events", origin=f"http://127.0.0.1:{port}")
    await line.send_str(json.dumps({"token": daemon.facts["token"]}))
    await line.receive_str(timeout=WITHIN_S)
    await line.send_frame(zlib.compress(b"x" * 60_000_000), WSMsgType.TEXT, compress=15)
    async with asyncio.timeout(WITHIN_S):
        while (await line.receive()).type is WSMsgType.TEXT:
            pass
    assert line.close_code == 1002
    await session.close()
