"""Fetch small files in one piece: subtitles, thumbnails, playlists, keys."""

from __future__ import annotations

import random
import threading
import zlib
from collections.abc import Callable

from ..errors import BadMedia
from .media_url import Link
from .network import Network
from .range_client import Client, Retry
from .retry_policy import RetryPolicy

MAX_BYTES = 8 * 1024 * 1024
_LOOK_S = 0.1
"""How often a wait checks for cancellation."""


def fetch_small(
    link: Link,
    *,
    network: Network,
    max_bytes: int = MAX_BYTES,
    cancelled: Callable[[], bool] = lambda: False,
    retry_policy: RetryPolicy | None = None,
) -> bytes:
    """Return all that is behind ``link``, at most ``max_bytes`` of it, tried again as the retry policy allows.

    Raises:
        BadMedia: larger than that, or a web page.
        UrlExpired, NetworkError, RateLimited, TlsError, InvalidUrl, BlockedAddress: see ``clip.errors``.
    """
    client = Client(network, retry_policy or RetryPolicy(tries=4), cancelled)
    try:
        return fetch_with(client, link, max_bytes)[0]
    finally:
        client.close()


def fetch_with(
    client: Client, link: Link, max_bytes: int = MAX_BYTES, part: tuple[int, int] | None = None
) -> tuple[bytes, str]:
    """``fetch_small`` with a client that is there already; ``part``: first byte and the byte after the last. Gives the bytes and
    the URL that they came from in the end."""
    failures, whose = 0, object()
    while True:
        try:
            return _watched(client, whose, lambda: _once(client, link, max_bytes, part, whose))
        except Retry as error:
            failures += 1
            if failures >= client.retry_policy.tries:
                raise error.cause from error
            wait = client.retry_policy.wait_s(failures, random.random())  # noqa: S311 (jitter)
            client.sleep(max(error.wait_s or 0.0, wait))


def _watched(client: Client, whose: object, ask: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
    """Return the result of ``ask``, or raise ``Cancelled`` at once on cancellation, whatever the network is doing. ``whose``: whom its
    requests are made for."""
    outcome: list[tuple[bytes, str] | Exception] = []

    def run() -> None:
        try:
            outcome.append(ask())
        except Exception as error:  # noqa: BLE001 (raised again where it is waited for)
            outcome.append(error)

    thread = threading.Thread(target=run, name="clipferry-small", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            client.check()
            thread.join(_LOOK_S)
    except BaseException:
        client.hang_up(whose)
        raise
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _once(client: Client, link: Link, max_bytes: int, part: tuple[int, int] | None, whose: object) -> tuple[bytes, str]:
    start, end = part or (0, None)
    data = bytearray()
    with client.get(link, start, end, whose) as answer:
        skip = start if answer.whole else 0
        most = max_bytes if end is None else min(max_bytes, end - start)
        for piece in answer.pieces():
            client.meter(len(piece))
            data += piece[skip:]
            skip = max(0, skip - len(piece))
            if end is not None and len(data) >= most:
                return bytes(data[:most]), answer.url
            if len(data) > max_bytes:
                raise BadMedia("far_too_much")
        encoding = answer.encoding
    if encoding in ("gzip", "deflate", "x-gzip"):
        return _unpacked(bytes(data), max_bytes), answer.url
    return bytes(data), answer.url


def _unpacked(data: bytes, max_bytes: int) -> bytes:
    """Decompress the body of a server that compresses unasked, at most ``max_bytes`` of it."""
    try:
        plain = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise BadMedia(detail=str(error)) from error
    if len(plain) > max_bytes:
        raise BadMedia("far_too_much")
    return plain
