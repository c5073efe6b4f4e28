"""Proxies: parse credentials in any spelling, and map failures to errors. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import quote, unquote_to_bytes

from ..errors import NetworkError

REJECTED = (
    r"(?:http error|tunnel connection failed:) 407|proxy authentication required"
    r"|socks5? authentication failed|authentication methods were rejected|unknown username or invalid password"
)
"""How proxies, and libraries about them, say that they want other credentials (RFC 9110, 15.5.8; RFC 1928; RFC 1929)."""


def encoded(proxy: str) -> str:
    """``proxy`` with user name and password percent-encoded in UTF-8, as every program reads them.

    Raw text and percent-encoding are both taken; a percent sign that begins no escape, an ``@`` and a ``/`` stand for themselves.
    """
    found = _credentials(proxy)
    if found is None:
        return proxy
    scheme = proxy.partition("://")[0]
    return f"{scheme}://{':'.join(quote(part, safe='') for part in found)}@{proxy.rpartition('@')[2]}"


def credentials(proxy: str) -> tuple[bytes, bytes] | None:
    """User name and password, decoded; ``None``: it is used without."""
    found = _credentials(proxy)
    return None if found is None else (found[0], found[1] if len(found) > 1 else b"")


def basic_authorization(proxy: str) -> dict[str, str]:
    """Return the header field by which an HTTP proxy gets the credentials, in UTF-8 (RFC 7617, 2.1); nothing where there are none."""
    login = credentials(proxy)
    return {} if login is None else {"Proxy-Authorization": f"Basic {b64encode(b':'.join(login)).decode()}"}


def without_credentials(proxy: str) -> str:
    """``proxy`` as scheme, host and port alone."""
    return proxy if _credentials(proxy) is None else f"{proxy.partition('://')[0]}://{proxy.rpartition('@')[2]}"


def proxy_trouble(message: str, detail: str = "") -> NetworkError:
    """Return the error for the ``message`` of a proxy, or of a library about one."""
    if re.search(REJECTED, message, re.I):
        return NetworkError(
            "proxy_login",
            detail=detail,
        )
    if re.search(r"general socks server failure", message, re.I):
        # yt-dlp's client reports a refused password so as well (RFC 1929, 2; RFC 1928, 6).
        return NetworkError("proxy_refuses", detail=detail)
    if (refused := re.search(r"tunnel connection failed: (\d{3})", message, re.I)) is not None:
        return NetworkError("proxy_status", detail=detail, status=int(refused[1]))
    return NetworkError("proxy_unreachable", detail=detail)


def _credentials(proxy: str) -> list[bytes] | None:
    login, at, _ = proxy.partition("://")[2].rpartition("@")
    if not at:
        return None
    return [unquote_to_bytes(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", part)) for part in login.split(":", 1)]
