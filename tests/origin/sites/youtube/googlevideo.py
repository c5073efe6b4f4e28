"""``*.googlevideo.com``: the media itself, by signed URLs that expire."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from ...media import make
from ...reply import Ask, Reply, file, missing, page
from . import ended, signing
from .films import ITAGS, Catalogue, Live, Outcome, recipe_of
from .live import Broadcast, LiveManifests

CORS = {
    "Access-Control-Allow-Origin": "https://www.youtube.com",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Date, Server",
    "Timing-Allow-Origin": "https://www.youtube.com",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=21297",
    "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
}


@dataclass
class GoogleVideo:
    catalogue: Catalogue
    clock: signing.Clock
    broadcast: Broadcast

    async def __call__(self, ask: Ask) -> Reply:
        if ask.path.startswith("/api/manifest/hls_"):
            return await LiveManifests(self.catalogue, self.broadcast)(ask)
        if ask.path != "/videoplayback":
            return missing()
        query = ask.query
        if why := signing.refusal(query, time.time(), self.clock):
            return page("", status=403, headers={**CORS, "X-Fixture-Why": why})
        film = self.catalogue.get(query["id"].removeprefix("o-"))
        if film is None or int(query["itag"]) not in ITAGS:
            return missing()
        if film.outcome(query.get("c", "")) is Outcome.FORBIDDEN:
            return page("", status=403, headers={**CORS, "X-Fixture-Why": "client"})
        path = await asyncio.to_thread(make, recipe_of(film, int(query["itag"])))
        if film.live is Live.ENDED:
            return await asyncio.to_thread(ended.piece, ask, film, ITAGS[int(query["itag"])], path, CORS)
        reply = file(path, content_type=query["mime"], headers=CORS)
        part = None
        if found := re.fullmatch(r"(\d+)-(\d*)", query.get("range", "")):
            part = (int(found[1]), int(found[2]) + 1 if found[2] else path.stat().st_size)
        return Reply(
            file=path, content_type=reply.content_type, headers=CORS, ranges=True, part=part, throttle=True, etag=False
        )
