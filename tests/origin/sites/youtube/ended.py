"""A broadcast that has just ended ("post-live", without a manifest): its pieces by number (``sq``), each with its own header."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from ...reply import Ask, Reply, missing
from .films import Film, Itag

PIECE_S = 10
"""``targetDurationSec`` of every format."""
_FRAGMENT_S = {False: 5, True: 10}
"""Seconds in a fragment of our pictures and of our sound."""


def piece(ask: Ask, film: Film, itag: Itag, path: Path, headers: dict[str, str]) -> Reply:
    """What ``sq`` asks for; without it nothing, but the headers tell how far the broadcast came (yt-dlp leaves out the last two)."""
    pieces = round(film.seconds / PIECE_S)
    told = {**headers, "X-Head-Seqnum": str(pieces + 1)}
    number = ask.query.get("sq")
    if number is None:
        return Reply(content_type=itag.mime.partition(";")[0], headers=told)
    boxes = list(_boxes(path.read_bytes()))
    head = b"".join(data for kind, data in boxes if kind in (b"ftyp", b"moov"))
    media = [data for kind, data in boxes if kind in (b"moof", b"mdat")]
    each = 2 * PIECE_S // _FRAGMENT_S[itag.audio]
    own = media[int(number) * each : (int(number) + 1) * each]
    return (
        Reply(body=head + b"".join(own), content_type=itag.mime.partition(";")[0], headers=told) if own else missing()
    )


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at : at + size]
        at += size
