"""What a bitstream can lack for splicing. Never leaves the engine: another strategy is chosen."""

from __future__ import annotations


class CannotSplice(Exception):
    """Copied and encoded packets cannot be joined here; every frame has to be encoded. The message is for a person."""
