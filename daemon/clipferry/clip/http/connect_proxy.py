"""HTTP proxy on loopback for a client that brings its own sockets (curl): what it requests is judged like everything else.

Each host is judged by ``Network`` when it is requested, redirects included, since each is a request of its own, and the proxy connects
to the addresses that were judged (``dial``). It needs a password that only its owner has, lives in the owner's process, and ends with it.

Packages for proxies were no choice: proxy.py is a server of its own with processes, plugins and a second DNS query; pproxy and mitmproxy
bring more than this needs. The parsing of messages, where smuggling happens, is h11's (RFC 9112).
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import secrets
import threading
from base64 import b64encode
from collections.abc import Coroutine
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import h11

from ..errors import BlockedAddress, ClipError, InvalidUrl, NetworkError
from .dial import MAX_HEAD, Stream, authority, http_proxy, next_event, open_stream, open_tunnel
from .network import Network, unguarded_loopback
from .proxies import basic_authorization
from .urllib3_errors import explained

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 32
HEAD_TIMEOUT_S = 15.0
_IDLE_S = 120.0
_PIECE = 64 * 1024
_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
        b"expect",
    )
)
"""Fields for one connection (RFC 9110, 7.6.1); and ``Expect``, so that no interim response is needed."""


Result = TypeVar("Result")


class ConnectProxy:
    """The running proxy; a context manager.

    Attributes: ``url`` with its password, ``port``.
    """

    def __init__(self, network: Network) -> None:
        """Raises ``OSError`` where no port can be had."""
        self._network = network
        password = secrets.token_urlsafe(32)
        self._authorization = b"Basic " + b64encode(f"clipferry:{password}".encode())
        self._failure: ClipError | None = None
        self._open = 0
        with unguarded_loopback():
            self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="connect-proxy", daemon=True)
        self._thread.start()
        try:
            self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        except BaseException:
            self._stop()
            raise
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://clipferry:{password}@127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections. May be called twice."""
        if self._loop.is_closed():
            return
        self._run(self._end())
        self._stop()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def take_failure(self) -> ClipError | None:
        """Return why the last request failed, once; ``None`` where that was not here."""
        failure, self._failure = self._failure, None
        return failure

    async def _end(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # One connection -----------------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MAX_CONNECTIONS:
                await self._answer(reader, writer)
        except (ClipError, OSError, h11.ProtocolError) as error:  # the client went away, or a body broke off
            log.info("connection of the impersonating client ended: %s", error)
        except asyncio.CancelledError:  # the proxy ends
            pass
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        try:
            async with asyncio.timeout(HEAD_TIMEOUT_S):
                request = await next_event(client, reader)
        except h11.RemoteProtocolError as error:
            _refuse(client, writer, 400, str(error))
            return
        except TimeoutError:
            return
        if not isinstance(request, h11.Request):
            return
        sent = dict(request.headers).get(b"proxy-authorization", b"")
        if not hmac.compare_digest(sent, self._authorization):
            _refuse(client, writer, 407, "for clipferry only", ("Proxy-Authenticate", "Basic realm=clipferry"))
            return
        handle = self._tunnel if request.method == b"CONNECT" else self._forward
        try:
            await handle(request, client, (reader, writer))
        except (ClipError, OSError) as error:
            if not _unanswered(client):  # the client notices that its connection broke
                raise
            self._failure = failure = error if isinstance(error, ClipError) else _explained(error)
            log.info("request of the impersonating client refused: %s %s", failure.code, failure.detail)
            refused = isinstance(failure, BlockedAddress | InvalidUrl)
            _refuse(client, writer, 403 if refused else 502, failure.code)

    async def _tunnel(self, request: h11.Request, client: h11.Connection, near: Stream) -> None:
        target = request.target.decode("latin-1")
        host, _, port = target.rpartition(":")
        url = f"{'http' if port == '80' else 'https'}://{target}"
        names = {name for name, _ in request.headers}
        if not host or not port.isascii() or not port.isdigit() or set("/?#@") & set(target):
            raise InvalidUrl(detail=target)
        if {b"content-length", b"transfer-encoding"} & names:
            raise InvalidUrl(detail="a body in CONNECT")
        await next_event(client, near[0])  # EndOfMessage; what follows would be the tunnel's, before it is granted
        if client.trailing_data[0]:
            raise InvalidUrl(detail="data before the tunnel")
        far, early = await open_tunnel(self._network, url)
        try:
            near[1].write(client.send(h11.Response(status_code=200, headers=[], reason=b"OK")) or b"")
            near[1].write(early)
            await _either(_pump(near[0], far[1]), _pump(far[0], near[1]))
        finally:
            far[1].close()

    async def _forward(self, request: h11.Request, client: h11.Connection, near: Stream) -> None:
        """Forward one request in absolute form (RFC 9112, 3.2.2); its connection ends with it, so that no later request of the
        client, perhaps for another host, reaches this one."""
        url = request.target.decode("latin-1")
        if not url.lower().startswith("http://"):
            raise InvalidUrl(detail=url)
        far = await open_stream(self._network, url)
        try:
            proxy = http_proxy(self._network, url)
            server = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
            parts = urlsplit(url)
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            fields = [(b"Host", authority(url).removesuffix(":80").encode()), *_end_to_end(request.headers)]
            fields += [(name.encode(), value.encode()) for name, value in basic_authorization(proxy or "").items()]
            head = h11.Request(method=request.method, target=url if proxy else path, headers=[*fields, _CLOSE])
            far[1].write(server.send(head) or b"")
            await _either(_copy(client, near[0], server, far[1]), _respond(server, far[0], client, near[1]), first=1)
        finally:
            far[1].close()


_CLOSE = (b"Connection", b"close")


def _end_to_end(headers: h11._headers.Headers) -> list[tuple[bytes, bytes]]:
    """Return the fields that are forwarded."""
    named = {word.strip().lower() for name, value in headers if name == b"connection" for word in value.split(b",")}
    dropped = _HOP_BY_HOP | named | {b"host"}
    return [(name, value) for name, value in headers.raw_items() if name.lower() not in dropped]


async def _copy(
    source: h11.Connection, reader: asyncio.StreamReader, target: h11.Connection, writer: asyncio.StreamWriter
) -> None:
    """Copy a body to its end."""
    while True:
        async with asyncio.timeout(_IDLE_S):
            event = await next_event(source, reader)
            if not isinstance(event, h11.Data | h11.EndOfMessage):
                return
            writer.write(target.send(event) or b"")
            await writer.drain()
        if isinstance(event, h11.EndOfMessage):
            return


async def _respond(
    server: h11.Connection, reader: asyncio.StreamReader, client: h11.Connection, writer: asyncio.StreamWriter
) -> None:
    """Copy the response; interim ones (1xx) are dropped."""
    try:
        async with asyncio.timeout(_IDLE_S):
            while isinstance(event := await next_event(server, reader), h11.InformationalResponse):
                pass
    except h11.RemoteProtocolError as error:
        raise NetworkError(detail=str(error)) from error
    if not isinstance(event, h11.Response):
        raise NetworkError(detail="no response")
    fields = [*_end_to_end(event.headers), _CLOSE]
    head = h11.Response(status_code=event.status_code, headers=fields, reason=event.reason)
    writer.write(client.send(head) or b"")
    await _copy(server, reader, client, writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        async with asyncio.timeout(_IDLE_S):
            if not (data := await reader.read(_PIECE)):
                return
            writer.write(data)
            await writer.drain()


async def _either(*directions: Coroutine[Any, Any, None], first: int | None = None) -> None:
    """Run both directions until one ends; with ``first`` until that one does. Raises what it raised."""
    tasks = [asyncio.ensure_future(one) for one in directions]
    waited = tasks if first is None else [tasks[first]]
    try:
        done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with contextlib.suppress(TimeoutError):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _unanswered(client: h11.Connection) -> bool:
    return client.our_state in (h11.IDLE, h11.SEND_RESPONSE)


def _refuse(
    client: h11.Connection, writer: asyncio.StreamWriter, status: int, why: str, *fields: tuple[str, str]
) -> None:
    """Answer with an error, unless an answer has begun."""
    if not _unanswered(client):
        return
    body = why.encode("ascii", "replace")
    headers = [("Content-Length", str(len(body))), ("Connection", "close"), *fields]
    writer.write(client.send(h11.Response(status_code=status, headers=headers)) or b"")
    with contextlib.suppress(h11.LocalProtocolError):  # to HEAD there is none
        writer.write(client.send(h11.Data(data=body)) or b"")


def _explained(error: OSError) -> NetworkError:
    from .proxies import proxy_trouble  # noqa: PLC0415

    return explained(error) if "tunnel" not in str(error).lower() else proxy_trouble(str(error), str(error))
