"""Impersonation of browsers: yt-dlp's handler on curl_cffi, led through ``connect_proxy``. Trim ``lazy_impersonation``.

Some sites answer only to the TLS and HTTP/2 fingerprint of a browser, and their extractors request it (``impersonate=``). curl brings its own
sockets and follows redirects by itself, so ``guard_connections`` does not see where it connects: every request of the handler goes
through a proxy of ours.

``lazy_impersonation`` (45 ms, 9 MB): curl_cffi is imported when an extractor asks for an impersonation target.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...http.network import Network
from . import trims

log = logging.getLogger(__name__)

_PYTHON_SOCKETS = frozenset({"Urllib", "Requests", "Websockets"})
"""Keys of yt-dlp's handlers that ``guard_connections`` sees connecting."""
_CURL = "CurlCFFI"
_MODULE = "yt_dlp.networking._curlcffi"
_SCHEMES = "http,https"
_BROWSERS_ONLY = ("instagram.com",)


def load(ydl: Any) -> None:
    """Register the handler with yt-dlp and with ``ydl``, unless that is done or curl_cffi is not installed in a version that this
    yt-dlp supports.

    Raises:
        ImportError | AttributeError: a private name of yt-dlp was changed.
    """
    if not trims.enabled("lazy_impersonation"):
        return  # yt-dlp registered it when it was imported, if it can be used
    common = importlib.import_module("yt_dlp.networking.common")
    if _CURL in common._REQUEST_HANDLERS:
        _add(ydl, common)
        return
    dependencies: Any = importlib.import_module("yt_dlp.dependencies")
    try:
        dependencies.curl_cffi = importlib.import_module("curl_cffi")
        importlib.import_module(_MODULE)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("yt_dlp"):
            raise
        log.warning("no impersonation of browsers: %s", error)
    except (ImportError, OSError) as error:
        log.warning("no impersonation of browsers: %s", error)
    else:
        _add(ydl, common)


def _add(ydl: Any, common: Any) -> None:
    director = ydl._request_director
    if any(getattr(handler, "guarded", False) for handler in director.handlers.values()):
        return
    more = ydl.build_request_director([common._REQUEST_HANDLERS[_CURL]], common._RH_PREFERENCES)
    for handler in more.handlers.values():
        director.add_handler(handler)
    director.preferences.update(more.preferences)


def impersonate_where_needed(ydl: Any, request: Any) -> Any:
    """Return ``request``, as a browser's where the site wants that even before its own extractor is known: links that are shared
    are followed by the generic extractor."""
    url = request if isinstance(request, str) else request.url
    host = urlsplit(url).hostname or ""
    if not any(host == site or host.endswith(f".{site}") for site in _BROWSERS_ONLY):
        return request
    from yt_dlp.networking import Request  # noqa: PLC0415
    from yt_dlp.networking.impersonate import ImpersonateTarget  # noqa: PLC0415

    if isinstance(request, str):
        request = Request(request)
    if "impersonate" not in request.extensions and ydl._impersonate_target_available(ImpersonateTarget()):
        request.extensions["impersonate"] = ImpersonateTarget()
    return request


def targets(ydl: Any) -> list[str]:
    """Return the browsers that can be impersonated, the preferred one first, as yt-dlp spells them (``chrome-146:macos-26``)."""
    load(ydl)
    return [str(target) for target, _ in reversed(ydl._get_available_impersonate_targets())]


def guarded_handlers(handlers: Iterable[Any], network: Network) -> Iterator[Callable[..., Any]]:
    """Iterate over ``handlers`` of yt-dlp: the one on curl in a guarded form, those of unknown kind left out."""
    for handler in handlers:
        if handler.RH_KEY in _PYTHON_SOCKETS:
            yield handler
        elif handler.RH_KEY == _CURL and hasattr(handler, "_create_instance"):
            yield functools.partial(_guarded(handler), network)
        else:
            log.warning("yt-dlp's handler %s is not used: it may connect past the guard", handler.RH_KEY)


@functools.cache
def _guarded(handler: Any) -> Any:
    from yt_dlp.networking.exceptions import RequestError, TransportError  # noqa: PLC0415

    from ...http.connect_proxy import ConnectProxy  # noqa: PLC0415 - where a site needs it

    class GuardedCurlRH(handler):  # type: ignore[misc]  # yt-dlp carries no types
        """The handler, with a proxy for its life that all sessions use."""

        guarded = True

        def __init__(self, network: Network, **options: Any) -> None:
            super().__init__(**{**options, "proxies": {}})
            self._network = network
            self._ends = contextlib.ExitStack()
            self._proxy: ConnectProxy | None = None

        def _create_instance(self, **options: Any) -> Any:
            session = super()._create_instance(**options)
            if self._proxy is None:
                self._proxy = self._ends.enter_context(ConnectProxy(self._network))
                self._authorities = self._ends.enter_context(_authorities(self._network.ca_file))
            session.curl_options = _curl_options(self._proxy.url, self._authorities)
            return session

        def _send(self, request: Any) -> Any:
            if self._proxy is not None:
                self._proxy.take_failure()
            try:
                return super()._send(request)
            except RequestError as error:
                if self._proxy is None or (ours := self._proxy.take_failure()) is None:
                    raise
                if (response := getattr(error, "response", None)) is not None:
                    response.close()
                raise TransportError(cause=ours) from ours

        def close(self) -> None:
            self._clear_instances()
            self._ends.close()
            self._proxy = None
            super().close()

    return GuardedCurlRH


def _curl_options(proxy: str, authorities: str) -> dict[Any, Any]:
    """Return options that are set last for each request of a session, whatever yt-dlp sets before them."""
    from curl_cffi.const import CurlOpt  # noqa: PLC0415

    return {
        CurlOpt.PROXY: proxy,
        CurlOpt.NOPROXY: "",  # else curl reads the environment's
        CurlOpt.HTTPPROXYTUNNEL: 0,  # plain HTTP is requested of the proxy; HTTPS always uses CONNECT
        CurlOpt.PROTOCOLS_STR: _SCHEMES,
        CurlOpt.REDIR_PROTOCOLS_STR: _SCHEMES,
        CurlOpt.CAINFO: authorities,
    }


@contextlib.contextmanager
def _authorities(ca_file: str | None) -> Iterator[str]:
    """Give the path of a PEM file with the authorities to trust: curl takes one file. In memory where the system can do that."""
    import certifi  # noqa: PLC0415

    if ca_file is None:
        yield certifi.where()
        return
    bundle = Path(certifi.where()).read_bytes() + b"\n" + Path(ca_file).read_bytes()
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("authorities"), "wb") as file:
            file.write(bundle)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    number, name = tempfile.mkstemp(suffix=".pem", prefix="clipferry-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(bundle)
        yield name
    finally:
        Path(name).unlink(missing_ok=True)
