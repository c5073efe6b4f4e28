"""Messages that only the HTTP server has, beside those of the protocol."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ...protocol.base import Message
from ...protocol.envelope import ErrorInfo

_Key = Annotated[str, Field(max_length=200)]


class SessionRequest(Message):
    """``POST /session``: the one-time code of a dashboard link."""

    code: _Key


class SessionToken(Message):
    """The key of one dashboard tab, until the daemon ends."""

    token: _Key


class PlayLink(Message):
    """Where one finished clip can be played; the address is its own key, for some hours and for this file only."""

    url: str


class EventsHello(Message):
    """The first message on ``/events``."""

    token: _Key


class Failure(Message):
    """The body of every answer that is not a success."""

    error: ErrorInfo
