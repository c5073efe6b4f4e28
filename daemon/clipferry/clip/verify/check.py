"""What a measurement says where it is not what it should be."""

from __future__ import annotations

from ..errors import VerificationFailed

LOOSE_S = 0.0021
"""Matroska rounds to milliseconds, twice where audio and frames are shifted together."""


def check(condition: bool, what: str) -> None:
    """Raises ``VerificationFailed`` with ``what`` in its detail unless ``condition``."""
    if not condition:
        raise VerificationFailed(detail=what)
