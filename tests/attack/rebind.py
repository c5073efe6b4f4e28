"""A proxy that is an attacker's DNS: a name of the attacker's leads to the attacker's server first, and to 127.0.0.1 later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class RebindingProxy:
    """``names``: where each ``host:port`` leads, an address and a port; may be changed at any time."""

    names: dict[str, tuple[str, int]] = field(default_factory=dict)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            first, _, rest = head.partition(b"\r\n")
            method, target, version = first.decode("latin-1").split(" ")
            name = target if method == "CONNECT" else urlsplit(target).netloc
            there = self.names.get(name)
            if there is None:
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return writer.close()
            up_reader, up_writer = await asyncio.open_connection(*there)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                parts = urlsplit(target)
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                # One request for each connection, so that the next one asks the "DNS" again.
                kept = b"\r\n".join(
                    line for line in rest.split(b"\r\n") if not line.lower().startswith((b"connection:", b"proxy-"))
                )
                up_writer.write(f"{method} {path} {version}\r\nConnection: close\r\n".encode("latin-1") + kept)
            await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))
        writer.close()
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


@contextlib.asynccontextmanager
async def rebinding_proxy() -> AsyncIterator[RebindingProxy]:
    proxy = RebindingProxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    async with server:
        yield proxy
