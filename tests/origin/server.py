"""One request → the site that its host names → the answer on the wire, with the log and the faults around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from . import hosts
from .deliver import Broken, Delivery
from .faults import Fault
from .fingerprint import Hello, from_a_browser
from .http2 import FORWARDED, SPOKEN
from .log import Entry, Log
from .reply import Ask, Reply, missing
from .shape import Shape
from .sites.generic.site import Generic
from .sites.hostile.site import Hostile
from .sites.instagram.site import Instagram, InstagramCdn
from .sites.youtube.googlevideo import GoogleVideo
from .sites.youtube.live import Broadcast
from .sites.youtube.site import YouTube
from .sites.youtube.ytimg import Ytimg

Site = Callable[[Ask], Awaitable[Reply]]


@dataclass
class Origin:
    """Everything that the local internet is and remembers."""

    log: Log = field(default_factory=Log)
    shape: Shape = field(default_factory=Shape)
    faults: list[Fault] = field(default_factory=list)
    youtube: YouTube = field(default_factory=YouTube)
    instagram: Instagram = field(default_factory=Instagram)
    generic: Generic = field(default_factory=Generic)
    broadcast: Broadcast = field(default_factory=Broadcast)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    pages: dict[tuple[str, str], Reply] = field(default_factory=dict)
    """What tests put in place of a site's own answer, by host and path."""

    def __post_init__(self) -> None:
        self._sites: dict[str, Site] = {
            "youtube": self.youtube,
            "googlevideo": GoogleVideo(self.youtube.catalogue, self.youtube.player.clock, self.broadcast),
            "ytimg": Ytimg(self.youtube.catalogue),
            "instagram": self.instagram,
            "instagram-cdn": InstagramCdn(self.instagram),
            "generic": self.generic,
            "hostile": Hostile(),
        }

    def reset(self) -> None:
        """As at the start: no faults, no log, plain network, the catalogue's own videos, all URLs valid."""
        self.log.clear()
        self.faults.clear()
        self.released.set()
        self.released = asyncio.Event()
        self.shape = Shape()
        self.youtube.catalogue.reset()
        self.broadcast.segments, self.broadcast.window, self.broadcast.ended = None, None, False
        self.broadcast.growth = 0
        self.youtube.player.clock.lifetime_s = 6 * 3600
        self.instagram.reset()
        self.generic.published.clear()
        self.pages.clear()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.rpartition(":")[0] if ":" in request.host else request.host
        secure = request.secure or FORWARDED in request.headers
        scheme = "https" if secure else "http"
        entry = self.log.begin(request.method, scheme, host, request.path, request.query_string, _lower(request))
        hello = self._hello(request)
        entry.ja4 = hello.ja4 if hello and secure else None
        entry.http2 = request.headers.get(SPOKEN)
        await self.log.changed()
        try:
            if self.shape.latency_s:
                await asyncio.sleep(self.shape.latency_s)
            reply = await self._answer(request, host)
            return await Delivery(request, entry, self.log, self.shape, self.faults, self.released).send(reply)
        except (Broken, ConnectionError):
            # The connection is gone: aiohttp sees that when it tries to send this, and says nothing more.
            entry.broken = True
            return web.Response(status=499)
        except asyncio.CancelledError:
            entry.broken = True
            raise
        finally:
            await self._end(entry)

    async def _end(self, entry: Entry) -> None:
        entry.end_s = self.log.now()
        await self.log.changed()

    async def _answer(self, request: web.BaseRequest, host: str) -> Reply:
        site = hosts.site_of(host) or ("generic" if host in ("127.0.0.1", "localhost") else None)
        if put := self.pages.get((host, request.path)):
            return put
        answer = self._sites.get(site or "")
        if answer is None:
            return missing("no such host")
        body = await request.read()
        return await answer(
            Ask(
                request.method,
                host,
                request.path,
                request.query_string,
                _lower(request),
                dict(request.cookies),
                body,
                from_a_browser(self._hello(request), _lower(request)),
            )
        )

    def _hello(self, request: web.BaseRequest) -> Hello | None:
        assert request.transport is not None
        if through := request.headers.get(FORWARDED):
            host, _, port = through.partition(" ")
            return self.log.hellos.get((host, int(port)))
        return self.log.hellos.get(request.transport.get_extra_info("peername"))


def _lower(request: web.BaseRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
