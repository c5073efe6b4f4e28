"""A block found in the middle of a cluster is a block, or none is found."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.container.matroska import ebml
from clipferry.clip.container.matroska.blocks import first_block

SIZES = st.lists(st.integers(20, 700), min_size=8, max_size=40)


def simple_block(track: int, time: int, payload: bytes) -> bytes:
    """RFC 9559, section 10.2."""
    body = bytes([0x80 | track]) + time.to_bytes(2, "big", signed=True) + b"\x80" + payload
    return bytes([ebml.SIMPLE_BLOCK]) + (len(body) | 1 << 14).to_bytes(2, "big") + body


def cluster(sizes: list[int], seed: int, *, tempting: bool) -> tuple[bytes, dict[int, int]]:
    """Blocks of noise, 20 ms apart, and the time of each by where it begins. ``tempting``: the noise is full of heads of blocks.

    A reserved flag is set in those: a complete block with a plausible time could not be told from a true one.
    """
    noise, data, places = random.Random(seed), b"", {}
    for number, size in enumerate(sizes):
        payload = noise.randbytes(size)
        if tempting:
            pieces = [payload[at : at + 2] + b"\xf0" + payload[at + 3 : at + 9] for at in range(0, size, 9)]
            payload = b"\xa3\x40\x20\x81".join(pieces)
        places[len(data)] = number * 20
        data += simple_block(1, number * 20, payload)
    return data, places


@given(SIZES, st.integers(0, 1 << 30), st.booleans(), st.data())
def test_what_is_found_is_a_block_with_its_own_time(
    sizes: list[int], seed: int, tempting: bool, data: st.DataObject
) -> None:
    coded, places = cluster(sizes, seed, tempting=tempting)
    begin = data.draw(st.integers(0, len(coded) - 1))
    found = first_block(coded[begin:], 1)
    ahead = sorted(at for at in places if at >= begin)
    if found is not None:
        assert found == (ahead[0] - begin, places[ahead[0]])
    else:
        assert len(ahead) < 7, "enough blocks follow to be sure"


@pytest.mark.parametrize(("time", "flags"), [(-1636, 0x80), (-1636, 0xF0), (10, 0x10), (-500, 0x00)])
def test_content_that_ends_like_a_block_is_not_taken_for_one(time: int, flags: int) -> None:
    """It ends where the next block begins, so that five true ones follow."""
    content = bytes([0x81]) + time.to_bytes(2, "big", signed=True) + bytes([flags]) + bytes(28)
    seeming = b"\xa3\x40\x20" + content
    data = simple_block(1, 0, b"\x01" * 40 + seeming)
    ahead = len(data)
    data += b"".join(simple_block(1, number * 20, b"\x02" * 50) for number in range(1, 9))
    assert first_block(data[20:], 1) == (ahead - 20, 20)


@given(st.binary(max_size=3000), st.integers(0, 200))
def test_in_what_is_no_cluster_nothing_is_found(data: bytes, track: int) -> None:
    found = first_block(data, track)
    assert found is None or data[found[0]] == ebml.SIMPLE_BLOCK


def test_blocks_of_another_track_are_not_taken() -> None:
    coded, _ = cluster([100] * 10, 1, tempting=False)
    assert first_block(coded, 1) is not None
    assert first_block(coded, 2) is None
