"""Matroska files written block by block from real packets, so that every shape that RFC 9559 allows can be had."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

_CODECS = {"h264": b"V_MPEG4/ISO/AVC", "vp9": b"V_VP9", "opus": b"A_OPUS", "aac": b"A_AAC"}


@dataclass(frozen=True, slots=True)
class Packet:
    track: int
    time_ns: int
    """Presentation time before the codec's delay is taken off (section 5.1.4.1.25), as blocks have it."""
    key: bool
    data: bytes
    stored_ns: int = 0
    """Decoding time, by which packets are stored."""


@dataclass(frozen=True, slots=True)
class Track:
    number: int
    video: bool
    delay_s: float
    """CodecDelay."""
    entry: bytes


@dataclass(frozen=True, slots=True)
class Coded:
    """Coded streams: packets in the order in which they are stored."""

    packets: list[Packet]
    tracks: list[Track]

    def alone(self, number: int) -> Coded:
        """One of them."""
        return Coded(
            [one for one in self.packets if one.track == number], [one for one in self.tracks if one.number == number]
        )

    @property
    def video(self) -> int | None:
        return next((track.number for track in self.tracks if track.video), None)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written; by default as libwebm does it, with its Cues in front."""

    cues: str | None = "front"
    """``front``, ``end`` or ``None``; ``lost``: a SeekHead that points to something else."""
    cues_of: tuple[int, ...] = ()
    """Tracks that have cues; empty: the picture's, or else the first."""
    every_s: float | None = None
    """Clusters of that length, wherever keyframes are; ``None``: one for each keyframe."""
    ahead_s: float = 0.0
    """How much earlier than its pictures sound is stored."""
    unknown: bool = False
    """Clusters and Segment of unknown size (RFC 8794, section 6.2), as live streams are written."""
    scale_ns: int = 1_000_000
    groups: bool = False
    """BlockGroups, what they refer to in front of the Block."""
    void: int = 0
    """Bytes of a Void wherever one may be."""
    lead_s: float = 0.0
    """Added to every time."""
    behind: bytes = b""
    """Follows the Segment."""
    size_bytes: int | None = None
    """Of a cluster's data size; ``None``: 8."""
    more_tracks: tuple[bytes, ...] = field(default=())


def coded(path: Path) -> Coded:
    """The streams of ``path``, sound and pictures by decoding time."""
    packets: list[tuple[Fraction, Packet]] = []
    tracks: list[Track] = []
    with av.open(str(path)) as file:
        streams: list[VideoStream | AudioStream] = [*file.streams.video, *file.streams.audio]
        found: list[tuple[int, Fraction, Fraction, av.Packet[Any]]] = [
            (one.stream.index, one.pts * one.time_base, one.dts * one.time_base, one)
            for one in file.demux(streams)
            if one.pts is not None and one.dts is not None and one.time_base is not None
        ]
        for number, stream in enumerate(streams, 1):
            delay = max(Fraction(0), -min(pts for index, pts, _, _ in found if index == stream.index))
            tracks.append(Track(number, stream.type == "video", float(delay), _entry(number, stream, delay)))
            for index, pts, dts, one in found:
                if index == stream.index:
                    packet = Packet(
                        number, round((pts + delay) * 10**9), one.is_keyframe, bytes(one), round(dts * 10**9)
                    )
                    packets.append((dts, packet))
    packets.sort(key=lambda pair: pair[0])
    return Coded([one for _, one in packets], tracks)


def _entry(number: int, stream: VideoStream | AudioStream, delay: Fraction) -> bytes:
    """TrackEntry (section 5.1.4.1)."""
    context = stream.codec_context
    extra = bytes(context.extradata or b"")
    parts = uint(0xD7, number) + uint(0x73C5, number) + uint(0x83, 1 if stream.type == "video" else 2)
    parts += element(0x86, _CODECS[context.name.removeprefix("lib")])
    parts += element(0x63A2, extra) if extra else b""
    parts += uint(0x56AA, int(delay * 10**9)) if delay else b""
    if isinstance(context, av.VideoCodecContext):
        parts += element(0xE0, uint(0xB0, context.width) + uint(0xBA, context.height))
    else:
        parts += element(0xE1, element(0xB5, struct.pack(">d", 48000.0)) + uint(0x9F, 2))
    return element(0xAE, parts)


