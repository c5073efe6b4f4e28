"""Context of one pipeline run: progress, cancellation, and the recording with its limits. One object for all stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .errors import Cancelled
from .model import Video
from .progress import ProgressMeter
from .recording import Recording

CancelCheck = Callable[[], bool]
"""Polled often, from any thread; once true, every stage ends within a second with ``Cancelled``."""


def never() -> bool:
    """Return that a run is not cancelled."""
    return False


def _ignore(_video: Video) -> None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class RunContext:
    """What the stages of a run report to and are stopped by. Thread-safe; the default reports to nobody and is never cancelled."""

    meter: ProgressMeter = field(default_factory=ProgressMeter)
    cancelled: CancelCheck = never
    recording: Recording = field(default_factory=Recording)
    """Limits of a clip of a running broadcast, and the means to stop it: what was recorded by then is the clip.
    ``recording.running`` is true from when the pipeline has found the broadcast to be running."""
    on_video: Callable[[Video], None] = _ignore
    """Called with the resolved video before its bytes are fetched."""
    share: tuple[float, float] = (0.0, 1.0)
    """The part of the writing that this context's ``written`` covers."""

    def check(self) -> None:
        """Raise ``Cancelled`` once the run is cancelled."""
        if self.cancelled():
            raise Cancelled

    def written(self, fraction: float) -> None:
        """Report which fraction, 0 to 1, of the clip's time has been written: of ``share``, if that is not all of it."""
        begin, end = self.share
        self.meter.written(begin + (end - begin) * fraction)

    def part(self, begin: float, end: float) -> RunContext:
        """Return the context of a step that does the part of the writing from ``begin`` to ``end`` (fractions of the whole)."""
        return replace(self, share=(begin, end))

    def stopped_by(self, also: CancelCheck) -> RunContext:
        """Return the context of a step that ``also`` stops, such as one with a time-out of its own."""
        return replace(self, cancelled=lambda: self.cancelled() or also())
