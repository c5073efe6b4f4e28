"""Network settings: proxies, certificates, and which addresses may be connected to.

Every part that connects (yt-dlp, our own reader, updates) is given the same ``Network``. Addresses are judged three times: when
a URL comes in, at every redirect (``Network.check``), and when a socket really connects (``guard_connections``), because a
name can change its address in between. What brings its own sockets connects through ``connect_proxy``.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import BlockedAddress, NetworkError
from .address_guard import (
    MAX_URL_CHARS,
    PORTS,
    IpAddress,
    full_origin,
    host_and_port,
    is_private,
    judge_host,
    literal_address,
    lookup,
)
from .proxies import encoded

if TYPE_CHECKING:
    from http.client import HTTPConnection

_PROXY_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?")
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")


@dataclass(frozen=True, slots=True)
class Network:
    """Network settings. Plain values, sent to the worker process as JSON."""

    http_proxy: str | None = None
    https_proxy: str | None = None
    """Proxy for each scheme of URL: ``http://``, ``https://``, ``socks5://`` (names resolved here) or ``socks5h://`` (there)."""
    no_proxy: str = ""
    """Comma-separated hosts and domain suffixes that are reached directly, or ``*``."""
    ca_file: str | None = None
    """PEM file of further certificate authorities to trust; TLS is always verified."""
    speed_limit_bps: int | None = None
    """Bytes per second over all connections of this process."""
    allow_private: bool = False
    """The user typed the address and was warned: private addresses may be connected to."""
    private_origins: frozenset[str] = frozenset()
    """Origins on private addresses (``http://127.0.0.1:8123``) that are allowed all the same."""

    @classmethod
    def from_environment(
        cls,
        env: Mapping[str, str],
        *,
        proxy: str | None = None,
        no_proxy: str | None = None,
        ca_file: str | None = None,
        speed_limit_bps: int | None = None,
    ) -> Network:
        """Return what a person configured, else what ``env`` states (``HTTP(S)_PROXY``, ``ALL_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``;
        lower case wins, as everywhere). ``proxy`` is used for both schemes.

        Raises:
            NetworkError: a proxy that is no proxy URL.
        """

        def named(name: str) -> str | None:
            return env.get(name.lower()) or env.get(name) or None

        every = named("ALL_PROXY")
        return cls(
            http_proxy=_proxy_url(proxy or named("HTTP_PROXY") or every),
            https_proxy=_proxy_url(proxy or named("HTTPS_PROXY") or every),
            no_proxy=no_proxy if no_proxy is not None else named("NO_PROXY") or "",
            ca_file=ca_file or env.get("SSL_CERT_FILE") or None,
            speed_limit_bps=speed_limit_bps,
        )

    def permit_private(self, origins: frozenset[str], *, every: bool) -> Network:
        """Return these settings with ``origins`` on private addresses allowed, reached without a proxy, which has no route to this
        computer; ``every``: and all private addresses."""
        hosts = sorted(urlsplit(origin).netloc for origin in origins)
        no_proxy = ",".join(filter(None, [self.no_proxy, *hosts]))
        return replace(self, no_proxy=no_proxy, private_origins=origins, allow_private=every)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "private_origins": sorted(self.private_origins)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Network:
        return cls(**{**data, "private_origins": frozenset(data.get("private_origins", ()))})

    def to_environment(self) -> dict[str, str]:
        """Return the same for programs that read the environment (yt-dlp, its JavaScript runtime)."""
        values = {
            "HTTP_PROXY": self.http_proxy,
            "HTTPS_PROXY": self.https_proxy,
            "NO_PROXY": self.no_proxy,
            "SSL_CERT_FILE": self.ca_file,
        }
        return {name: value for name, value in values.items() if value}

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy that ``url`` is fetched through; ``None``: directly."""
        parts = urlsplit(url)
        proxy = self.https_proxy if parts.scheme == "https" else self.http_proxy
        if proxy is None or _bypassed(parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0), self.no_proxy):
            return None
        return proxy

    def check(self, url: str, *, resolve: bool = True) -> None:
        """Refuse what must not be opened. With ``resolve`` (and no proxy in the way) names are resolved too, which blocks.

        Raises:
            InvalidUrl: not http(s), or a spelling that two programs could read differently.
            BlockedAddress: this computer or its private network, in any spelling, unless allowed.
        """
        host, port = host_and_port(url)
        if self._allowed(f"{urlsplit(url).scheme}://{host}:{port}"):
            return
        judge_host(host)
        if resolve and self.proxy_for(url) is None and literal_address(host) is None:
            self.addresses(url)

    def addresses(self, url: str) -> list[IpAddress]:
        """Resolve the host of ``url`` and return its addresses, each of them judged; none where it cannot be resolved.

        Whoever connects to exactly these does not depend on a second DNS query, which may give other addresses.

        Raises: as ``check``.
        """
        self.check(url, resolve=False)
        host, port = host_and_port(url)
        literal = literal_address(host)
        found = [literal] if literal is not None else lookup(host, port)
        if not self._allowed(f"{urlsplit(url).scheme}://{host}:{port}"):
            for address in found:
                if is_private(address):
                    raise BlockedAddress(detail=f"{host} is {address}")
        return found

    def _allowed(self, origin: str) -> bool:
        return self.allow_private or origin in {full_origin(one) for one in self.private_origins}


def _bypassed(host: str, port: int, no_proxy: str) -> bool:
    """Return whether ``no_proxy`` names the host: itself, a domain above it, a network (``10.0.0.0/8``), each with or without a port."""
    name = host.lower().rstrip(".")
    for entry in (word.strip().lower() for word in no_proxy.split(",")):
        if entry == "*":
            return True
        pattern, _, wanted_port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
        pattern = pattern.lstrip("*").lstrip(".").strip("[]")
        if not pattern or (wanted_port and wanted_port != str(port)):
            continue
        if name == pattern or name.endswith("." + pattern):
            return True
        try:
            if "/" in pattern and ipaddress.ip_address(name) in ipaddress.ip_network(pattern, strict=False):
                return True
        except ValueError:
            continue
    return False


def _proxy_url(text: str | None) -> str | None:
    if not text:
        return None
    url = encoded(text.strip() if "://" in text else f"http://{text.strip()}")
    try:
        parts = urlsplit(url)
        known = parts.scheme.lower() in _PROXY_SCHEMES
        host = parts.hostname or ""
        usable = known and url.isprintable() and _PROXY_HOST.fullmatch(host) is not None and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise NetworkError("proxy_address")
    return url


# The guard at connect time ---------------------------------------------------------------------------------------------


class _Guard:
    """Judges every connection of this process (Python's audit events; PEP 578)."""

    def __init__(self) -> None:
        self.network: Network | None = None
        self.hooked = False
        self.thread = threading.local()

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        if getattr(self.thread, "unguarded", False):
            return
        if event == "socket.connect" and self.network is not None:
            target = args[1]
            if isinstance(target, tuple) and len(target) >= 2:
                self._connecting(str(target[0]), int(target[1]), self.network)
        elif event == "http.client.send" and self.network is not None:
            self._sending(args[0], args[1], self.network)

    def _connecting(self, host: str, port: int, network: Network) -> None:
        address = literal_address(host.partition("%")[0])
        addresses = [address] if address is not None else lookup(host, port)
        for one in addresses:
            if is_private(one) and not self._excused(one, host, port, network):
                raise BlockedAddress(detail=f"{host} port {port}")

    def _sending(self, connection: HTTPConnection, data: object, network: Network) -> None:
        """Behind a proxy the socket shows only the proxy: read the request to the proxy."""
        targets = [(str(connection.host), connection.port or 0)]
        direct = False
        if isinstance(data, bytes | bytearray):
            method, _, rest = bytes(data[:MAX_URL_CHARS]).partition(b"\r\n")[0].partition(b" ")
            target = rest.partition(b" ")[0].decode("latin-1")
            if method == b"CONNECT":
                name, _, number = target.rpartition(":")
                targets.append((name.strip("[]"), int(number) if number.isdigit() else 0))
            elif target.startswith(("http://", "https://")):
                network.check(target, resolve=False)
            # A path alone, and no tunnel: meant for this very host, be it a proxy's.
            direct = target.startswith("/") and method.isupper() and getattr(connection, "_tunnel_host", None) is None
        for place, (host, port) in enumerate(targets):
            address = literal_address(host)
            if address is None or not is_private(address):
                continue
            if not self._excused(address, host, port, network, as_proxy=place == 0 and not direct):
                raise BlockedAddress(detail=f"{host} port {port}")

    @staticmethod
    def _excused(address: IpAddress | None, host: str, port: int, network: Network, *, as_proxy: bool = True) -> bool:
        """``as_proxy``: it is connected to as a proxy; for pages of its own a proxy is a host like any other."""
        if network.allow_private:
            return True
        for origin in network.private_origins:
            if (host, port) == host_and_port(origin) or (str(address), port) == host_and_port(origin):
                return True
        for proxy in (network.http_proxy, network.https_proxy):
            if proxy is not None and as_proxy:
                parts = urlsplit(proxy)
                proxy_port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)
                if port == proxy_port and (
                    host == parts.hostname or address in lookup(parts.hostname or "", proxy_port)
                ):
                    return True
        return False


_guard = _Guard()


def guard_connections(network: Network) -> None:
    """Block connections of this process to private addresses that ``network`` does not allow; its proxies are allowed.

    Covers whatever connects through Python's sockets: yt-dlp, urllib3, every redirect. Code that brings its own network stack
    is not seen: curl, which impersonates browsers, is led through ``connect_proxy``. Calling it again replaces the rules.
    """
    _guard.network = network
    if not _guard.hooked:
        _guard.hooked = True
        sys.addaudithook(_guard.audit)


@contextlib.contextmanager
def unguarded_loopback() -> Iterator[None]:
    """Allow this thread to connect to this process itself, as asyncio's loop does on Windows (``socket.socketpair``)."""
    _guard.thread.unguarded = True
    try:
        yield
    finally:
        _guard.thread.unguarded = False
