"""``*.googlevideo.com``: the media itself, by signed URLs that expire."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from ...media import Pack, Recipe, Sound, make
from ...reply import Ask, Reply, file, missing, page
from . import signing
from .films import ITAGS, Catalogue, Film, recipe_of

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

    async def __call__(self, ask: Ask) -> Reply:
        if ask.path.startswith("/api/manifest/hls_"):
            return await self._hls(ask)
        if ask.path != "/videoplayback":
            return missing()
        query = ask.query
        if why := signing.refusal(query, time.time(), self.clock):
            return page("", status=403, headers={**CORS, "X-Fixture-Why": why})
        film = self.catalogue.get(query["id"].removeprefix("o-"))
        if film is None or int(query["itag"]) not in ITAGS:
            return missing()
        path = await asyncio.to_thread(make, recipe_of(film, int(query["itag"])))
        reply = file(path, content_type=query["mime"], headers=CORS)
        part = None
        if found := re.fullmatch(r"(\d+)-(\d*)", query.get("range", "")):
            part = (int(found[1]), int(found[2]) + 1 if found[2] else path.stat().st_size)
        return Reply(file=path, content_type=reply.content_type, headers=CORS, ranges=True, part=part, throttle=True)

    async def _hls(self, ask: Ask) -> Reply:
        """A live broadcast: the master names one media playlist a quality; segments are numbered as on YouTube."""
        parts = ask.path.split("/")
        film = self.catalogue.get(parts[parts.index("id") + 1]) if "id" in parts else None
        if film is None:
            return missing()
        folder = (await asyncio.to_thread(make, live_recipe(film))).parent
        if "hls_variant" in ask.path:
            media = (
                f"https://manifest.googlevideo.com/api/manifest/hls_playlist/id/{film.id}/itag/93/playlist/index.m3u8"
            )
            text = f'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=700000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30\n{media}\n'
            return Reply(body=text.encode(), content_type="application/vnd.apple.mpegurl", headers=CORS)
        if ask.path.endswith("index.m3u8"):
            text = (
                (folder / "index.m3u8")
                .read_text()
                .replace("#EXT-X-ENDLIST\n", "")
                .replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "")
            )
            return Reply(body=text.encode(), content_type="application/vnd.apple.mpegurl", headers=CORS)
        segment = folder / parts[-1]
        return file(segment, headers=CORS) if segment.is_file() and segment.parent == folder else missing()


def live_recipe(film: Film) -> Recipe:
    return Recipe(film.seconds, Pack.HLS_TS, recipe_of(film, 134).picture, Sound("aac"))
