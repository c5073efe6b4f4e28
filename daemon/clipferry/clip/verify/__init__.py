"""Verification of a finished clip: open it as a player would, and measure it. Entry point: :func:`verify_clip`."""

from .verifier import verify_clip

__all__ = ["verify_clip"]
