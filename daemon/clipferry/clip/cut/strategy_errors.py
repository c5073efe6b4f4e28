"""Why one way of cutting does not work, said from inside to whoever can choose another. None of these leaves the package."""

from __future__ import annotations


class StartsTooLate(Exception):
    """What was opened does not show the picture at the start; open an earlier window."""


class QualityTooLow(Exception):
    """A quickly encoded picture does not look enough like its source; encode with care."""


class IndexTooLarge(Exception):
    """The index did not fit into the space that was reserved in front; write it behind and move it."""


class HiddenFrames(Exception):
    """What is to be copied as it is holds pictures that an edit list hides. It has to be cut exactly."""
