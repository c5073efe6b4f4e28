"""Accept connections from a listening socket, up to a limit: further ones wait in the kernel's queue."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable

OUT_OF_DESCRIPTORS_S = 1.0
"""How long nothing is accepted after the system had no descriptor left."""

log = logging.getLogger(__name__)


class Acceptor:
    """One listening socket. Its connections are counted before the next one is accepted, so that however many come at once,
    only ``most`` and the one that is being looked at have a descriptor of ours.

    Args:
        listener: non-blocking and listening; closed by ``close``.
        connect: takes over an accepted socket. Whoever that is calls ``closed`` when the connection is gone.
        make_room: asked when all ``most`` are taken and somebody else waits: ends the connection that may go first, if any.
    """

    def __init__(
        self,
        listener: socket.socket,
        connect: Callable[[socket.socket], Awaitable[object]],
        *,
        most: int,
        make_room: Callable[[], None],
    ) -> None:
        self._listener, self._connect = listener, connect
        self._most, self._make_room = most, make_room
        self._open = 0
        self._change = asyncio.Event()
        self._accepting = asyncio.create_task(self._accept())

    def closed(self) -> None:
        """One connection is gone."""
        self._open -= 1
        self._change.set()

    def close(self) -> None:
        """Accept no more; the connections that are stay."""
        self._accepting.cancel()
        self._listener.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._listener)
            except OSError as error:  # None left for us or in the whole system; or the caller has gone already.
                log.warning("a connection cannot be accepted: %s", error)
                self._make_room()
                await asyncio.sleep(OUT_OF_DESCRIPTORS_S)
                continue
            try:
                await self._room()
            except asyncio.CancelledError:
                accepted.close()
                raise
            self._open += 1
            try:
                await self._connect(accepted)
            except Exception:  # one connection's failure must not end the loop that accepts the others
                log.exception("a connection could not be taken over")
                accepted.close()
                self.closed()

    async def _room(self) -> None:
        """Wait until the number of connections is below the limit."""
        while self._open >= self._most:
            self._change.clear()
            self._make_room()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._change.wait(), OUT_OF_DESCRIPTORS_S)
