"""Bits, emulation prevention, NAL units after start codes and after lengths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.codec.bitstream import BitReader, BitWriter, escape, unescape
from clipferry.clip.codec.nal import join_lengths, split_lengths, split_start_codes

# NAL units as they travel: escaped, and with a last byte that is not zero (7.4.1 of H.264)
nals = st.binary(min_size=1, max_size=600).map(lambda raw: escape(b"\x65" + raw) + b"\x80")


@given(st.lists(st.integers(0, 2**31 - 2), max_size=40))
def test_exp_golomb_numbers_read_back_as_written(numbers: list[int]) -> None:
    writer = BitWriter()
    for number in numbers:
        writer.ue(number)
    reader = BitReader(writer.finish())
    assert [reader.ue() for _ in numbers] == numbers


def test_signed_exp_golomb_follows_table_9_3() -> None:
    reader = BitReader(bytes([0b1_010_011_0, 0b0100_0010, 0b1_0000000]))
    assert [reader.se() for _ in range(5)] == [0, 1, -1, 2, -2]


def test_reading_past_the_end_is_an_error_not_a_zero() -> None:
    reader = BitReader(b"\xff")
    reader.u(8)
    with pytest.raises(ValueError, match="ends early"):
        reader.u(1)


@given(st.binary(max_size=300) | st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4]), max_size=60).map(bytes))
def test_escaping_is_undone_and_leaves_no_start_code(payload: bytes) -> None:
    escaped = escape(payload)
    assert unescape(escaped) == payload
    assert not any(code in escaped for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))


@given(st.lists(nals, min_size=1, max_size=8), st.booleans())
def test_units_between_start_codes_round_trip(units: list[bytes], long_codes: bool) -> None:
    stream = b"".join((b"\0\0\0\1" if long_codes else b"\0\0\1") + unit for unit in units)
    assert split_start_codes(stream) == units


@given(st.lists(nals, min_size=1, max_size=8))
def test_units_after_lengths_round_trip(units: list[bytes]) -> None:
    assert [bytes(unit) for unit in split_lengths(join_lengths(units))] == units


def test_a_unit_of_256_to_511_bytes_is_not_taken_for_a_start_code() -> None:
    unit = b"\x41" + b"\xaa" * 299
    packet = join_lengths([unit])
    assert packet[:3] == b"\0\0\1"
    assert [bytes(found) for found in split_lengths(packet)] == [unit]


def test_a_length_that_exceeds_the_packet_is_an_error() -> None:
    with pytest.raises(ValueError, match="past its packet"):
        list(split_lengths(b"\0\0\0\x09abc"))
