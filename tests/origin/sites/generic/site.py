"""``video.example``: any recipe in any packing, files that a test published, and pages with a plain ``<video>``.

* ``/media/<picture>/<pack>/<sound>/<seconds>/<file>``: made at first use; ``-`` for no picture or no sound.
  ``?start=1.5`` for a clock that does not begin at 0.
* ``/file/<key>/<name>``: a file of the machine that a test published; ``?throttle=1``: slowed down as googlevideo's are.
* ``/page?src=…&title=…``: a page with that video in it.
* ``/film?<anything>=<seconds>``: a page whose first parameter, whatever its name, chooses the video: one of that length.
* ``/redirect?to=…&status=302``, ``/status/<code>``.

``packages.test`` is the same site under another name: a package index, of what a test puts and publishes there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...media import PICTURES, SOUNDS, Pack, Recipe, make
from ...reply import Ask, Reply, file, missing, page, redirect
from ..templates import text


@dataclass
class Generic:
    published: dict[str, Path] = field(default_factory=dict)

    async def __call__(self, ask: Ask) -> Reply:
        parts = ask.path.strip("/").split("/")
        match parts:
            case ["media", picture, pack, sound, seconds, name]:
                return await self._media(ask, picture, pack, sound, seconds, name)
            case ["file", key, _name] if key in self.published:
                reply = file(self.published[key], headers={"Access-Control-Allow-Origin": "*"})
                return replace(reply, throttle="throttle" in ask.query)
            case ["page"]:
                source = ask.query.get("src", "/media/h264/mp4-front/aac/20/media.mp4")
                return _page(source, ask.query.get("title", "A page with a video"))
            case ["film"]:
                length = float(next(iter(ask.query.values()), "2"))
                return _page(f"/media/h264/mp4-front/aac/{length:g}/media.mp4", "A film")
            case ["redirect"]:
                return redirect(ask.query.get("to", "/"), int(ask.query.get("status", "302")))
            case ["status", code] if code.isdigit():
                return page(f"status {code}", status=int(code))
            case [""]:
                return page(
                    "<!doctype html><title>video.example</title><h1>video.example</h1><p>No video on this page.</p>"
                )
            case _:
                return missing()

    async def _media(self, ask: Ask, picture: str, pack: str, sound: str, seconds: str, name: str) -> Reply:
        try:
            wanted = Recipe(
                float(seconds),
                Pack(pack),
                PICTURES[picture] if picture != "-" else None,
                SOUNDS[sound] if sound != "-" else None,
                float(ask.query.get("start", "0")),
            )
        except (KeyError, ValueError):
            return missing("no such recipe")
        entry = await asyncio.to_thread(make, wanted)
        path = entry.parent / name
        if path.parent != entry.parent or name.startswith(".") or not path.is_file():
            return missing()
        return file(path, headers={"Access-Control-Allow-Origin": "*"})


def _page(source: str, title: str) -> Reply:
    title, source = text(title), text(source)
    return page(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body><h1>{title}</h1><video controls width="640" height="360" src="{source}"></video></body></html>'
    )
