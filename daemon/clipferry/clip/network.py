"""How the outside is reached: proxies, certificates, and which addresses may be spoken to at all.

Every part that connects (yt-dlp, our own reader, updates) is given the same ``Network``. Addresses are judged three times: when
a URL comes in, at every redirect (``Network.check``), and when a socket really connects (``guard_connections``), because a
name can change its address in between.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
import ssl
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.contrib.socks import SOCKSProxyManager
from urllib3.util import make_headers, parse_url

from .errors import BlockedAddress, InvalidUrl, NetworkError, TlsError

MAX_URL_CHARS = 16384
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")
_PORTS = {"http": 80, "https": 443}

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Network:
    """The way out. Plain values, so that it travels to the worker process as JSON."""

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
    """A person typed the address and was warned: private addresses may be spoken to."""
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
        allow_private: bool = False,
        private_origins: frozenset[str] = frozenset(),
    ) -> Network:
        """What a person configured, else what ``env`` says (``HTTP(S)_PROXY``, ``ALL_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``;
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
            no_proxy=(no_proxy if no_proxy is not None else named("NO_PROXY")) or "",
            ca_file=ca_file or env.get("SSL_CERT_FILE") or None,
            speed_limit_bps=speed_limit_bps,
            allow_private=allow_private,
            private_origins=private_origins,
        )

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "private_origins": sorted(self.private_origins)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Network:
        return cls(**{**data, "private_origins": frozenset(data.get("private_origins", ()))})

    def to_environment(self) -> dict[str, str]:
        """The same for programs that read the environment (yt-dlp, its JavaScript runtime)."""
        values = {
            "HTTP_PROXY": self.http_proxy,
            "HTTPS_PROXY": self.https_proxy,
            "NO_PROXY": self.no_proxy,
            "SSL_CERT_FILE": self.ca_file,
        }
        return {name: value for name, value in values.items() if value}

    def proxy_for(self, url: str) -> str | None:
        """The proxy that ``url`` is fetched through; ``None``: directly."""
        parts = urlsplit(url)
        proxy = self.https_proxy if parts.scheme == "https" else self.http_proxy
        if proxy is None or _bypassed(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0), self.no_proxy):
            return None
        return proxy

    def check(self, url: str, *, resolve: bool = True) -> None:
        """Refuse what must not be opened. With ``resolve`` (and no proxy in the way) names are looked up too, which blocks.

        Raises:
            InvalidUrl: not http(s), or a spelling that two programs could read differently.
            BlockedAddress: this computer or its private network, in any spelling, unless allowed.
        """
        host, port = _host_and_port(url)
        if self._allowed(f"{urlsplit(url).scheme}://{host}:{port}"):
            return
        judge_host(host)
        if resolve and self.proxy_for(url) is None and literal_address(host) is None:
            for address in _lookup(host, port):
                if is_private(address):
                    raise BlockedAddress(detail=f"{host} is {address}")

    def _allowed(self, origin: str) -> bool:
        return self.allow_private or origin in {_full_origin(one) for one in self.private_origins}

    def pool(self, url: str) -> urllib3.PoolManager:
        """The connections for ``url``: kept alive and shared by everything in this process that has the same way out.

        Raises:
            TlsError: the configured certificate file cannot be used.
            NetworkError: the configured proxy cannot be used.
        """
        plain = replace(self, speed_limit_bps=None, private_origins=frozenset(), allow_private=False)
        return _pool(plain.proxy_for(url), self.ca_file)


