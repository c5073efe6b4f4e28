"""The HTTP server for people and scripts: REST, WebSocket and the dashboard's page, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from pathlib import Path
from typing import Final

from aiohttp import web

from ... import __file__ as package_file
from ...service import Service
from ...system.descriptors import ENOUGH, share
from ..acceptor import Acceptor
from ..authentication import Authenticator
from ..tokens import Sessions
from .connection import MAX_CONNECTIONS, Connection, make_room
from .guard import Guard
from .routes import Routes
from .websocket import Events

PORTS: Final = range(8804, 8814)
"""Tried in this order, so that a bookmark mostly holds; who wants to be sure reads ``daemon.json``."""
_BACKLOG = 128

_log = logging.getLogger(__name__)


class HttpServer:
    """The running server. ``port`` and ``token`` are those of ``daemon.json``."""

    def __init__(
        self, runner: web.AppRunner, acceptor: Acceptor, events: Events, sessions: Sessions, port: int
    ) -> None:
        self._runner, self._acceptor, self._events, self._sessions = runner, acceptor, events, sessions
        self.port, self.token = port, sessions.token

    def dashboard_link(self, owner: str) -> str:
        """Return an address that opens the dashboard of ``owner``, once and within a minute.

        Always the number: ``localhost`` may lead to [::1].
        """
        return f"http://127.0.0.1:{self.port}/#c={self._sessions.new_code(owner)}"

    async def stop(self) -> None:
        """Take no more requests, let those that run finish, close the rest."""
        self._acceptor.close()
        await self._events.close()
        await self._runner.cleanup()


async def start(
    service: Service, sessions: Sessions, authenticator: Authenticator, descriptors: int = ENOUGH
) -> HttpServer:
    """Start the server and give ``service`` its ``dashboard.make_link``.

    Args:
        sessions: the tokens that ``authenticator`` knows.
        descriptors: how many this process may have open.

    Raises:
        OSError: not one port is free.
    """
    events = Events(service, authenticator)
    runner = web.AppRunner(make_app(service, sessions, events, Path(package_file).parent / "web" / "dashboard"))
    await runner.setup()
    listener = _listen()
    port: int = listener.getsockname()[1]
    acceptor = accept(listener, runner, authenticator, most=share(MAX_CONNECTIONS, descriptors))
    server = HttpServer(runner, acceptor, events, sessions, port)
    service.dashboard.make_link = server.dashboard_link
    _log.info("listening on 127.0.0.1:%d", port)
    return server


def make_app(service: Service, sessions: Sessions, events: Events, web_dir: Path) -> web.Application:
    """All routes, unguarded: only ``guarded`` may serve it. ``web_dir``: the built dashboard; it may be missing."""
    app = web.Application()
    Routes(service, sessions, web_dir).add_to(app)
    app.router.add_get("/events", events.handle, allow_head=False)
    return app


def accept(listener: socket.socket, runner: web.AppRunner, authenticator: Authenticator, *, most: int) -> Acceptor:
    """Serve ``runner``'s app at ``listener``, with the guard around all of it: routing, unknown paths and ``Expect`` too."""
    inner = runner.server
    assert inner is not None, "set up before"
    inner.request_handler = Guard(inner.request_handler, authenticator, listener.getsockname()[1])
    strange: dict[Connection, None] = {}
    loop = asyncio.get_running_loop()

    async def connect(accepted: socket.socket) -> None:
        await loop.connect_accepted_socket(lambda: Connection(inner, strange, acceptor.closed), accepted)

    acceptor = Acceptor(listener, connect, most=most, make_room=lambda: make_room(strange))
    return acceptor


def _listen() -> socket.socket:
    for port in (*PORTS, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":
                # Without it another program may bind the same port beside us (learn.microsoft.com, SO_EXCLUSIVEADDRUSE).
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(_BACKLOG)
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            last = error
            continue
        return listener
    raise last
