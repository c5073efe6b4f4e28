"""Connect to the host of a URL for ``connect_proxy``: judge its addresses, and connect to one of exactly these.

The person's proxy is used where the settings name one. Blocking, except ``open_tunnel``.
"""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import h11
import socks  # type: ignore[import-untyped]  # PySocks carries no types

from . import happy_eyeballs
from .address_guard import PORTS, host_and_port
from .network import Network
from .pools import tls_context
from .proxies import basic_authorization, credentials, without_credentials

MAX_HEAD = 64 * 1024
"""Bytes of a request's or response's head, but for those that are read with its end."""
_PIECE = 16 * 1024
CONNECT_TIMEOUT_S = 15.0
_SOCKS = {
    "socks5": (socks.PROXY_TYPE_SOCKS5, False),
    "socks5h": (socks.PROXY_TYPE_SOCKS5, True),
    "socks4": (socks.PROXY_TYPE_SOCKS4, False),
    "socks4a": (socks.PROXY_TYPE_SOCKS4, True),
}
"""Scheme of a proxy → its protocol, and whether it resolves names."""

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def open_stream(network: Network, url: str) -> Stream:
    """Connect to the host of ``url``, or to the HTTP proxy on the way to it: the caller asks that one for the host.

    Raises:
        ClipError: the address is refused, or the certificate file of the settings cannot be used.
        OSError: the connection failed; ``socks.ProxyError`` is one.
    """
    connected = await asyncio.to_thread(_connect, network, url)
    connected.setblocking(False)
    proxy = network.proxy_for(url)
    if proxy is None or urlsplit(proxy).scheme != "https":
        return await asyncio.open_connection(sock=connected)
    context = tls_context(network.ca_file)
    return await asyncio.open_connection(sock=connected, ssl=context, server_hostname=urlsplit(proxy).hostname)


async def open_tunnel(network: Network, url: str) -> tuple[Stream, bytes]:
    """Connect to the host of ``url``; through an HTTP proxy as well (CONNECT; RFC 9110, 9.3.6).

    Returns the stream, and bytes of the host that arrived with the proxy's answer.

    Raises: as ``open_stream``; ``OSError`` also where the proxy refuses.
    """
    stream = await open_stream(network, url)
    proxy = http_proxy(network, url)
    if proxy is None:
        return stream, b""
    try:
        return stream, await _request_tunnel(stream, url, proxy)
    except BaseException:
        stream[1].close()
        raise


def http_proxy(network: Network, url: str) -> str | None:
    """Return the proxy of the settings that ``url`` is fetched through, if it speaks HTTP."""
    proxy = network.proxy_for(url)
    return None if proxy is None or proxy.startswith("socks") else proxy


def authority(url: str) -> str:
    """Return host and port, an IPv6 address in brackets (RFC 3986, 3.2)."""
    host, port = host_and_port(url)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _request_tunnel(stream: Stream, url: str, proxy: str) -> bytes:
    reader, writer = stream
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    fields = [("Host", authority(url)), *basic_authorization(proxy).items()]
    writer.write(connection.send(h11.Request(method="CONNECT", target=authority(url), headers=fields)) or b"")
    writer.write(connection.send(h11.EndOfMessage()) or b"")
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        try:
            while not isinstance(event := await next_event(connection, reader), h11.Response):
                if not isinstance(event, h11.InformationalResponse):
                    raise OSError("the proxy ended the connection")
        except h11.RemoteProtocolError as error:
            raise OSError(f"to proxy: {error}") from error
    if not 200 <= event.status_code < 300:
        raise OSError(f"Tunnel connection failed: {event.status_code} {event.reason.decode('latin-1')}")
    return bytes(connection.trailing_data[0])


async def next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Event | type[h11.PAUSED]:
    """Read until there is an event."""
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(_PIECE))
    assert event is not h11.NEED_DATA
    return event  # type: ignore[return-value]  # h11 types the sentinels by their metaclass


def _connect(network: Network, url: str) -> socket.socket:
    host, port = host_and_port(url)
    proxy = network.proxy_for(url)
    if proxy is None:
        return _connect_directly(network, url)
    network.check(url, resolve=False)
    parts = urlsplit(without_credentials(proxy))
    kind = _SOCKS.get(parts.scheme)
    if kind is None:
        at = parts.hostname or "", parts.port or PORTS[parts.scheme]
        return happy_eyeballs.create_connection(at, CONNECT_TIMEOUT_S)
    protocol, resolves = kind
    if not resolves:
        addresses = network.addresses(url)
        usable = [one for one in addresses if protocol == socks.PROXY_TYPE_SOCKS5 or one.version == 4]
        if not usable:
            raise _unknown(host)
        host = str(usable[0])
    login = credentials(proxy)
    user, password = (part.decode("utf-8", "replace") for part in login) if login else (None, None)
    connected: socket.socket = socks.create_connection(
        (host, port),
        timeout=CONNECT_TIMEOUT_S,
        proxy_type=protocol,
        proxy_addr=parts.hostname,
        proxy_port=parts.port or 1080,
        proxy_rdns=resolves,
        proxy_username=user,
        proxy_password=password,
    )
    return connected


def _connect_directly(network: Network, url: str) -> socket.socket:
    host, port = host_and_port(url)
    addresses = network.addresses(url)
    if not addresses:
        raise _unknown(host)
    return happy_eyeballs.connect_to(addresses, port, CONNECT_TIMEOUT_S)


def _unknown(host: str) -> OSError:
    return socket.gaierror(socket.EAI_NONAME, f"name or service not known: {host}")
