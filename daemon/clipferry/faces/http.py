"""The daemon's door for people and scripts: REST, WebSocket and the dashboard's page, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from aiohttp import web

from .. import __file__ as package_file
from ..service import Service
from ..setup.opening import open_privately
from ..system.paths import Paths
from .connection import Connection
from .events import Events
from .guard import Guard
from .routes import Routes
from .session import Sessions

PORTS: Final = range(8804, 8814)
"""Tried in this order, so that a bookmark mostly holds; who wants to be sure reads ``daemon.json``."""
_BACKLOG = 128

_log = logging.getLogger(__name__)


class HttpFace:
    """The running door. ``port`` and ``token`` are what ``daemon.json`` tells our own programs."""

    def __init__(
        self, runner: web.AppRunner, server: asyncio.Server, events: Events, sessions: Sessions, port: int
    ) -> None:
        self._runner, self._server, self._events, self._sessions = runner, server, events, sessions
        self.port, self.token = port, sessions.token

    def dashboard_link(self) -> str:
        """An address that opens the dashboard, once and within a minute. Always the number: ``localhost`` may lead to [::1]."""
        return f"http://127.0.0.1:{self.port}/#c={self._sessions.new_code()}"

    async def stop(self) -> None:
        """Take no more requests, let those that run finish, close the rest."""
        self._server.close()
        await self._events.close()
        await self._runner.cleanup()


async def start(service: Service, paths: Paths) -> HttpFace:
    """Open the door and give ``service`` its ``dashboard_link`` and ``open_link``.

    Raises:
        OSError: not one port is free.
    """
    sessions = Sessions(time.monotonic)
    events = Events(service, sessions)
    runner = web.AppRunner(make_app(service, sessions, events, Path(package_file).parent / "web" / "dashboard"))
    await runner.setup()
    listener = _listen()
    port: int = listener.getsockname()[1]
    server = await asyncio.get_running_loop().create_server(guarded(runner, sessions, port), sock=listener)
    face = HttpFace(runner, server, events, sessions, port)
    service.dashboard_link = face.dashboard_link
    service.open_link = partial(open_privately, folder=paths.runtime_dir)
    _log.info("listening on 127.0.0.1:%d", port)
    return face


def make_app(service: Service, sessions: Sessions, events: Events, web_dir: Path) -> web.Application:
    """All routes, unguarded: only ``guarded`` may serve it. ``web_dir``: the built dashboard; it may be missing."""
    app = web.Application()
    Routes(service, sessions, web_dir).add_to(app)
    app.router.add_get("/events", events.handle, allow_head=False)
    return app


def guarded(runner: web.AppRunner, sessions: Sessions, port: int) -> Callable[[], Connection]:
    """The maker of connections to ``runner``'s app, with the guard around all of it: routing, unknown paths and ``Expect`` too."""
    inner = runner.server
    assert inner is not None, "set up before"
    inner.request_handler = Guard(inner.request_handler, sessions, port)
    strange: dict[Connection, None] = {}
    return lambda: Connection(inner, strange)


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
