"""Bytes to the HTTP door and what comes back, without a client that would tidy them up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

WITHIN_S = 20.0


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. ``status`` 0: hung up without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def send(port: int, data: bytes, *, half_close: bool = False) -> Reply:
    """Send ``data`` and read until the server closes or one whole answer is there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        if half_close:
            writer.write_eof()
        async with asyncio.timeout(WITHIN_S):
            return await read_reply(reader, has_body=not data.startswith(b"HEAD "))
    finally:
        writer.close()


async def read_reply(reader: asyncio.StreamReader, *, has_body: bool = True) -> Reply:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return Reply(0, {}, b"")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0"))) if has_body else b""
    return Reply(int(first.split()[1]), headers, body)


def request(
    method: str = "POST",
    target: str = "/download",
    *,
    headers: dict[str, str] | list[tuple[str, str]],
    body: bytes = b"",
    version: str = "HTTP/1.1",
) -> bytes:
    """One request exactly as given; nothing is added but the length of a body."""
    pairs = [*(headers.items() if isinstance(headers, dict) else headers)]
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in pairs):
        pairs.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in pairs)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
