"""The control API on loopback: what :class:`origin.LocalInternet` speaks to its process. JSON in, JSON out."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from .faults import Fault, Kind
from .media import make
from .reply import Reply
from .server import Origin
from .sites.instagram.posts import Mode
from .sites.youtube.films import Case, Film, Live, Outcome, recipe_of

Json = Any
"""What JSON can hold: the one place where types end, since both sides of this API are ours."""


@dataclass
class Control:
    """One method a verb; each takes and gives JSON."""

    origin: Origin

    async def reset(self, _: Json) -> Json:
        self.origin.reset()

    async def log(self, _: Json) -> Json:
        return self.origin.log.as_json()

    async def clear(self, _: Json) -> Json:
        self.origin.log.clear()

    async def wait(self, asked: Json) -> Json:
        return [asdict(entry) for entry in await self.origin.log.wait(**asked)]

    async def fault(self, asked: Json) -> Json:
        self.origin.faults.append(Fault(**{**asked, "kind": Kind(asked["kind"])}))

    async def faults(self, _: Json) -> Json:
        return [asdict(one) for one in self.origin.faults]

    async def mend(self, _: Json) -> Json:
        self.origin.faults.clear()

    async def release(self, _: Json) -> Json:
        self.origin.released.set()

    async def shape(self, asked: Json) -> Json:
        dataclasses.replace(self.origin.shape, **asked)  # a name that does not exist is a TypeError here
        for name, value in asked.items():
            setattr(self.origin.shape, name, value)  # in place: answers on their way feel it too

    async def expire(self, _: Json) -> Json:
        self.origin.youtube.player.clock.issue += 1
        self.origin.instagram.expire()

    async def settings(self, asked: Json) -> Json:
        for name, value in asked.items():
            match name:
                case "url_lifetime_s":
                    self.origin.youtube.player.clock.lifetime_s = float(value)
                    self.origin.instagram.signer.lifetime_s = float(value)
                case "live_segments" | "live_window" | "live_ended" | "live_growth":
                    setattr(self.origin.broadcast, name.removeprefix("live_"), value)
                case "instagram":
                    self.origin.instagram.mode = Mode(value)
                case _:
                    raise KeyError(name)

    async def film(self, asked: Json) -> Json:
        self.origin.youtube.catalogue.add(_film(asked))

    async def prepare(self, asked: Json) -> Json:
        for video_id in asked["ids"]:
            film = self.origin.youtube.catalogue.films[video_id]
            for itag in (18, *film.itags):
                await asyncio.to_thread(make, recipe_of(film, itag))

    async def publish(self, asked: Json) -> Json:
        path = Path(asked["path"])
        key = secrets.token_hex(6)
        self.origin.generic.published[key] = path
        return {"path": f"/file/{key}/{path.name}"}

    async def put(self, asked: Json) -> Json:
        body = str(asked["body"]).encode("utf-8", "surrogateescape")
        facts = {name: asked[name] for name in ("content_type", "headers", "ranges")}
        self.origin.pages[asked["host"], asked["path"]] = Reply(asked["status"], body, **facts)


def control_app(origin: Origin) -> web.Application:
    control = Control(origin)

    async def answer(request: web.Request) -> web.Response:
        verb: Callable[[Json], Awaitable[Json]] | None = getattr(control, request.match_info["verb"], None)
        if verb is None:
            return web.json_response({"error": "no such verb"}, status=404)
        try:
            return web.json_response(await verb(await request.json()))
        except TimeoutError:
            return web.json_response({"error": "timeout", **origin.log.as_json()}, status=504)
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": repr(error)}, status=400)

    app = web.Application()
    app.router.add_post("/{verb:[a-z]+}", answer)
    return app


def _film(asked: Mapping[str, Any]) -> Film:
    """A film from JSON: enumerations by value, lists as tuples."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Film):
        if field.name not in asked:
            continue
        value = asked[field.name]
        if field.name == "case":
            value = Case(value)
        elif field.name == "live":
            value = Live(value)
        elif field.name == "outcomes":
            value = tuple((client, Outcome(told)) for client, told in value)
        elif isinstance(value, list):
            value = tuple(tuple(one) if isinstance(one, list) else one for one in value)
        values[field.name] = value
    return Film(**values)
