"""Validity of ADTS frames (ISO/IEC 13818-7 6.2)."""

from __future__ import annotations

import pytest

from clipferry.clip.codec.adts import is_frame

GOOD = "ff f1 4c 80 01 3f fc 21"


@pytest.mark.parametrize(
    ("packet", "is_one"),
    [
        (GOOD, True),
        ("", False),
        (GOOD[:20], False),  # nothing after the header
        ("ff f0" + GOOD[5:], False),  # nothing after its checksum
        ("ff f0" + GOOD[5:] + "00 00 00", True),
        ("0f" + GOOD[2:], False),
        ("ff 01" + GOOD[5:], False),
        ("ff f1 74" + GOOD[8:], False),  # a rate that there is not
        ("ff f1 4c 80 00 1f fc 21", False),  # shorter than its header
        ("ff" * 20, False),
    ],
)
def test_a_frame_begins_with_its_header(packet: str, is_one: bool) -> None:
    assert is_frame(bytes.fromhex(packet)) is is_one
