"""The request to the cutter, and the sequence of attempts at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..container.codec_support import Container
from ..model import CutMode, MediaSource, Window
from .file_metadata import SourceMetadata
from .strategy_errors import (
    CannotSplice,
    HiddenFrames,
    IndexTooLarge,
    QualityTooLow,
    ReorderExceeded,
    StartsTooLate,
    StrategyFailed,
)

_FIRST_LEAD_S = 2.0
_MAX_LEAD_S = 150.0
"""GOPs are seconds long: a source without a random access point in this much has none."""


class CutRequest(NamedTuple):
    """The arguments of :func:`.cutter.cut`, where there is video."""

    video: MediaSource
    audio: MediaSource | None
    start_s: float
    end_s: float | None
    target: Path
    container: Container
    mode: CutMode
    quality: int | None
    metadata: SourceMetadata
    open_end: bool
    on_progress: Callable[[float], None]
    cancelled: Callable[[], bool]

    def window(self, lead_s: float) -> Window:
        return Window(max(0.0, self.start_s - lead_s), self.end_s)

    def length_s(self) -> float | None:
        """Return the length of the clip; ``None``: it ends with a source of unknown length."""
        if self.end_s is not None:
            return self.end_s - self.start_s
        total = self.video.duration_s()
        return None if total is None else max(total - self.start_s, 0.0)


class Attempt(NamedTuple):
    """The parameters of one attempt."""

    mode: CutMode
    whole: bool
    """Copy the video from its first packet to its last."""
    lead_s: float = 0.0
    """How long before the start the source is opened."""
    encode_all: str | None = None
    """Why every frame has to be encoded, as found out by an earlier attempt."""
    fast_preset: bool = True
    """Encode edges with a fast preset after a quality gate, where there is one."""
    reorder: int | None = None
    """Reorder depth for decode times; ``None``: as the headers declare it."""
    reserve_index: bool = True
    """Reserve space for the index before the media; else a second pass moves it there."""


def first_attempt(request: CutRequest) -> Attempt:
    whole = request.start_s <= 0 and request.end_s is None and request.mode is not CutMode.REENCODE
    return Attempt(request.mode, whole)


def next_attempt(attempt: Attempt, failure: StrategyFailed, start_s: float) -> Attempt | None:
    """Return the attempt that avoids ``failure``; ``None``: there is none."""
    following: Attempt | None = None
    match failure:
        case StartsTooLate() if attempt.lead_s < start_s and attempt.lead_s <= _MAX_LEAD_S:
            following = attempt._replace(lead_s=max(_FIRST_LEAD_S, attempt.lead_s * 3))
        case CannotSplice() if attempt.encode_all is None:
            following = attempt._replace(encode_all=str(failure), reorder=None)
        case ReorderExceeded(needed=needed):
            following = attempt._replace(reorder=max(needed, (attempt.reorder or 0) + 1))
        case HiddenFrames():
            following = attempt._replace(mode=CutMode.EXACT, whole=False)
        case QualityTooLow():
            following = attempt._replace(fast_preset=False)
        case IndexTooLarge():
            following = attempt._replace(reserve_index=False)
    return following
