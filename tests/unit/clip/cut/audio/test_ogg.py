"""The length of an Opus packet by its first bytes (RFC 6716 3.1, 3.2)."""

from __future__ import annotations

import pytest

from clipferry.clip.cut.audio.ogg import packet_samples


@pytest.mark.parametrize(
    ("packet", "milliseconds"),
    [
        ("fc ff fe", 20),
        ("e0 00", 2.5),
        ("18", 60),
        ("1b 02 00", 120),
        ("f9 00 00", 40),
        ("fa 01 00 00", 40),
        ("e3 30", 120),
        ("68", 20),
        ("", 0),
        ("fb", 0),
        ("fb 00", 0),
        ("1b 03 00", 0),
    ],
)
def test_packet_length(packet: str, milliseconds: float) -> None:
    assert packet_samples(bytes.fromhex(packet)) == milliseconds * 48
