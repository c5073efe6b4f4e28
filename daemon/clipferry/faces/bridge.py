"""The door for the native host, the command line and the tray: a Unix socket that only this user can reach."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from ..service import Service
from ..system.paths import Paths
from .conversation import Conversation
from .peer import is_own_user, listen

MAX_CLIENTS = 200

_log = logging.getLogger(__name__)


class Bridge:
    """The open door."""

    def __init__(self, service: Service, socket_path: Path) -> None:
        self._service, self._path = service, socket_path
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        listener = listen(self._path)
        self._inode = self._path.lstat().st_ino
        self._server = await asyncio.start_unix_server(self._connected, sock=listener)

    async def stop(self) -> None:
        """Take no more connections, and hang up on those that are."""
        if self._server is None:
            return
        self._server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        with contextlib.suppress(OSError):
            if self._path.lstat().st_ino == self._inode:  # not the socket of a daemon that came after us
                self._path.unlink()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            if len(self._clients) <= MAX_CLIENTS and is_own_user(writer.get_extra_info("socket")):
                await Conversation(self._service, reader, writer).run()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the other end went; that is how most conversations end
        finally:
            self._clients.discard(task)
            writer.close()


async def start(service: Service, paths: Paths) -> Bridge:
    """Open the door at ``paths.socket``. Call with the daemon's lock held.

    Raises:
        OSError: the socket cannot be made there.
    """
    bridge = Bridge(service, paths.socket)
    await bridge.open()
    return bridge
