"""A broadcast as YouTube shows it logged out: an HLS master, and a media playlist that grows as the test says."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...media import Pack, Picture, Recipe, Sound, make
from ...reply import Ask, Reply, file, missing
from .films import Catalogue, Film

HLS = "application/vnd.apple.mpegurl"
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""When the broadcast began, as EXT-X-PROGRAM-DATE-TIME tells it."""


@dataclass(slots=True)
class Broadcast:
    """How far the broadcast is: the test's hand on the clock."""

    segments: int | None = None
    """How many there have been so far; ``None``: all that the film has."""
    window: int | None = None
    """How many of the last ones the playlist still names; ``None``: all (a DVR from the beginning)."""
    ended: bool = False
    growth: int = 0
    """How many more there are each time somebody has read the playlist."""

    def grow(self) -> None:
        if self.segments is not None:
            self.segments += self.growth

    def playlist(self, whole: str) -> str:
        """``whole``, a VOD playlist, cut down to what is there now (RFC 8216, 6.2.2)."""
        head, *rest = re.split(
            r"(?=#EXTINF:)", whole.replace("#EXT-X-ENDLIST\n", "").replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "")
        )
        there = rest[: self.segments] if self.segments is not None else rest
        first = max(0, len(there) - self.window) if self.window else 0
        head = re.sub(r"#EXT-X-MEDIA-SEQUENCE:\d+", f"#EXT-X-MEDIA-SEQUENCE:{first}", head)
        gone_s = sum(float(found[1]) for segment in rest[:first] if (found := re.match(r"#EXTINF:([\d.]+)", segment)))
        stamp = (BEGAN + timedelta(seconds=gone_s)).isoformat(timespec="milliseconds")
        return f"{head}#EXT-X-PROGRAM-DATE-TIME:{stamp}\n{''.join(there[first:])}{'#EXT-X-ENDLIST' + chr(10) if self.ended else ''}"


@dataclass
class LiveManifests:
    """``/api/manifest/hls_variant/…`` and ``/api/manifest/hls_playlist/…`` of manifest.googlevideo.com."""

    catalogue: Catalogue
    broadcast: Broadcast

    async def __call__(self, ask: Ask) -> Reply:
        parts = ask.path.split("/")
        film = self.catalogue.get(parts[parts.index("id") + 1]) if "id" in parts[:-1] else None
        if film is None:
            return missing()
        if "hls_variant" in parts:
            media = (
                f"https://manifest.googlevideo.com/api/manifest/hls_playlist/id/{film.id}/itag/93/playlist/index.m3u8"
            )
            stream = 'BANDWIDTH=700000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=30'
            return Reply(body=f"#EXTM3U\n#EXT-X-STREAM-INF:{stream}\n{media}\n".encode(), content_type=HLS)
        index = await asyncio.to_thread(make, live_recipe(film))
        if parts[-1] == "index.m3u8":
            told = self.broadcast.playlist(index.read_text())
            self.broadcast.grow()
            return Reply(body=told.encode(), content_type=HLS)
        segment = index.with_name(parts[-1])
        return file(segment) if segment.is_file() else missing()


def live_recipe(film: Film) -> Recipe:
    """Segments of two seconds, so that a broadcast goes on while a test waits for it."""
    return Recipe(film.seconds, Pack.HLS_TS, Picture(gop_s=2.0), Sound("aac"), segment_s=2.0)
