"""A server on this computer that nobody may be led to; it counts who came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass
class Canary:
    port: int
    visits: int = 0


@contextlib.asynccontextmanager
async def canary_server() -> AsyncIterator[Canary]:
    found = Canary(0)

    def visited(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.visits += 1
        writer.close()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found
