"""Requests, answers and events as frames carry them, and ``hello``, which opens a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from .base import (
    PROTOCOL_VERSION,
    Message,
    Sentence,
    Title,
    Word,
    at_most,
    first,
)

MAX_PARAMS = 8

Params = Annotated[
    Mapping[Word, Annotated[str, at_most(300)] | int | float],
    AfterValidator(lambda params: dict(list(params.items())[:MAX_PARAMS])),
]


class ErrorInfo(Message):
    """An error for a person: a stable code, which case of it, what happened, what to do next."""

    code: Word
    reason: Word = ""
    """Which case of ``code`` it is; empty: the usual one. Clients look their own texts up by both."""
    params: Params = {}
    """What the texts of the case have placeholders for. A name that ends with ``_bytes`` is of a size. Never a path of this machine."""
    message: Sentence
    """What happened, in English, for a client that has no text for ``code`` and ``reason``."""
    hint: Sentence
    """What to do next, in English."""
    advice: Word = ""
    """``continues``: the hint ends with the sentence that the clip goes on by itself. Else the key of what stands instead of the hint."""


class Request(Message):
    """``params`` is the model that ``METHODS`` names for ``method``."""

    id: Annotated[int, Field(ge=0, le=2**53 - 1)]
    method: Annotated[str, Field(max_length=40)]
    params: dict[str, Any] = {}


class Answer(Message):
    """Exactly one of ``result`` and ``error``. ``id`` is ``None`` only where the request's could not be read."""

    id: int | None
    result: Any | None = None
    error: ErrorInfo | None = None


class Event(Message):
    """Sent to every client that has called ``hello``."""

    event: str
    data: Any


class HelloParams(Message):
    """The first request of a connection."""

    client: Literal["extension", "cli", "tray", "dashboard", "script"]
    version: Annotated[str, Field(max_length=40)]
    protocol: int = PROTOCOL_VERSION


class HelloResult(Message):
    """The daemon's version and state."""

    version: Word
    protocol: int
    """The version that this connection speaks: the client's, or this daemon's where that is older."""
    downloads_dir_name: Title
    """The folder's last component, to show; pages never see a whole path."""
    running: int
    """Jobs that are not final."""
    notices: Annotated[list[Sentence], first(20)] = []
    """Sentences for the person about this start, such as a history that had to be put aside."""


class ExtensionConnected(Message):
    """The browser extension called ``hello``."""

    browser: Literal["chromium", "firefox"]
    """The browser's family."""
