"""Facts that are found out only while cutting and rule out the current attempt.

Everything that the headers show before cutting is a row of the table in :mod:`.strategy` instead. :func:`.attempts.next_attempt`
maps each failure to the next attempt; none leaves the package.
"""

from __future__ import annotations


class StrategyFailed(Exception):
    """The attempt cannot produce the clip; another one may."""


class StartsTooLate(StrategyFailed):
    """The opened window has no random access point at or before the start. Known once its packets are demuxed."""


class CannotSplice(StrategyFailed):
    """Copied and encoded packets cannot be joined, so every frame has to be encoded. The message is for the user.

    Known once a packet to be copied turns out to be damaged, to change the format or to be hidden by an edit list, or once the
    tail's frames do not decode.
    """


class ReorderExceeded(StrategyFailed):
    """Packets are reordered by more than was assumed. Known once such a packet comes up; ``needed``: a lower bound."""

    def __init__(self, needed: int) -> None:
        self.needed = needed
        super().__init__(f"reorder depth of at least {needed}")


class HiddenFrames(StrategyFailed):
    """A plain copy would contain frames that an edit list hides. Known once a packet is flagged."""


class QualityTooLow(StrategyFailed):
    """A frame of the fast preset misses the quality gate. Known once it is encoded and decoded again."""


class IndexTooLarge(StrategyFailed):
    """The index does not fit into the space reserved before the media. Known when the file is finished."""
