"""The head of a WebM or Matroska file (RFC 9559, section 5.1): what stands before its first cluster, and the Cues wherever they are."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from ...download.remote_file import RemoteFile
from ...errors import BadMedia, DrmProtected
from . import cues as index
from . import ebml

TOP_LEVEL = frozenset(
    {ebml.CLUSTER, ebml.CUES, ebml.SEEK_HEAD, ebml.INFO, ebml.TRACKS, 0x1254C367, 0x1043A770, 0x1941A469}
)
MAX_HEAD_BYTES = 32 * 1024 * 1024
_VIDEO = 1
_IN_ORDER = (b"V_VP8", b"V_VP9", b"V_AV1")


@dataclass(slots=True)
class Tracks:
    """By TrackNumber."""

    numbers: set[int] = field(default_factory=set)
    video: int | None = None
    """The first with video."""
    reordering: set[int] = field(default_factory=set)
    """Those whose frames may be stored in another order than they are shown in."""


class Head(NamedTuple):
    """``top``, ``info`` and ``track_data`` are the EBML header, whole, and the payloads of Info and Tracks."""

    top: bytes
    info: bytes
    track_data: bytes
    scale_ns: int
    """The TimestampScale: nanoseconds of one unit of every other time in the file."""
    length_s: float | None
    """Duration; writers and players take it for the last timestamp."""
    tracks: Tracks
    cues: index.Cues
    first_cluster: int
    """Its first byte in the file."""
    end: int | None
    """Where the Segment ends in the file, by its own header."""

    def seconds(self, time: int) -> float:
        """``time`` in units of the file."""
        return time * self.scale_ns / 1e9


def element_at(file: RemoteFile, at: int) -> ebml.Element:
    """Return the element whose head is at ``at``.

    Raises:
        BadMedia: none, or the file ends.
    """
    left = ebml.MAX_HEAD if file.size is None else min(ebml.MAX_HEAD, file.size - at)
    if left < 2:
        raise BadMedia(detail="the file ends too soon")
    return ebml.element(file.read_exactly(at, left), 0, at)


def payload_of(file: RemoteFile, found: ebml.Element) -> bytes:
    """Return all of an element that belongs to a head.

    Raises:
        BadMedia: more than ``MAX_HEAD_BYTES``, or of unknown size.
    """
    if found.size is None or found.size > MAX_HEAD_BYTES:
        raise BadMedia(detail=f"element {found.id:x} too large")
    file.want(found.payload, found.payload + found.size, urgent=True)
    return file.read_exactly(found.payload, found.size)


def element_of_segment(file: RemoteFile, head: Head, at: int) -> ebml.Element | None:
    """Return the element at ``at``; ``None``: nothing more. A Segment that continues past its declared size is read on.

    Raises:
        BadMedia: neither of both.
    """
    if (file.size is not None and at + 2 >= file.size) or not file.read(at, 1):
        return None
    over = head.end is not None and at >= head.end
    try:
        found = element_at(file, at)
    except BadMedia:
        if over:
            return None
        raise
    return None if over and found.id not in TOP_LEVEL else found


def read_head(file: RemoteFile) -> Head:
    """Return the head of ``file``, and its Cues wherever they are.

    Raises:
        BadMedia: it is none, or broken; DrmProtected: its tracks are encrypted.
    """
    top = element_at(file, 0)
    if top.id != ebml.EBML or top.end is None or top.size is None or top.size > 4096:
        raise BadMedia(detail="not EBML")
    segment = element_at(file, top.end)
    if segment.id != ebml.SEGMENT:
        raise BadMedia(detail="no Segment")
    parts, at = _before_clusters(file, segment.payload)
    scale_ns, length_s = _info(parts.get(ebml.INFO, b""))
    tracks = _tracks(parts.get(ebml.TRACKS, b""))
    cue_data = parts.get(ebml.CUES)
    if cue_data is None and ebml.SEEK_HEAD in parts:
        cue_data = _sought_cues(file, segment.payload, parts[ebml.SEEK_HEAD])
    return Head(
        top=file.read_exactly(0, top.end),
        info=parts.get(ebml.INFO, b""),
        track_data=parts.get(ebml.TRACKS, b""),
        scale_ns=scale_ns,
        length_s=length_s,
        tracks=tracks,
        cues=index.parse(cue_data or b"", segment.payload, scale_ns, tracks.video),
        first_cluster=at,
        end=segment.end,
    )


def _before_clusters(file: RemoteFile, at: int) -> tuple[dict[int, bytes], int]:
    """Return the payloads of what stands before the first cluster and matters to us; and where that one begins."""
    parts: dict[int, bytes] = {}
    while (found := element_at(file, at)).id != ebml.CLUSTER:
        if found.id == ebml.SEEK_HEAD:
            data = payload_of(file, found)
            if _seek_cues(data) is not None or found.id not in parts:
                parts[found.id] = data
        elif found.id in (ebml.INFO, ebml.TRACKS, ebml.CUES):
            parts[found.id] = payload_of(file, found)
        if found.end is None:
            raise BadMedia(detail="head of unknown size")
        at = found.end
    return parts, at


def _sought_cues(file: RemoteFile, origin: int, seek_head: bytes) -> bytes | None:
    """Return the Cues that a SeekHead points to; ``None``: it points to none, or nowhere: the clusters are walked instead."""
    position = _seek_cues(seek_head)
    if position is None:
        return None
    try:
        found = element_at(file, origin + position)
        return payload_of(file, found) if found.id == ebml.CUES else None
    except BadMedia:
        return None


def _seek_cues(payload: bytes) -> int | None:
    for entry, data in ebml.children(payload):
        if entry.id == ebml.SEEK:
            values = {part.id: value for part, value in ebml.children(data)}
            if values.get(ebml.SEEK_ID) == ebml.CUES.to_bytes(4, "big"):
                return ebml.number(values.get(ebml.SEEK_POSITION, b""))
    return None


def _info(payload: bytes) -> tuple[int, float | None]:
    """TimestampScale in nanoseconds, and Duration in seconds."""
    scale_ns, length = 1_000_000, None
    for part, value in ebml.children(payload):
        if part.id == ebml.TIMESTAMP_SCALE:
            scale_ns = ebml.number(value)
        elif part.id == ebml.DURATION and len(value) in (4, 8):
            told = struct.unpack(">f" if len(value) == 4 else ">d", value)[0]
            length = told if math.isfinite(told) and told > 0 else None
    if not 0 < scale_ns <= 1_000_000_000:
        raise BadMedia(detail="impossible TimestampScale")
    return scale_ns, None if length is None else length * (scale_ns / 1e9)


def _tracks(payload: bytes) -> Tracks:
    found = Tracks()
    for entry, data in ebml.children(payload):
        if entry.id != ebml.TRACK_ENTRY:
            continue
        values = {part.id: value for part, value in ebml.children(data)}
        for _, encoding in ebml.children(values.get(ebml.CONTENT_ENCODINGS, b"")):
            if any(part.id == ebml.CONTENT_ENCRYPTION for part, _ in ebml.children(encoding)):
                raise DrmProtected
        kind, track = ebml.number(values.get(ebml.TRACK_TYPE, b"")), ebml.number(values.get(ebml.TRACK_NUMBER, b""))
        found.numbers.add(track)
        if kind == _VIDEO and values.get(ebml.CODEC_ID, b"") not in _IN_ORDER:
            found.reordering.add(track)
        if kind == _VIDEO and found.video is None:
            found.video = track
    if not found.numbers:
        raise BadMedia(detail="no tracks")
    return found