# Connections ----------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=16)
def _pool(proxy: str | None, ca_file: str | None) -> urllib3.PoolManager:
    context = tls_context(ca_file)
    if proxy is None:
        return urllib3.PoolManager(num_pools=16, maxsize=8, ssl_context=context)
    if proxy.startswith("socks"):
        return SOCKSProxyManager(proxy, num_pools=16, maxsize=8, ssl_context=context)
    login = urlsplit(proxy)
    headers = None
    if login.username is not None:
        headers = make_headers(proxy_basic_auth=f"{unquote(login.username)}:{unquote(login.password or '')}")
    return urllib3.ProxyManager(
        proxy, num_pools=16, maxsize=8, ssl_context=context, proxy_ssl_context=context, proxy_headers=headers
    )


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Verifying TLS with the system's authorities, and those of ``ca_file``."""
    context = ssl.create_default_context()
    try:
        if ca_file:
            context.load_verify_locations(ca_file)
        elif not context.get_ca_certs() and not ssl.get_default_verify_paths().capath:
            import certifi  # noqa: PLC0415 (only where the system keeps no store that OpenSSL can read)

            context.load_verify_locations(certifi.where())
    except (OSError, ssl.SSLError, ImportError) as error:
        raise TlsError(
            "The configured certificate file cannot be used.", hint=f"Check SSL_CERT_FILE: {error}", detail=str(error)
        ) from error
    return context


def _bypassed(host: str, port: int, no_proxy: str) -> bool:
    """Whether ``no_proxy`` names the host: itself, a domain above it, a network (``10.0.0.0/8``), each with or without a port."""
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
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in _PROXY_SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise NetworkError("The configured proxy is not a proxy address.", hint="Write it as http://host:port.")
    return url


# Addresses ------------------------------------------------------------------------------------------------------------


def _host_and_port(url: str) -> tuple[str, int]:
    if len(url) > MAX_URL_CHARS or any(c <= " " or c in "\\\x7f" or unicodedata.category(c)[0] in "CZ" for c in url):
        raise InvalidUrl
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        other = parse_url(url)
    except (ValueError, urllib3.exceptions.LocationParseError) as error:
        raise InvalidUrl(detail=str(error)) from error
    if parts.scheme not in _PORTS or not host or "%" in host:
        raise InvalidUrl
    if "@" in parts.netloc:
        raise InvalidUrl("Web addresses with a user name in them are not opened.")
    if port == 0 or other.scheme != parts.scheme or other.port != port:
        raise InvalidUrl
    read_by_both = (other.host or "").strip("[]").lower()
    if host.isascii() and read_by_both != host:
        raise InvalidUrl
    return host, port or _PORTS[parts.scheme]


def _full_origin(origin: str) -> str:
    host, port = _host_and_port(origin)
    return f"{urlsplit(origin).scheme}://{host}:{port}"


def literal_address(host: str) -> IpAddress | None:
    """The address that ``host`` spells, the way the most lenient of programs would read it: ``127.1``, ``0x7f.1``,
    ``2130706433``, full-width digits (URL Standard, section 3.5). ``None``: a name.

    Raises:
        InvalidUrl: ends in a number but is no address.
    """
    plain = unicodedata.normalize("NFKC", host).replace("。", ".").strip("[]").rstrip(".")
    if ":" in plain:
        try:
            return ipaddress.IPv6Address(plain)
        except ValueError as error:
            raise InvalidUrl(detail=str(error)) from error
    labels = plain.split(".")
    last = labels[-1].lower()
    if not (last.isdigit() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:]))):
        return None
    try:
        numbers = [_number(label.lower()) for label in labels]
        if len(numbers) > 4 or any(n > 255 for n in numbers[:-1]):
            raise InvalidUrl
        value = numbers[-1]
        if value >= 256 ** (5 - len(numbers)):
            raise InvalidUrl
        for place, number in enumerate(numbers[:-1]):
            value += number << (8 * (3 - place))
        return ipaddress.IPv4Address(value)
    except ValueError as error:
        raise InvalidUrl(detail=str(error)) from error


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    if len(label) > 1 and label.startswith("0"):
        return int(label, 8)
    return int(label)


