"""The request to the cutter, and the sequence of attempts at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ..container.codec_support import Container, container_for
from ..model import CutMode, MediaSource, OutputKind, Window
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


@dataclass(frozen=True, slots=True)
class CutRequest:
    """What is to be cut, and into which file."""

    video: MediaSource | None
    """Source of the video track; ``None``: cut audio only."""
    audio: MediaSource | None
    """Source of the audio track; ``None``: the audio track in the file of ``video``, if there is one."""
    start_s: float
    """Presentation time in seconds, like ``end_s``."""
    end_s: float | None
    """``None``: the end of the source."""
    target: Path
    kind: OutputKind
    """MP4, WebM or MKV; M4A or Opus without ``video``. A codec that the container cannot hold is re-encoded."""
    mode: CutMode = CutMode.EXACT
    quality: int | None = None
    """Constant rate factor on x264's scale for ``CutMode.REENCODE``."""
    metadata: SourceMetadata = field(default_factory=SourceMetadata)
    open_end: bool = False
    """The sources may end at any moment before ``end_s`` (a live stream); the file is finished at once then, and the audio ends with
    the video."""

    @property
    def container(self) -> Container:
        return container_for(self.kind)

    @property
    def source(self) -> MediaSource:
        """Source of the track that determines the clip: video, if there is any."""
        source = self.video if self.video is not None else self.audio
        assert source is not None
        return source

    @property
    def audio_source(self) -> MediaSource:
        """Source that holds the audio track, if there is one."""
        return self.audio if self.audio is not None else self.source

    @property
    def whole(self) -> bool:
        """Whether the clip is all of the source."""
        return self.start_s <= 0 and self.end_s is None

    def window(self, lead_s: float) -> Window:
        return Window(max(0.0, self.start_s - lead_s), self.end_s)

    def length_s(self) -> float | None:
        """Return the length of the clip; ``None``: it ends with a source of unknown length."""
        if self.end_s is not None:
            return self.end_s - self.start_s
        total_s = self.source.duration_s()
        return None if total_s is None else max(total_s - self.start_s, 0.0)


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
    return Attempt(request.mode, request.whole and request.mode is not CutMode.REENCODE)


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
