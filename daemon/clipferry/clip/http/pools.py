"""Connection pools: kept alive, shared by all users of the same proxy and authorities in this process, TLS always verified."""

from __future__ import annotations

import encodings.idna  # noqa: F401 - the first name that is resolved would wait for it
import functools
import os
import ssl
import sys
from pathlib import Path
from typing import Any

import socks  # type: ignore[import-untyped]  # PySocks carries no types
import urllib3
from urllib3.contrib.socks import SOCKSProxyManager
from urllib3.exceptions import LocationParseError
from urllib3.util import connection

from ..errors import TlsError
from . import happy_eyeballs
from .ca_files import load_ca_file
from .network import Network
from .proxies import basic_authorization, credentials, without_credentials


def _connect(address: tuple[str, int], *args: Any, **how: Any) -> Any:
    try:
        return happy_eyeballs.create_connection(address, *args, **how)
    except UnicodeError as error:
        raise LocationParseError(f"'{address[0]}', label empty or too long") from error


_socks_connection = socks.create_connection


def _connect_by_socks(target: tuple[str, int], timeout: Any = None, **how: Any) -> Any:
    proxy, source = (how["proxy_addr"], how["proxy_port"]), how.get("source_address")
    try:
        how["proxy_addr"] = happy_eyeballs.responsive_address(proxy, timeout, source)
    except OSError as error:
        raise socks.ProxyConnectionError("Error connecting to SOCKS proxy", error) from error
    return _socks_connection(target, timeout, **how)


connection.create_connection = _connect
socks.create_connection = _connect_by_socks
"""urllib3 and PySocks try a host's addresses one after the other, each for the whole time-out, and have no other place to change that."""


def pool_for(network: Network, url: str) -> urllib3.PoolManager:
    """Return the connections over which ``url`` is fetched.

    Raises:
        TlsError: the configured certificate file cannot be used.
    """
    return _pool(network.proxy_for(url), network.ca_file)


@functools.lru_cache(maxsize=16)
def _pool(proxy: str | None, ca_file: str | None) -> urllib3.PoolManager:
    context = tls_context(ca_file)
    if proxy is None:
        return urllib3.PoolManager(num_pools=16, maxsize=8, ssl_context=context)
    login, place = credentials(proxy), without_credentials(proxy)
    if proxy.startswith("socks"):
        user, password = (part.decode("utf-8", "replace") for part in login) if login else (None, None)
        return SOCKSProxyManager(place, user, password, num_pools=16, maxsize=8, ssl_context=context)
    headers = basic_authorization(proxy)
    return urllib3.ProxyManager(
        place, num_pools=16, maxsize=8, ssl_context=context, proxy_ssl_context=context, proxy_headers=headers
    )


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Verifying TLS with the system's authorities, and those of ``ca_file``.

    The variable ``SSL_CERT_FILE`` is not read here: ``Network`` has its value, and what this process sets for yt-dlp must not change
    whom later connections trust.

    Raises:
        TlsError: the certificates cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        _load_system_authorities(context, lazily=ca_file is not None)
        if ca_file:
            load_ca_file(context, ca_file)
    except (OSError, ssl.SSLError, ImportError) as error:
        raise TlsError("system_certificates", detail=str(error)) from error
    return context


def _load_system_authorities(context: ssl.SSLContext, *, lazily: bool) -> None:
    """Trust the store that OpenSSL was built to use, and ``SSL_CERT_DIR``.

    Args:
        lazily: read single certificates of the store's folder when they are needed, where it is indexed by hash (openssl-rehash(1)).
            The whole store takes 50 ms, for authorities that are hardly met by whoever names one of their own.
    """
    if sys.platform == "win32":
        context.load_default_certs()
        return
    paths = ssl.get_default_verify_paths()
    folders = [folder for folder in (paths.openssl_capath, os.environ.get(paths.openssl_capath_env)) if folder]
    for folder in folders:
        context.load_verify_locations(capath=folder)
    if lazily and any(Path(paths.openssl_capath).glob("*.0")):
        return
    if Path(paths.openssl_cafile).is_file():
        context.load_verify_locations(cafile=paths.openssl_cafile)
    elif not Path(paths.openssl_capath).is_dir():
        import certifi  # noqa: PLC0415 (only where the system keeps no store that OpenSSL can read)

        context.load_verify_locations(cafile=certifi.where())
