"""Media playlists (RFC 8216). Pure: text in, segments out; whatever is wrong is a ``ClipError``."""

from __future__ import annotations

import math
import re
from typing import NamedTuple
from urllib.parse import urljoin

from ...errors import BadMedia, DrmProtected, NotStarted

MAX_SEGMENTS = 100_000
"""Two days of two-second segments."""
_MOST_BYTES = 1 << 40
_ATTRIBUTE = re.compile(r'([A-Z0-9-]{1,64})=("[^"\r\n]*"|[^",\r\n]*)')


class Key(NamedTuple):
    """AES-128 in CBC over whole segments (section 5.2)."""

    url: str
    iv: bytes


class Init(NamedTuple):
    """EXT-X-MAP. ``byte_range``: first byte and the byte after the last. ``key``: that of an EXT-X-KEY before it (section 4.3.2.4)."""

    url: str
    byte_range: tuple[int, int] | None = None
    key: Key | None = None


class Segment(NamedTuple):
    url: str
    duration_s: float
    sequence: int
    section: int
    """Grows at every discontinuity."""
    byte_range: tuple[int, int] | None = None
    key: Key | None = None
    init: Init | None = None
    gap: bool = False
    """It is missing, and is not to be requested (EXT-X-GAP, RFC 8216bis, section 4.4.4.7)."""


class Playlist(NamedTuple):
    segments: tuple[Segment, ...]
    target_s: float
    ended: bool
    """No more segments will come."""
    sections_count: bool = False
    """``section`` counts from the stream's beginning (EXT-X-DISCONTINUITY-SEQUENCE), not from this playlist's."""


def attributes(text: str) -> dict[str, str]:
    """Return an attribute list (section 4.2), quotes taken off."""
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def _number(text: str, most: int = 1 << 53) -> int:
    word = text.strip()
    if not (word.isascii() and word.isdigit() and len(word) <= 20) or int(word) > most:
        raise BadMedia(detail=f"no number in the playlist: {word[:40]!r}")
    return int(word)


def _seconds(text: str) -> float:
    try:
        value = float(text.partition(",")[0])
    except ValueError as error:
        raise BadMedia(detail="no duration in the playlist") from error
    if not math.isfinite(value) or not 0 <= value <= 86400:
        raise BadMedia(detail="impossible duration in the playlist")
    return value


def _range(text: str, after: int | None) -> tuple[int, int]:
    """``n[@o]`` (section 4.3.2.2); ``after``: where the piece before ended in the same file."""
    length, _, offset = text.partition("@")
    start = _number(offset) if offset else after
    if start is None:
        raise BadMedia(detail="byte range without a beginning")
    end = start + _number(length)
    if end > _MOST_BYTES:
        raise BadMedia(detail="impossible byte range in the playlist")
    return start, end


class _Reader:
    """What the tags so far say about the next segment."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.segments: list[Segment] = []
        self.sequence = self.section = 0
        self.duration: float | None = None
        self.piece: str | None = None
        self.init: Init | None = None
        self.key: tuple[str, bytes | None] | None = None
        self.target_s = 10.0
        self.ended = self.gap = False
        self.sections_count = False
        self._keyed = False
        self._after: tuple[str, int] | None = None

    def tag(self, name: str, value: str) -> None:
        match name:
            case "#EXTINF":
                self.duration = _seconds(value)
            case "#EXT-X-BYTERANGE":
                self.piece = value.strip()
            case "#EXT-X-TARGETDURATION":
                self.target_s = _seconds(value)
            case "#EXT-X-MEDIA-SEQUENCE":
                self.sequence = _number(value)
            case "#EXT-X-DISCONTINUITY" | "#EXT-X-DISCONTINUITY-SEQUENCE":
                self._discontinuity(value)
            case "#EXT-X-ENDLIST":
                self.ended = True
            case "#EXT-X-PLAYLIST-TYPE":
                self.ended = self.ended or value.strip() == "VOD"
            case "#EXT-X-MAP":
                self._map(attributes(value))
            case "#EXT-X-KEY":
                self._key(attributes(value))
            case "#EXT-X-STREAM-INF" | "#EXT-X-I-FRAME-STREAM-INF":
                raise BadMedia(detail="a master playlist where a media playlist was expected")
            case _:
                pass  # section 6.3.1: unknown tags are ignored
        self.gap = self.gap or name == "#EXT-X-GAP"
        if name != "#EXT-X-KEY":
            self._keyed = False

    def _discontinuity(self, count: str) -> None:
        """One more; with a ``count``: how many there were before this playlist."""
        if count:
            self.section, self.sections_count = _number(count), True
        else:
            self.section += 1

    def _map(self, values: dict[str, str]) -> None:
        if not values.get("URI"):
            raise BadMedia(detail="EXT-X-MAP without URI")
        piece = values.get("BYTERANGE")
        self.init = Init(urljoin(self.base, values["URI"]), _range(piece, 0) if piece else None, self._key_now())

    def _key(self, values: dict[str, str]) -> None:
        """Several keys in a row are the same key in several formats: the plain one counts."""
        method, ours = values.get("METHOD", ""), values.get("KEYFORMAT", "identity") == "identity"
        if method == "NONE":
            self.key = None
        elif method == "AES-128" and ours and values.get("URI"):
            self.key = (urljoin(self.base, values["URI"]), _iv(values.get("IV")))
            self._keyed = True
        elif not self._keyed:
            raise DrmProtected(detail=f"{method[:20]} {values.get('KEYFORMAT', '')[:80]}")

    def _key_now(self) -> Key | None:
        """For what is declared next."""
        return None if self.key is None else Key(self.key[0], self.key[1] or self.sequence.to_bytes(16, "big"))

    def address(self, line: str) -> None:
        if self.duration is None:
            return  # not a segment: some servers leave stray lines
        url = urljoin(self.base, line)
        piece = None
        if self.piece is not None:
            after = self._after[1] if self._after is not None and self._after[0] == url else None
            piece = _range(self.piece, after)
            self._after = (url, piece[1])
        if len(self.segments) >= MAX_SEGMENTS:
            raise BadMedia("playlist_too_long")
        self.segments.append(
            Segment(url, self.duration, self.sequence, self.section, piece, self._key_now(), self.init, self.gap)
        )
        self.sequence += 1
        self.duration = self.piece = None
        self.gap = False


def _iv(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        value = int(text, 16) if text[:2].lower() == "0x" and len(text) <= 34 else -1
    except ValueError:
        value = -1
    if value < 0:
        raise BadMedia(detail="broken IV")
    return value.to_bytes(16, "big")


def parse(data: bytes, base: str) -> Playlist:
    """Return the media playlist in ``data``; ``base``: the URL that it came from.

    Raises:
        BadMedia: not a media playlist; DrmProtected: encrypted with more than AES-128; NotStarted: no segments yet.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMedia(detail="a playlist that is not UTF-8") from error
    lines = text.splitlines()
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise BadMedia(detail="no playlist")
    reader = _Reader(base)
    try:
        for raw in lines[1:]:
            line = raw.strip()
            if line.startswith("#EXT"):
                name, _, value = line.partition(":")
                reader.tag(name, value)
            elif line and not line.startswith("#"):
                reader.address(line)
    except ValueError as error:
        raise BadMedia(detail=f"broken address in the playlist: {error}") from error
    if not reader.segments:
        raise BadMedia("playlist_empty") if reader.ended else NotStarted()
    return Playlist(tuple(reader.segments), reader.target_s, reader.ended, reader.sections_count)
