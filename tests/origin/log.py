"""What was asked and what was sent: every request, with its bytes and times, and a way to wait for one."""

from __future__ import annotations

import asyncio
import fnmatch
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .fingerprint import Hello

KEPT_HEADERS = (
    "range",
    "user-agent",
    "cookie",
    "referer",
    "origin",
    "authorization",
    "accept-encoding",
    "x-forwarded-for",
    "proxy-authorization",
    "sec-ch-ua",
)


@dataclass(slots=True)
class Entry:
    """One request. Times are seconds since the origin started; ``sent`` counts bytes of body."""

    number: int
    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    start_s: float
    end_s: float | None = None
    status: int = 0
    sent: int = 0
    first_byte: int = 0
    """Offset in the resource of the first byte of the body (0 without a range)."""
    length: int = 0
    """Bytes that the answer promised."""
    throttled: bool = False
    fault: str | None = None
    ja4: str | None = None
    """The client's TLS handshake (:mod:`origin.fingerprint`); ``None``: it could not be seen, or there was none."""
    http2: str | None = None
    """How the client speaks HTTP/2 (:mod:`origin.http2`); ``None``: HTTP/1.1."""
    broken: bool = False
    """The client went away, or a fault broke the answer off, before ``length`` bytes."""


@dataclass(slots=True)
class Refused:
    """A host that is not in this internet was asked for."""

    method: str
    host: str
    port: str
    why: str = ""


@dataclass
class Log:
    entries: list[Entry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    hellos: dict[Any, Hello | None] = field(default_factory=dict)
    """By the client's address and port."""
    plain_port: int = 0
    """Where this process listens without TLS."""
    _started: float = field(default_factory=time.monotonic)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def now(self) -> float:
        return time.monotonic() - self._started

    def begin(self, method: str, scheme: str, host: str, path: str, query: str, headers: Mapping[str, str]) -> Entry:
        kept = {name: headers[name] for name in KEPT_HEADERS if name in headers}
        entry = Entry(len(self.entries), method, scheme, host, path, query, kept, self.now())
        self.entries.append(entry)
        return entry

    def refuse(self, method: str, host: str, port: str, why: str = "") -> None:
        self.refused.append(Refused(method, host, port, why))

    def clear(self) -> None:
        """Forget all; requests that are still being answered are no longer seen."""
        self.entries = []
        self.refused = []

    def find(self, host: str = "*", path: str = "*") -> list[Entry]:
        return [entry for entry in self.entries if matches(entry, host, path)]

    async def changed(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def wait(
        self, host: str, path: str, requests: int, sent: int, finished: int, timeout_s: float
    ) -> list[Entry]:
        """Until that many matching requests came in / bytes went out / answers ended; ``TimeoutError`` if they do not."""

        def enough() -> bool:
            found = self.find(host, path)
            ended = sum(entry.end_s is not None for entry in found)
            return len(found) >= requests and sum(entry.sent for entry in found) >= sent and ended >= finished

        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(enough)
        return self.find(host, path)

    def as_json(self) -> dict[str, object]:
        return {"entries": [asdict(entry) for entry in self.entries], "refused": [asdict(one) for one in self.refused]}


def matches(entry: Entry, host: str, path: str) -> bool:
    """``host`` and ``path`` are shell patterns; the path pattern is held against path and query together."""
    whole = f"{entry.path}?{entry.query}" if entry.query else entry.path
    return fnmatch.fnmatchcase(entry.host, host) and (
        fnmatch.fnmatchcase(whole, path) or fnmatch.fnmatchcase(entry.path, path)
    )
