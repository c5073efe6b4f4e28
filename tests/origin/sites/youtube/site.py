"""What www.youtube.com, m.youtube.com, youtu.be and youtube-nocookie.com answer."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field, replace

from ...reply import Ask, Reply, data, missing, page, redirect
from . import captions, pages
from .films import NEEDS_SESSION, Case, Catalogue, Film
from .player_api import Player

CLIPS = {"UgkxFixtureClipNumberOne0001": ("AAAAAAAAAA1", 7500, 12500)}
"""Clips that people made on YouTube itself: of which video, from and to in milliseconds."""
SESSION = "fixture-session"
"""The value of the cookie LOGIN_INFO that is signed in; with any other the session is over."""
ID = re.compile(r"[\w-]{11}")


@dataclass
class YouTube:
    catalogue: Catalogue = field(default_factory=Catalogue)
    player: Player = field(default_factory=Player)
    hour: list[float] = field(default_factory=lambda: [0.0])

    async def __call__(self, ask: Ask) -> Reply:
        reply = await self._answer(ask)
        if "LOGIN_INFO" in ask.cookies and not signed_in(ask):
            # As YouTube does to a session that it has rotated away.
            gone = "LOGIN_INFO=; Domain=.youtube.com; Path=/; Secure; Max-Age=0"
            reply = replace(reply, headers={**reply.headers, "Set-Cookie": gone})
        return reply

    async def _answer(self, ask: Ask) -> Reply:
        path = ask.path.rstrip("/") or "/"
        if ask.host == "youtu.be":
            return redirect(f"https://www.youtube.com/watch?v={path[1:]}&feature=youtu.be", 303)
        if path == "/youtubei/v1/player" and ask.method == "POST":
            return await self._player_api(ask)
        if path.startswith("/youtubei/v1/"):
            return data({"contents": {"twoColumnWatchNextResults": {}}, "responseContext": {}})
        if path == "/watch":
            return await self._watch(ask, ask.query.get("v", ""))
        for kind in ("shorts", "embed", "live", "v"):
            if path.startswith(f"/{kind}/"):
                return await self._named(ask, kind, path.split("/")[2])
        if path.startswith("/clip/") and (clip := CLIPS.get(path.removeprefix("/clip/"))):
            return await self._clip(*clip)
        if path == "/tv":
            return pages.tv()
        if path == "/_fixture/film":
            film = self.catalogue.get(ask.query.get("v", ""))
            return data(await self._page_film(film)) if film else missing()
        if path == "/api/timedtext":
            return captions.timed_text(ask.query, self.catalogue.get(ask.query.get("v", "")))
        if path.startswith("/s/player/"):
            return pages.base_js()
        if path == "/iframe_api":
            return pages.iframe_api()
        if path == "/":
            return pages.home(self.catalogue.films["AAAAAAAAAA2"])
        if path in ("/oembed", "/generate_204", "/favicon.ico"):
            return Reply(204)
        return missing()

    async def _player_api(self, ask: Ask) -> Reply:
        try:
            asked = json.loads(ask.body)
            client = str(asked["context"]["client"]["clientName"])
            film = self.catalogue.get(str(asked["videoId"]))
        except (ValueError, KeyError, TypeError):
            return data(
                {
                    "error": {
                        "code": 400,
                        "message": "Request contains an invalid argument.",
                        "status": "INVALID_ARGUMENT",
                    }
                },
                status=400,
            )
        if film is None:
            film = Film(str(asked["videoId"])[:11], case=Case.UNAVAILABLE)
        if film.case is Case.ALL_429:
            return page("Too Many Requests", status=429)
        return data(await self.player.response(film, client, time.time(), signed_in=signed_in(ask)))

    async def _watch(self, ask: Ask, video_id: str) -> Reply:
        film = self.catalogue.get(video_id) or Film(
            video_id[:11] or "unavail____", "Video unavailable", case=Case.UNAVAILABLE
        )
        if film.case in (Case.ALL_429, Case.PAGE_429):
            return page("<html><head><title>Sorry...</title></head><body>unusual traffic</body></html>", status=429)
        response = await self.player.response(film, "WEB", time.time(), signed_in=signed_in(ask))
        facts = await self._page_film(film, signed_in(ask))
        if ask.host == "m.youtube.com":
            return pages.mobile(film, response, facts)
        classic = ask.query.get("variant") == "classic"
        return pages.watch(film, response, facts, classic=classic, signed_in=signed_in(ask))

    async def _named(self, ask: Ask, kind: str, video_id: str) -> Reply:
        film = self.catalogue.get(video_id)
        if film is None or not ID.fullmatch(video_id):
            return missing()
        response = await self.player.response(film, "WEB", time.time())
        facts = await self._page_film(film)
        if kind == "shorts":
            following = [one for one in self.catalogue.films.values() if one.short and one.id != film.id]
            return pages.shorts(film, response, facts, [await self._page_film(one) for one in following])
        if kind in ("embed", "v"):
            return pages.embed(film, response, facts)
        return pages.watch(film, response, facts)

    async def _clip(self, video_id: str, start_ms: int, end_ms: int) -> Reply:
        film = self.catalogue.films[video_id]
        response = await self.player.response(film, "WEB", time.time())
        return pages.watch(film, response, await self._page_film(film), clip=(start_ms, end_ms))

    async def _page_film(self, film: Film, signed_in: bool = False) -> dict[str, object]:
        """What the page's own player is told."""
        open_to_all = film.case in (Case.OK, Case.AD, Case.PAGE_429, Case.KIDS, Case.SABR, Case.RELOAD)
        playable = open_to_all or (signed_in and film.case in NEEDS_SESSION)
        return {
            "id": film.id,
            "title": film.title,
            "author": film.author,
            "seconds": film.seconds,
            "live": film.live.value == "now",
            "src": await self.player.page_media(film, time.time()) if playable and film.seconds <= 300 else "",
        }


def signed_in(ask: Ask) -> bool:
    has_sid = any(ask.cookies.get(name) for name in ("SAPISID", "__Secure-1PAPISID", "__Secure-3PAPISID"))
    return has_sid and ask.cookies.get("LOGIN_INFO") == SESSION