def written(of: Coded, shape: Shape = Shape()) -> bytes:
    """The file."""
    info = element(0x1549A966, uint(0x2AD7B1, shape.scale_ns) + element(0x4489, struct.pack(">d", _length(of, shape))))
    tracks = element(0x1654AE6B, b"".join([*(track.entry for track in of.tracks), *shape.more_tracks]))
    void = element(0xEC, bytes(shape.void)) if shape.void else b""
    groups = list(_clusters(of, shape))
    bodies = [_cluster(of, shape, group, void) for group in groups]
    seek_size = len(_seek_head(0))
    cue_size = len(_cues(of, shape, groups, [1 << 32] * len(groups)))
    front = (seek_size if shape.cues in ("end", "lost") else 0) + len(void) + len(info) + len(tracks)
    front += cue_size if shape.cues == "front" else 0
    places, at = [], front
    for body in bodies:
        places.append(at)
        at += len(body) + len(void)
    cues = _cues(of, shape, groups, places)
    head = _seek_head(at if shape.cues == "end" else 5) if shape.cues in ("end", "lost") else b""
    head += void + info + tracks + (cues if shape.cues == "front" else b"")
    assert len(head) == front
    payload = head + b"".join(body + void for body in bodies) + (cues if shape.cues == "end" else b"")
    size = b"\x01" + b"\xff" * 7 if shape.unknown else (len(payload) | 1 << 56).to_bytes(8, "big")
    return _top() + b"\x18\x53\x80\x67" + size + payload + shape.behind


def element(kind: int, payload: bytes, size_bytes: int = 8) -> bytes:
    size = (len(payload) | 1 << 7 * size_bytes).to_bytes(size_bytes, "big")
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + size + payload


def uint(kind: int, value: int, size: int = 0) -> bytes:
    return element(kind, value.to_bytes(size or max(1, (value.bit_length() + 7) // 8), "big"))


def _top() -> bytes:
    return element(0x1A45DFA3, element(0x4282, b"matroska") + uint(0x4287, 4) + uint(0x4285, 2))


def _length(of: Coded, shape: Shape) -> float:
    times = sorted({one.time_ns for one in of.packets if of.video in (None, one.track)})
    step = max(b - a for a, b in pairwise(times))
    return (times[-1] + step + shape.lead_s * 1e9) / shape.scale_ns


def _units(one: Packet, shape: Shape) -> int:
    return round((one.time_ns + shape.lead_s * 1e9) / shape.scale_ns)


def _clusters(of: Coded, shape: Shape) -> Iterator[list[Packet]]:
    def place(one: Packet) -> float:
        return one.stored_ns - (0 if one.track == of.video else shape.ahead_s * 1e9)

    group: list[Packet] = []
    for one in sorted(of.packets, key=place) if shape.ahead_s else of.packets:
        long = bool(group) and one.time_ns - group[0].time_ns >= (shape.every_s or 5.0) * 1e9
        own = of.video is None or one.track == of.video
        if group and own and (long if shape.every_s or of.video is None else one.key):
            yield group
            group = []
        group.append(one)
    yield group


def _cluster(of: Coded, shape: Shape, group: list[Packet], void: bytes) -> bytes:
    base = _units(group[0], shape)
    body = void + uint(0xE7, base)
    for one in group:
        body += _block(one, _units(one, shape) - base, in_group=shape.groups) + void
    if shape.unknown:
        return b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7 + body
    return element(0x1F43B675, body, shape.size_bytes or 8)


def _block(one: Packet, time: int, *, in_group: bool) -> bytes:
    head = bytes([0x80 | one.track]) + time.to_bytes(2, "big", signed=True)
    if in_group:
        refers = b"" if one.key else element(0xFB, b"\xff")
        return element(0xA0, refers + uint(0x9B, 33) + element(0xA1, head + b"\x00" + one.data))
    return element(0xA3, head + (b"\x80" if one.key else b"\x00") + one.data)


def _cues(of: Coded, shape: Shape, groups: list[list[Packet]], places: list[int]) -> bytes:
    points = b""
    for group, place in zip(groups, places, strict=True):
        for track in shape.cues_of or (of.video or group[0].track,):
            first = next((one for one in group if one.track == track and one.key), None)
            if first is not None:
                position = uint(0xF7, track, 1) + uint(0xF1, place, 8)
                points += element(0xBB, uint(0xB3, _units(first, shape), 8) + element(0xB7, position))
    return element(0x1C53BB6B, points)


def _seek_head(cues_at: int) -> bytes:
    entry = element(0x53AB, (0x1C53BB6B).to_bytes(4, "big")) + uint(0x53AC, cues_at, 8)
    return element(0x114D9B74, element(0x4DBB, entry))
