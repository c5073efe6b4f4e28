"""The local internet's own process: listeners, and its end when the parent goes."""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
import tempfile
from pathlib import Path

from aiohttp import web

from . import tls
from .control import control_app
from .proxy import AuthenticatedHttpProxy, HttpProxy
from .server import Origin
from .socks import SocksProxy
from .way_in import WayIn


async def serve(folder: Path, *, ports: tuple[int, int, int] = (0, 0, 0), announce: bool = True) -> None:
    """Listen until standard input ends. Says where on standard output, one line of JSON."""
    origin = Origin()
    identity, context = tls.create(folder)
    loop = asyncio.get_running_loop()
    server = web.Server(origin.handle, handler_cancellation=True, access_log=None, keepalive_timeout=75)

    async def listen(kind: type[WayIn], port: int = 0, *, tls: ssl.SSLContext | None = None) -> int:
        listener = await loop.create_server(
            lambda: kind(server, context, origin.log), "127.0.0.1", port, ssl=tls, backlog=512
        )
        bound: int = listener.sockets[0].getsockname()[1]
        return bound

    direct = await loop.create_server(server, "127.0.0.1", ports[1], ssl=context, backlog=512)
    plain = await loop.create_server(server, "127.0.0.1", ports[2], backlog=512)
    origin.log.plain_port = plain.sockets[0].getsockname()[1]
    control = web.AppRunner(control_app(origin), access_log=None)
    await control.setup()
    site = web.TCPSite(control, "127.0.0.1", 0)
    await site.start()
    where = {
        "proxy": await listen(HttpProxy, ports[0]),
        "auth_proxy": await listen(AuthenticatedHttpProxy),
        "tls_proxy": await listen(HttpProxy, tls=context),
        "socks": await listen(SocksProxy),
        "https": direct.sockets[0].getsockname()[1],
        "http": plain.sockets[0].getsockname()[1],
        "control": control.addresses[0][1],
        "ca_file": str(identity.ca_file),
        "spki": identity.leaf_spki,
    }
    if announce:
        print(json.dumps(where), flush=True)
    await _parent_gone(loop)


async def _parent_gone(loop: asyncio.AbstractEventLoop) -> None:
    """The parent holds the other end of standard input and never writes: its end is the parent's end."""
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4096):
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="origin-") as folder:
        asyncio.run(serve(wanted.folder or Path(folder)))


if __name__ == "__main__":
    main()
