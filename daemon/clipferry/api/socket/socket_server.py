"""The socket for the native host, the command line and the tray: a Unix socket, or on Windows a named pipe, for this user alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from ...service import Service
from ...system.descriptors import ENOUGH, share
from ...system.paths import Paths
from ..authentication import Authenticator
from .peer import Listening, is_own_user, serve
from .rpc_session import RpcSession

MAX_CLIENTS = 200

_log = logging.getLogger(__name__)


class SocketServer:
    """Runs an ``RpcSession`` for each connection."""

    def __init__(self, service: Service, authenticator: Authenticator, socket_path: Path, descriptors: int) -> None:
        self._service, self._authenticator, self._path = service, authenticator, socket_path
        self._most = share(MAX_CLIENTS, descriptors)
        self._silent: dict[asyncio.StreamWriter, None] = {}
        """Connections on which nothing has been said yet, oldest first."""
        self._listening: Listening | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._listening = await serve(self._path, self._connected, most=self._most, make_room=self._make_room)

    async def stop(self) -> None:
        """Take no more connections, and hang up on those that are."""
        if self._listening is None:
            return
        self._listening.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            if is_own_user(writer):
                self._silent[writer] = None
                on_message: Callable[[], object] = lambda: self._silent.pop(writer, None)  # noqa: E731
                await RpcSession(self._service, self._authenticator, reader, writer, on_message=on_message).run()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the client disconnected; most sessions end so
        finally:
            self._silent.pop(writer, None)
            self._clients.discard(task)
            writer.close()

    def _make_room(self) -> None:
        if (oldest := next(iter(self._silent), None)) is not None:
            del self._silent[oldest]
            oldest.transport.abort()


async def start(
    service: Service, authenticator: Authenticator, paths: Paths, descriptors: int = ENOUGH
) -> SocketServer:
    """Start the server at ``paths.socket``. Call with the daemon's lock held.

    Args:
        descriptors: how many this process may have open.

    Raises:
        OSError: the socket cannot be made there.
    """
    server = SocketServer(service, authenticator, paths.socket, descriptors)
    await server.open()
    return server
