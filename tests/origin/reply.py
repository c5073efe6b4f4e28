"""What a site answers, as values; how the bytes travel is :mod:`origin.deliver`'s business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

TYPES = {
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".m4s": "video/iso.segment",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".ts": "video/mp2t",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".jpg": "image/jpeg",
    ".html": "text/html; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, as far as sites care."""

    method: str
    host: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes
    browser: bool = False
    """Handshake and header fields are a browser's (:mod:`origin.fingerprint`)."""

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.query_string, keep_blank_values=True).items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """Either a ``body`` or the ``file``. ``ranges``: whether Range is honoured. ``throttle``: long answers slow down."""

    status: int = 200
    body: bytes = b""
    file: Path | None = None
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    ranges: bool = False
    part: tuple[int, int] | None = None
    """First byte and the byte after the last of what is the whole here: googlevideo's ``range=`` parameter."""
    throttle: bool = False
    etag: bool = True
    """Whether a file gets an ETag; googlevideo gives none."""


def page(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, text.encode(), headers=headers or {})


def data(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, content_type="application/json; charset=utf-8", headers=headers or {})


def file(path: Path, *, content_type: str | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(
        file=path,
        content_type=content_type or TYPES.get(path.suffix, "application/octet-stream"),
        headers=headers or {},
        ranges=True,
    )


def missing(text: str = "not here") -> Reply:
    return page(f"<!doctype html><title>404</title><p>{text}</p>", status=404)


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status, headers={"Location": location})