def is_private(address: IpAddress) -> bool:
    """Whether ``address``, or the IPv4 address that it wraps (mapped, compatible, 6to4, Teredo, NAT64 RFC 6052), is anything but
    a public unicast address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None or address.is_site_local:
            return True
        inner = [address.ipv4_mapped, address.sixtofour, address.teredo[1] if address.teredo else None]
        if address in _NAT64 or address in _COMPATIBLE:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address in _NAT64_LOCAL or any(one is not None and is_private(one) for one in inner):
            return True
        if any(one is not None for one in inner):
            return False
    return not address.is_global or address.is_multicast or address.is_reserved


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def judge_host(host: str) -> None:
    """Refuse a private literal address and the names that mean this computer (RFC 6761), without asking DNS."""
    address = literal_address(host)
    name = unicodedata.normalize("NFKC", host).lower().rstrip(".")
    local = name in ("localhost", "ip6-localhost", "ip6-loopback") or name.endswith((".localhost", ".localdomain"))
    if local or (address is not None and is_private(address)):
        raise BlockedAddress(detail=host)


def _lookup(host: str, port: int) -> list[IpAddress]:
    """Every address of ``host``; none where it cannot be resolved: connecting says so better."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


# The guard at connect time ---------------------------------------------------------------------------------------------


class _Guard:
    """Judges every connection of this process (Python's audit events; PEP 578)."""

    def __init__(self) -> None:
        self.network: Network | None = None
        self.hooked = False

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and self.network is not None:
            target = args[1]
            if isinstance(target, tuple) and len(target) >= 2:
                self._connecting(str(target[0]), int(target[1]), self.network)
        elif event == "http.client.send" and self.network is not None:
            self._sending(args[0], args[1], self.network)

    def _connecting(self, host: str, port: int, network: Network) -> None:
        address = literal_address(host.partition("%")[0])
        addresses = [address] if address is not None else _lookup(host, port)
        for one in addresses:
            if is_private(one) and not self._excused(one, host, port, network):
                raise BlockedAddress(detail=f"{host} port {port}")

    def _sending(self, connection: Any, data: object, network: Network) -> None:
        """Behind a proxy the socket shows only the proxy: read what the proxy is asked for."""
        asked = [str(connection.host)]
        if isinstance(data, bytes | bytearray):
            verb, _, rest = bytes(data[:MAX_URL_CHARS]).partition(b"\r\n")[0].partition(b" ")
            target = rest.partition(b" ")[0].decode("latin-1")
            if verb == b"CONNECT":
                asked.append(target.rpartition(":")[0])
            elif target.startswith(("http://", "https://")):
                network.check(target, resolve=False)
        for host in asked:
            proxy_or_public = literal_address(host) is None or not is_private_host(host)
            if not proxy_or_public and not self._excused(literal_address(host), host, connection.port or 0, network):
                raise BlockedAddress(detail=host)

    @staticmethod
    def _excused(address: IpAddress | None, host: str, port: int, network: Network) -> bool:
        if network.allow_private:
            return True
        for origin in network.private_origins:
            if (host, port) == _host_and_port(origin) or (str(address), port) == _host_and_port(origin):
                return True
        for proxy in (network.http_proxy, network.https_proxy):
            if proxy is not None:
                parts = urlsplit(proxy)
                proxy_port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)
                if port == proxy_port and (
                    host == parts.hostname or address in _lookup(parts.hostname or "", proxy_port)
                ):
                    return True
        return False


def is_private_host(host: str) -> bool:
    address = literal_address(host)
    return address is not None and is_private(address)


_guard = _Guard()


def guard_connections(network: Network) -> None:
    """From now on no connection of this process reaches a private address that ``network`` does not allow; its proxies are.

    Covers whatever connects through Python's sockets: yt-dlp, urllib3, every redirect. Code that brings its own network stack
    is not seen; we ship none. Calling it again replaces the rules.
    """
    _guard.network = network
    if not _guard.hooked:
        _guard.hooked = True
        sys.addaudithook(_guard.hear)


def from_process(**chosen: Any) -> Network:
    """``Network.from_environment`` of this process's own environment."""
    return Network.from_environment(os.environ, **chosen)
