"""Resolved videos, kept as JSON until their addresses expire: a second clip of a video needs neither the site nor JavaScript."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...system.files import write_atomically
from ..model import Chapter, Delivery, Format, Fragment, Live, Subtitle, Video
from .step_memory import StepMemory
from .video_links import known_video, times_in_url, video_address

_SHAPE = 2
"""Counts up when ``Video`` changes, so that an older program's files are not read."""
_MARGIN_S = 120.0
"""A clip that begins now must still be able to read."""
_LONGEST_S = 5 * 3600.0
_UNKNOWN_S = 20 * 60.0
_LIVE_S = 30.0


class ResolveCache:
    """One file per link in a private folder. Safe with several processes at once: files appear whole or not at all."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now
        self.steps = StepMemory(folder)

    def get(self, url: str, item: int | None) -> Video | None:
        """Return the video behind ``url``, if its media addresses still work for a while."""
        path = self._path(url, item)
        try:
            kept = json.loads(path.read_bytes())
            if kept["until"] <= self._now() or kept["shape"] != _SHAPE:
                return None
            video = video_from_json(kept["video"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        start_s, end_s = times_in_url(url)
        if start_s is None and end_s is None:
            return video
        return dataclasses.replace(video, suggested_start_s=start_s, suggested_end_s=end_s)

    def put(self, url: str, item: int | None, video: Video) -> None:
        """Keep ``video``. A folder that cannot be written only means that the next clip queries the site again.

        The range of a ``/clip/`` page is kept with it, that of a ``t=`` is not: another link to the same video names another.
        """
        now = self._now()
        longest = _LIVE_S if video.live is Live.NOW else _LONGEST_S if video.expires_at else _UNKNOWN_S
        until = min(now + longest, (video.expires_at or now + longest) - _MARGIN_S)
        if until <= now:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sweep(now)
            for link in self._links(url, item, video):
                path = self._path(link, item)
                own_section = path == self._path(url, item) and times_in_url(url) == (None, None)
                here = video if own_section else _without_section(video)
                text = json.dumps({"shape": _SHAPE, "until": until, "video": video_to_json(here)})
                write_atomically(path, text.encode(), sync=False)

    def drop(self, url: str, item: int | None) -> None:
        """Delete the entry: an address has expired."""
        kept = self.get(url, item)
        for link in self._links(url, item, kept) if kept else [url]:
            with contextlib.suppress(OSError):
                self._path(link, item).unlink()

    @staticmethod
    def _links(url: str, item: int | None, video: Video) -> list[str]:
        """Return the addresses by which ``video`` is kept: its page's as well, where that spells the video's id."""
        page = video.webpage_url
        return [url] if item is not None or known_video(page) is None else [url, page]

    def _path(self, url: str, item: int | None) -> Path:
        return self._folder / f"{hashlib.sha256(video_address(url, item).encode()).hexdigest()[:32]}.json"

    def _sweep(self, now: float) -> None:
        for entry in os.scandir(self._folder):
            with contextlib.suppress(OSError):
                if (
                    entry.name.endswith(".json") or entry.name.startswith(".")
                ) and entry.stat().st_mtime < now - _LONGEST_S:
                    Path(entry.path).unlink()


def _without_section(video: Video) -> Video:
    return dataclasses.replace(video, suggested_start_s=None, suggested_end_s=None)


def video_to_json(video: Video) -> dict[str, object]:
    """``video`` as plain data for ``json``."""
    return {
        field.name: value if not isinstance(value, tuple) else [_plain(entry) for entry in value]
        for field in dataclasses.fields(video)
        if (value := getattr(video, field.name)) is not None
    }


def video_from_json(data: Mapping[str, Any]) -> Video:
    """Return the inverse of ``video_to_json``; what a newer version added is left out, with formats that are delivered in its ways.

    Raises:
        TypeError | ValueError | KeyError: it is anything else.
    """
    fields = _known(Video, data)
    formats = [entry for entry in fields.pop("formats") if entry["delivery"] in _DELIVERIES]
    if not formats:
        raise ValueError("no format can be read")
    return Video(
        formats=tuple(_format(entry) for entry in formats),
        chapters=tuple(Chapter(**_known(Chapter, entry)) for entry in fields.pop("chapters", ())),
        subtitles=tuple(Subtitle(**_known(Subtitle, entry)) for entry in fields.pop("subtitles", ())),
        live=Live(fields.pop("live", Live.NO)),
        **fields,
    )


_DELIVERIES = frozenset(Delivery)


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of ``data`` that the dataclass ``kind`` has."""
    return {name: data[name] for name in kind.__dataclass_fields__ if name in data}


def _plain(entry: object) -> object:
    if not dataclasses.is_dataclass(entry) or isinstance(entry, type):
        return entry
    plain = {}
    for field in dataclasses.fields(entry):
        value = getattr(entry, field.name)
        if value is not None and value != field.default:
            plain[field.name] = [_plain(piece) for piece in value] if field.name == "fragments" else value
    return plain


def _format(entry: Mapping[str, Any]) -> Format:
    fields = _known(Format, entry)
    return Format(
        delivery=Delivery(fields.pop("delivery")),
        fragments=tuple(_fragment(piece) for piece in fields.pop("fragments", ())),
        **fields,
    )


def _fragment(piece: Mapping[str, Any]) -> Fragment:
    fields = _known(Fragment, piece)
    if (byte_range := fields.pop("byte_range", None)) is not None:
        first, after = byte_range
        fields["byte_range"] = (int(first), int(after))
    return Fragment(**fields)
