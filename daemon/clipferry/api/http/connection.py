"""One TCP connection: aiohttp's own, with tighter limits, a bound on how many there are, and failures in our form."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from ..errors import Refused
from .responses import error_response

MAX_CONNECTIONS = 256
"""Far above what a browser opens to one host."""
IDLE_S = 15.0
"""How long a connection may lie without a whole request head, at its beginning or between two requests."""
_LINGER_S = 1.0
_MAX_LINE_BYTES = 8190
_MAX_HEADERS = 64

_log = logging.getLogger(__name__)


class Connection(RequestHandler):
    """A connection that belongs to ``server``.

    Args:
        strange: those of all connections that have not shown a key yet, oldest first; shared between them.
        closed: called when this one is gone.
    """

    __slots__ = ("_closed", "_strange")

    def __init__(self, server: web.Server, strange: dict[Connection, None], closed: Callable[[], None]) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=IDLE_S,
            lingering_time=_LINGER_S,
            max_line_size=_MAX_LINE_BYTES,
            max_field_size=_MAX_LINE_BYTES,
            max_headers=_MAX_HEADERS,
            auto_decompress=False,  # a small body must not unfold into a large one
            access_log=None,  # type: ignore[arg-type]  # None turns it off (aiohttp's own docs); paths hold tickets
        )
        self._strange, self._closed = strange, closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._strange[self] = None

    def connection_lost(self, exc: BaseException | None) -> None:
        self._strange.pop(self, None)
        super().connection_lost(exc)
        self._closed()

    def has_key(self) -> None:
        """Note that the client has authenticated."""
        self._strange.pop(self, None)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What cannot be read as HTTP (a TLS hello, two Hosts, a header without end) gets an answer like every other failure."""
        _log.info(
            "unreadable request: %s", (message or "")[:200].replace("\n", " "), exc_info=exc if status >= 500 else None
        )
        if request.writer.output_size > 0:
            raise ConnectionError("the answer had begun")
        response = error_response(Refused())
        response.set_status(status)
        response.force_close()
        return response


def make_room(strange: dict[Connection, None]) -> None:
    """End one connection: whoever opens many, silent or asking what anybody may ask, loses its own first."""
    if (oldest := next(iter(strange), None)) is not None:
        del strange[oldest]  # it is not asked twice to go
        if oldest.transport is not None:
            oldest.transport.abort()  # whatever waits to be sent on it


def has_key(request: web.BaseRequest) -> None:
    """Note that the sender of ``request`` has authenticated: its connection is never closed in favour of others."""
    if isinstance(request.protocol, Connection):
        request.protocol.has_key()
