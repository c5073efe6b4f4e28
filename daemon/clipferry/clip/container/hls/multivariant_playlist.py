"""Master playlists (RFC 8216, section 4.3.4): which of their streams is meant. Pure."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urljoin

from ...errors import BadMedia, DrmProtected
from ...model import Format
from .media_playlist import attributes

_MOST = 1000


class Variant(NamedTuple):
    """One quality. ``audio``: the group of renditions that belongs to it."""

    url: str
    bandwidth: int
    width: int
    height: int
    sound: str | None


class Rendition(NamedTuple):
    """An audio rendition, separate from the video."""

    group: str
    url: str
    language: str | None
    default: bool


class Master(NamedTuple):
    variants: tuple[Variant, ...]
    sounds: tuple[Rendition, ...]


def is_master(data: bytes) -> bool:
    """Return whether it is one, and not a media playlist (section 4.1: no playlist is both)."""
    return data.lstrip(b"\xef\xbb\xbf").startswith(b"#EXTM3U") and b"#EXT-X-STREAM-INF" in data


def parse(data: bytes, base: str) -> Master:
    """Return the master playlist in ``data``; ``base``: the URL that it came from.

    Raises:
        BadMedia: broken, or of no streams; DrmProtected: all of it is encrypted with more than AES-128.
    """
    variants: list[Variant] = []
    sounds: list[Rendition] = []
    stream: dict[str, str] | None = None
    for raw in data.decode("utf-8", "replace").splitlines():
        line = raw.strip()
        name, _, value = line.partition(":")
        try:
            if name == "#EXT-X-STREAM-INF":
                stream = attributes(value)
            elif name == "#EXT-X-MEDIA":
                sounds += _rendition(attributes(value), base)
            elif name == "#EXT-X-SESSION-KEY" and attributes(value).get("METHOD", "") not in ("NONE", "AES-128"):
                raise DrmProtected(detail=value[:80])
            elif line and not line.startswith("#") and stream is not None:
                variants.append(_variant(stream, urljoin(base, line)))
                stream = None
        except ValueError as error:
            raise BadMedia(detail=f"broken address in the playlist: {error}") from error
        if len(variants) + len(sounds) > _MOST:
            raise BadMedia("playlist_too_long")
    if not variants:
        raise BadMedia("playlist_empty")
    return Master(tuple(variants), tuple(sounds))


def _variant(values: dict[str, str], url: str) -> Variant:
    width, _, height = values.get("RESOLUTION", "").partition("x")
    return Variant(
        url,
        _whole(values.get("AVERAGE-BANDWIDTH") or values.get("BANDWIDTH", "")),
        _whole(width),
        _whole(height),
        values.get("AUDIO"),
    )


def _rendition(values: dict[str, str], base: str) -> list[Rendition]:
    if values.get("TYPE") != "AUDIO" or not values.get("URI"):
        return []  # without an address it is the audio within the variant (section 4.3.4.2.1)
    url, default = urljoin(base, values["URI"]), values.get("DEFAULT") == "YES"
    return [Rendition(values.get("GROUP-ID", ""), url, values.get("LANGUAGE"), default)]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def variant_of(master: Master, format_: Format) -> Variant:
    """Return the quality that ``format_`` means: the only one; else of its height; among those the nearest bit rate, or the best where it
    names none."""
    rate = format_.bit_rate

    def far(variant: Variant) -> tuple[int, int]:
        lines = abs(variant.height - format_.height) if format_.height else 0
        return lines, abs(variant.bandwidth - rate) if rate else -variant.bandwidth

    return min(master.variants, key=far)


def sound_of(master: Master, variant: Variant, format_: Format) -> Rendition | None:
    """Return the audio that goes with ``variant``, in the format's language or else the one played by default; ``None``: its own."""
    group = [sound for sound in master.sounds if sound.group == variant.sound]
    return min(group, key=lambda sound: (sound.language != format_.language, not sound.default), default=None)
