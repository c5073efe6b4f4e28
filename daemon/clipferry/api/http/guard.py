"""The guard: stands around the whole HTTP app, so that a route is guarded without its author thinking of it.

Anybody can make a browser send requests to 127.0.0.1: a page (top-level forms pass every browser's local network checks), a
page on another local port, a name whose DNS answer was swapped. So each request is asked, in this order: is it for us (target
and Host), is it a method we have, does another page send it (Origin, Sec-Fetch-Site), does it carry a key, is its body small
JSON. Nothing here ever sends a CORS header; cookies are neither set nor read, because they ignore ports.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from ...clip.errors import ClipError
from ...permissions import Principal
from .. import strict_json
from ..authentication import Authenticator, BearerToken
from ..errors import (
    BadJson,
    ForeignOrigin,
    MethodRefused,
    Misdirected,
    NoSuchPath,
    NotJson,
    NoToken,
    Refused,
    TooLarge,
    TooSlow,
)
from .connection import has_key
from .responses import error_response, secure

MAX_BODY_BYTES = 64 * 1024
BODY_WITHIN_S = 5.0
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE"})
CALLER: Final = web.RequestKey("caller", Principal)
"""Who sends the request, put there by the guard; absent on routes that need no token."""
BODY: Final = web.RequestKey("body", object)
"""The parsed JSON body, put there by the guard; absent for methods without one."""

# All that is served without a bearer token. The page is a shell without data; /events takes the token in its first message,
# since a WebSocket cannot send a header; a ticket and a one-time code are keys themselves.
OPEN: Final = frozenset({("GET", "/"), ("HEAD", "/"), ("GET", "/events"), ("POST", "/session")})
OPEN_FOLDERS: Final = ("/assets/", "/play/")

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)


class Guard:
    """Wraps the app's own handler. ``port`` is the one we listen on: another port in ``Host`` is another server."""

    def __init__(self, app: Handler, authenticator: Authenticator, port: int) -> None:
        self._app, self._authenticator = app, authenticator
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            self._check(request)
            if request.method in ("POST", "PATCH"):
                request[BODY] = await _read_json(request)
            return secure(await self._app(request))
        except ClipError as error:
            response = error_response(error)
        except web.HTTPException as error:
            response = _translated(error)
        except ConnectionError:
            raise  # the client hung up; aiohttp handles that
        except Exception:  # noqa: BLE001 - the last line of defence: logged, and answered as an internal error
            _log.exception("%s %s failed", request.method, request.path)
            response = error_response(ClipError())
        if not request.content.is_eof():
            response.force_close()  # what is left of a refused body is not read
        return response

    def _check(self, request: web.BaseRequest) -> None:
        # An absolute target would override Host in aiohttp; HTTP/1.0 may come without one, and aiohttp would invent it.
        hosts = request.headers.getall(hdrs.HOST, [])
        if not request.raw_path.startswith("/") or len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise Misdirected
        if request.method not in METHODS:
            raise MethodRefused
        self._check_sender(request, hosts[0].lower())
        caller = self._authenticator.authenticate(BearerToken(_bearer(request)))
        if caller is not None:
            request[CALLER] = caller
            has_key(request)
        elif not _is_open(request):
            raise NoToken

    @staticmethod
    def _check_sender(request: web.BaseRequest, host: str) -> None:
        """Refuse what another origin's page sends. A browser states the origin of every request that a page could profit from."""
        origins = request.headers.getall(hdrs.ORIGIN, [])
        if any(origin != f"http://{host}" for origin in origins):
            raise ForeignOrigin
        if request.path == "/events" and not origins:
            raise ForeignOrigin  # browsers always send it with a WebSocket; who sends none is no dashboard
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site in ("same-origin", "none"):
            return
        # A link to the dashboard, from anywhere: the shell holds no data and may not be framed.
        opened_as_page = (
            request.method == "GET"
            and request.path == "/"
            and request.headers.get("Sec-Fetch-Mode") == "navigate"
            and request.headers.get("Sec-Fetch-Dest") == "document"
        )
        if not opened_as_page:
            raise ForeignOrigin


def _is_open(request: web.BaseRequest) -> bool:
    if (request.method, request.path) in OPEN:
        return True
    return request.method in ("GET", "HEAD") and request.path.startswith(OPEN_FOLDERS)


def _bearer(request: web.BaseRequest) -> str:
    values = request.headers.getall(hdrs.AUTHORIZATION, [])
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _read_json(request: web.BaseRequest) -> object:
    """The body, within its size and time. ``application/json`` only: a form cannot send that, and a script not without CORS."""
    if request.content_type != "application/json" or request.headers.get(hdrs.CONTENT_ENCODING):
        raise NotJson
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise NotJson
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise TooLarge
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            while chunk := await request.content.readany():
                data += chunk
                if len(data) > MAX_BODY_BYTES:
                    raise TooLarge
    except TimeoutError:
        raise TooSlow from None
    except web.RequestPayloadError as error:
        raise BadJson(detail=str(error)) from error
    return strict_json.loads(bytes(data))


def _translated(error: web.HTTPException) -> web.Response:
    """aiohttp's own refusals (no such route, unknown Expect, …) in our form."""
    kinds: dict[int, type[Refused]] = {404: NoSuchPath, 403: NoSuchPath, 405: MethodRefused, 413: TooLarge}
    response = error_response(kinds.get(error.status, Refused)())
    if error.status not in kinds:
        response.set_status(error.status)
    if allow := error.headers.get(hdrs.ALLOW):
        response.headers[hdrs.ALLOW] = allow
    return response
