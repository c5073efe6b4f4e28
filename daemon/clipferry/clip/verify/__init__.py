"""The finished clip is opened and measured, as a stranger would open it. :func:`prove` is the way in."""

from .verifier import verify_clip

__all__ = ["verify_clip"]
