"""The control API on loopback: what :class:`origin.LocalInternet` speaks to its process. JSON in, JSON out."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from .faults import Fault, Kind
from .media import make
from .reply import Reply
from .server import Origin
from .sites.youtube.films import Case, Film, Live, recipe_of


def control_app(origin: Origin) -> web.Application:
    app = web.Application()

    async def reset(_: web.Request) -> web.Response:
        origin.reset()
        return web.json_response({})

    async def log(_: web.Request) -> web.Response:
        return web.json_response(origin.log.as_json())

    async def clear(_: web.Request) -> web.Response:
        origin.log.clear()
        return web.json_response({})

    async def fault(request: web.Request) -> web.Response:
        asked = await request.json()
        origin.faults.append(Fault(**{**asked, "kind": Kind(asked["kind"])}))
        return web.json_response({"index": len(origin.faults) - 1})

    async def faults(_: web.Request) -> web.Response:
        return web.json_response([asdict(one) for one in origin.faults])

    async def mend(_: web.Request) -> web.Response:
        origin.faults.clear()
        return web.json_response({})

    async def release(_: web.Request) -> web.Response:
        origin.released.set()
        return web.json_response({})

    async def shape(request: web.Request) -> web.Response:
        for name, value in (await request.json()).items():
            setattr(origin.shape, name, value)
        return web.json_response({})

    async def wait(request: web.Request) -> web.Response:
        asked = await request.json()
        try:
            found = await origin.log.wait(**asked)
        except TimeoutError:
            return web.json_response({"error": "timeout", **origin.log.as_json()}, status=504)
        return web.json_response([asdict(entry) for entry in found])

    async def expire(_: web.Request) -> web.Response:
        origin.youtube.player.clock.issue += 1
        origin.instagram.expire()
        return web.json_response({})

    async def settings(request: web.Request) -> web.Response:
        asked: Mapping[str, Any] = await request.json()
        if "url_lifetime_s" in asked:
            origin.youtube.player.clock.lifetime_s = float(asked["url_lifetime_s"])
        for name in ("segments", "window", "ended"):
            if f"live_{name}" in asked:
                setattr(origin.broadcast, name, asked[f"live_{name}"])
        if "instagram" in asked:
            origin.instagram.mode = str(asked["instagram"])
        return web.json_response({})

    async def film(request: web.Request) -> web.Response:
        origin.youtube.catalogue.add(_film(await request.json()))
        return web.json_response({})

    async def prepare(request: web.Request) -> web.Response:
        for video_id in (await request.json())["ids"]:
            film = origin.youtube.catalogue.films[video_id]
            for itag in (18, *film.itags):
                await asyncio.to_thread(make, recipe_of(film, itag))
        return web.json_response({})

    async def publish(request: web.Request) -> web.Response:
        path = Path((await request.json())["path"])
        key = secrets.token_hex(6)
        origin.generic.published[key] = path
        return web.json_response({"path": f"/file/{key}/{path.name}"})

    async def put(request: web.Request) -> web.Response:
        asked = await request.json()
        body = str(asked["body"]).encode("utf-8", "surrogateescape")
        origin.pages[asked["host"], asked["path"]] = Reply(
            asked["status"], body, content_type=asked["content_type"], headers=asked["headers"], ranges=asked["ranges"]
        )
        return web.json_response({})

    for name, handler in locals().copy().items():
        if name not in ("app", "origin"):
            app.router.add_post(f"/{name}", handler)
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
        elif isinstance(value, list):
            value = tuple(tuple(one) if isinstance(one, list) else one for one in value)
        values[field.name] = value
    return Film(**values)
