"""EBML's numbers, at the edges of every length (RFC 8794, sections 4 to 6)."""

from __future__ import annotations

import pytest

from clipferry.clip.container.matroska import ebml
from clipferry.clip.errors import BadMedia

LENGTHS = range(1, 9)


def coded(value: int, length: int) -> bytes:
    return (value | 1 << 7 * length).to_bytes(length, "big")


@pytest.mark.parametrize("length", LENGTHS)
def test_a_number_of_every_length(length: int) -> None:
    for value in (0, 1, (1 << 7 * length) - 2):
        assert ebml.vint(b"\x00" + coded(value, length) + b"\xff", 1, marker=False) == (value, length)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_size_of_ones_alone_is_unknown(length: int) -> None:
    ones = (1 << 7 * length) - 1
    assert ebml.element(b"\xec" + coded(ones, length)).size is None
    assert ebml.element(b"\xec" + coded(ones - 1, length)) == ebml.Element(0xEC, 1 + length, ones - 1)


@pytest.mark.parametrize("kind", [0xA3, 0x4DBB, 0x2AD7B1, 0x1F43B675])
def test_ids_keep_their_length_bit(kind: int) -> None:
    data = kind.to_bytes((kind.bit_length() + 7) // 8, "big") + b"\x80"
    assert ebml.element(data, 0, 1000) == ebml.Element(kind, 1000 + len(data), 0)


@pytest.mark.parametrize("data", [b"", b"\x00\x81", b"\xa3", b"\x40", b"\x08\x12\x34\x56\x78\x81", b"\xa3\x01\xff"])
def test_what_is_no_element(data: bytes) -> None:
    with pytest.raises(BadMedia):
        ebml.element(data)


def test_children_stay_within_their_parent() -> None:
    inner = b"\xec\x82ab"
    assert [(one.id, data) for one, data in ebml.children(inner * 2)] == [(0xEC, b"ab")] * 2
    for wrong in (inner[:-1], inner + b"\xec\xff"):
        with pytest.raises(BadMedia):
            list(ebml.children(wrong))


def test_a_size_that_we_write_is_read_again() -> None:
    for size in (0, 127, 1 << 40):
        assert ebml.vint(ebml.encoded_size(size), 0, marker=False) == (size, 8)
    assert ebml.element(b"\xec" + ebml.UNKNOWN_SIZE).size is None
