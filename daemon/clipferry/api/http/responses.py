"""Make HTTP responses: one JSON shape for errors, and security headers on all."""

from __future__ import annotations

import json
from typing import TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel

from ...clip.errors import ClipError
from ...protocol.envelope import ErrorInfo
from ..errors import NoToken, status_of

# No inline script or style, nothing from elsewhere, never in a frame: a title that is a script stays a title.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
    "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    hdrs.SERVER: "clipferry",
}

_Response = TypeVar("_Response", bound=web.StreamResponse)


def secure(response: _Response) -> _Response:
    """Add the headers that every answer carries; nothing of them is left to a handler. Too late, and harmless, for a WebSocket."""
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers[name] = value
    return response


def json_response(message: BaseModel, *, status: int = 200) -> web.Response:
    """A message of the protocol as an answer."""
    return _json(message.model_dump_json(), status)


def document(value: object) -> web.Response:
    """Any JSON value as an answer."""
    return _json(json.dumps(value), 200)


def error_info(error: ClipError) -> ErrorInfo:
    """Return the part of an error that is sent; the detail stays in the log."""
    return ErrorInfo(code=error.code, reason=error.reason, params=error.params, message=error.sentence, hint=error.hint)


def error_response(error: ClipError) -> web.Response:
    """``{"error": ErrorInfo}`` with the status that fits the code."""
    response = _json(json.dumps({"error": error_info(error).model_dump()}), status_of(error))
    if isinstance(error, NoToken):
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"  # RFC 9110, 15.5.2: a 401 names the scheme
    return response


def _json(text: str, status: int) -> web.Response:
    return secure(web.Response(text=text, status=status, content_type="application/json"))
