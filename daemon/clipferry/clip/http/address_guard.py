"""Decide which addresses a URL can mean, and whether they are private (this computer or its network). Pure but for ``lookup``."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from urllib.parse import urlsplit

from ..errors import BlockedAddress, InvalidUrl

MAX_URL_CHARS = 16384
PORTS = {"http": 80, "https": 443}

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_and_port(url: str) -> tuple[str, int]:
    """Return host in lower case, without brackets, and port of an http(s) URL.

    Raises:
        InvalidUrl: not one, or a spelling that two programs could read differently.
    """
    if len(url) > MAX_URL_CHARS or any(c <= " " or c in "\\\x7f" or unicodedata.category(c)[0] in "CZ" for c in url):
        raise InvalidUrl
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidUrl(detail=str(error)) from error
    if parts.scheme not in PORTS or not host or "%" in host:
        raise InvalidUrl
    if "@" in parts.netloc:
        raise InvalidUrl("user_name")
    if port == 0:
        raise InvalidUrl
    return host, port or PORTS[parts.scheme]


def full_origin(origin: str) -> str:
    """Return scheme, host and port, the port spelled out."""
    host, port = host_and_port(origin)
    return f"{urlsplit(origin).scheme}://{host}:{port}"


def literal_address(host: str) -> IpAddress | None:
    """Return the address that ``host`` spells, the way the most lenient of programs would read it: ``127.1``, ``0x7f.1``,
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
    """Return whether ``address``, or the IPv4 address that it wraps (mapped, compatible, 6to4, Teredo, NAT64 RFC 6052), is anything but
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
    """Refuse a private literal address and the names that mean this computer (RFC 6761), without a DNS query."""
    address = literal_address(host)
    name = unicodedata.normalize("NFKC", host).lower().rstrip(".")
    local = name in ("localhost", "ip6-localhost", "ip6-loopback") or name.endswith((".localhost", ".localdomain"))
    if local or (address is not None and is_private(address)):
        raise BlockedAddress(detail=host)


def lookup(host: str, port: int) -> list[IpAddress]:
    """Return every address of ``host``; none where it cannot be resolved: connecting reports it better."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
