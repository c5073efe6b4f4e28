"""The assertion of a measurement."""

from __future__ import annotations

from ..errors import VerificationFailed

LOOSE_S = 0.0021
"""Matroska rounds to milliseconds, twice where audio and video are shifted together."""


def check(condition: bool, what: str) -> None:
    """Raise ``VerificationFailed`` with ``what`` as its detail unless ``condition``."""
    if not condition:
        raise VerificationFailed(detail=what)
