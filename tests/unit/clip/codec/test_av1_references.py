"""Which AV1 frames can be skipped on the way to another one."""

from __future__ import annotations

from typing import TypeAlias, cast

import pytest
from av.codec import CodecContext
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.codec.av1_obu import FRAME, units
from clipferry.clip.codec.av1_references import LeadingUnits
from clipferry.clip.cut.encoding.encoder import EdgeEncoder
from unit.clip.cut.synthetic_frames import pictures, settings

COUNT = 70

Encoded: TypeAlias = "list[tuple[bytes, int]]"
"""Temporal units with their times."""


@pytest.fixture(scope="module", params=["pred-struct=2", "pred-struct=1", "pred-struct=2:scm=1:enable-overlays=1"])
def encoded(request: pytest.FixtureRequest) -> Encoded:
    """Some seconds, in random-access, low-delay and screen-content order."""
    encoder = EdgeEncoder(settings(10, 30, request.param))
    packets: list[Packet[Stream]] = []
    for place, picture in enumerate(pictures(COUNT)):
        packets += encoder.encode(picture, place)
    packets += encoder.flush()
    return [(bytes(packet), cast("int", packet.pts)) for packet in packets]


def shown(units_of: Encoded, skip: str = "DEFAULT") -> dict[int, bytes]:
    """What comes out, by time."""
    decoder = cast("VideoCodecContext", CodecContext.create("libdav1d", "r"))
    decoder.skip_frame = skip
    packets: list[Packet[Stream] | None] = []
    for data, pts in units_of:
        packet: Packet[Stream] = Packet(data)
        packet.pts = pts
        packets.append(packet)
    decoded = [frame for each in [*packets, None] for frame in decoder.decode(each)]
    return {cast("int", frame.pts): frame.to_ndarray().tobytes() for frame in decoded}


def needed(encoded: Encoded) -> Encoded:
    lead = LeadingUnits(None)  # the first temporal unit brings its sequence header along
    for data, _ in encoded:
        lead.add(data)
    return [(left, pts) for left, (_, pts) in zip(lead.needed(), encoded, strict=True) if left]


def frames(units_of: Encoded) -> int:
    """How many have to be decoded."""
    return sum(unit.kind == FRAME for data, _ in units_of for unit in units(data))


def test_the_remaining_units_decode_alike(encoded: Encoded) -> None:
    every, fewer = shown(encoded), shown(needed(encoded))
    assert len(every) == COUNT
    assert fewer.items() <= every.items()


def test_a_pyramid_needs_few_of_its_frames(encoded: Encoded) -> None:
    """What is in the slots, and the base that it is built on: here at most each third or fourth frame."""
    assert frames(needed(encoded)) <= COUNT // 3
    assert frames(needed(encoded)) < len(shown(encoded, skip="NONREF"))


def test_the_frames_after_decode_alike(encoded: Encoded) -> None:
    """As on the way to a clip's first frame: what is needed up to there, all from there on."""
    every = shown(encoded)
    for first in range(1, COUNT, 7):
        found = shown([*needed(encoded[:first]), *encoded[first:]])
        assert {pts: found.get(pts) for pts in range(first, COUNT)} == {pts: every[pts] for pts in range(first, COUNT)}


def test_without_a_sequence_header_everything_is_needed(encoded: Encoded) -> None:
    assert needed(encoded[1:]) == encoded[1:]


def test_an_unreadable_header_makes_all_needed(encoded: Encoded) -> None:
    tiles_apart = b"\x22\x01\x00"  # a group of tiles that belongs to a header elsewhere
    odd = [*encoded[:40], (tiles_apart, 40), *encoded[41:]]
    assert needed(odd) == odd


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_random_bytes_raise_nothing(header: bytes, unit: bytes) -> None:
    lead = LeadingUnits(bytes(4) + b"\x0a" + bytes([len(header)]) + header)
    lead.add(b"\x32" + bytes([len(unit)]) + unit)
    lead.add(unit)
    lead.needed()
    list(units(unit))
