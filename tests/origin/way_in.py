"""Connections that say where they want to go before they are what they want to be."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from . import fingerprint
from .http2 import Http2
from .log import Log

MAX_HEAD = 64 * 1024
ProtocolFactory = Callable[[], asyncio.Protocol]


class WayIn(asyncio.Protocol):
    """A connection that says where it wants to go, and is then handed over to the web server."""

    def __init__(self, web: ProtocolFactory, tls: ssl.SSLContext, log: Log) -> None:
        self._web = web
        self._tls = tls
        self._log = log
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if len(self._head) > MAX_HEAD:
            self.transport.close()
        elif not self._task:
            self.head_grew()

    def head_grew(self) -> None:
        """More of the head is in ``_head``: answer if it is enough."""
        raise NotImplementedError

    def lead(self, port: str) -> None:
        """The host is known: go on as TLS (443) or plain HTTP (80)."""
        if port == "80":
            self.hand_over(b"")
            return
        self.transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._start_tls(self.transport))

    def hand_over(self, already: bytes) -> None:
        protocol = self._web()
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if already:
            protocol.data_received(already)

    async def _start_tls(self, transport: asyncio.Transport) -> None:
        early = _EarlyData()
        try:
            self._log.hellos[transport.get_extra_info("peername")] = await fingerprint.peek(transport)
            secure = await asyncio.get_running_loop().start_tls(transport, early, self._tls, server_side=True)
        except (OSError, ssl.SSLError) as error:
            self._log.refuse("TLS", "handshake", "443", repr(error))
            transport.close()
            return
        if secure is None:
            return
        spoken = secure.get_extra_info("ssl_object").selected_alpn_protocol()
        protocol = Http2(self._log.plain_port) if spoken == "h2" else self._web()
        protocol.connection_made(secure)
        secure.set_protocol(protocol)
        if early.data:
            protocol.data_received(bytes(early.data))
        if early.lost:
            protocol.connection_lost(None)


class _EarlyData(asyncio.Protocol):
    """Keeps what a fast client sends between the end of the handshake and the hand-over."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
