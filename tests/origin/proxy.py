"""The way in: an HTTP proxy that leads every known host to this process and refuses all others.

``CONNECT host:443`` becomes TLS in place, without a second connection; ``CONNECT host:80`` and absolute-form requests
(RFC 9112, 3.2.2) become plain HTTP. Anything else is answered 403 and noted as refused: it never leaves the machine.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from . import hosts
from .log import Log

MAX_HEAD = 64 * 1024
ProtocolFactory = Callable[[], asyncio.Protocol]


class ProxyConnection(asyncio.Protocol):
    """Reads one request head, then hands the connection over to the web server."""

    def __init__(self, web: ProtocolFactory, tls: ssl.SSLContext, log: Log) -> None:
        self._web = web
        self._tls = tls
        self._log = log
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._task:  # cannot be: reading is paused until the hand-over
            return
        self._head += data
        if b"\r\n\r\n" not in self._head:
            if len(self._head) > MAX_HEAD:
                self._transport.close()
            return
        line = bytes(self._head).split(b"\r\n", 1)[0].decode("latin-1")
        method, _, rest = line.partition(" ")
        target = rest.rsplit(" ", 1)[0]
        if method == "CONNECT":
            self._connect(target)
        else:
            self._absolute(method, target)

    def _connect(self, target: str) -> None:
        assert self._transport is not None
        host, _, port = target.rpartition(":")
        if hosts.site_of(host) is None or port not in ("443", "80"):
            self._refuse("CONNECT", host, port)
            return
        self._transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if port == "80":
            self._hand_over(b"")
            return
        self._transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._start_tls(self._transport))

    def _absolute(self, method: str, target: str) -> None:
        parts = urlsplit(target)
        if parts.scheme != "http" or hosts.site_of(parts.hostname or "") is None or parts.port not in (None, 80):
            self._refuse(method, parts.hostname or target, str(parts.port or ""))
            return
        self._hand_over(bytes(self._head))

    def _hand_over(self, already: bytes) -> None:
        assert self._transport is not None
        protocol = self._web()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        if already:
            protocol.data_received(already)

    async def _start_tls(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        early = _EarlyData()
        try:
            secure = await loop.start_tls(transport, early, self._tls, server_side=True)
        except (OSError, ssl.SSLError) as error:
            self._log.refuse("TLS", "handshake", "443", repr(error))
            transport.close()
            return
        if secure is None:
            return
        protocol = self._web()
        protocol.connection_made(secure)
        secure.set_protocol(protocol)
        if early.data:
            protocol.data_received(bytes(early.data))
        if early.lost:
            protocol.connection_lost(None)

    def _refuse(self, method: str, host: str, port: str) -> None:
        assert self._transport is not None
        self._log.refuse(method, host, port)
        body = b"the local internet has no such host"
        head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self._transport.write(head.encode() + body)
        self._transport.close()


class _EarlyData(asyncio.Protocol):
    """Keeps what a fast client sends between the end of the handshake and the hand-over."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
