"""What a file says of itself beside frames and audio: tags, chapters, subtitles, a cover."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..container.codec_support import Container
from ..format_selection import chapters_within
from ..model import Chapter

if TYPE_CHECKING:
    from ..subtitles.cues import TextTrack


@dataclass(frozen=True, slots=True)
class ClipMetadata:
    """What the file says of itself, and its subtitles. Times are on the clip's own clock."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    chapters: Sequence[Chapter] = ()
    texts: Sequence[TextTrack] = ()
    cover: bytes | None = None
    """A JPEG or PNG; goes into Matroska only, as the one container that libav puts it in front of."""

    def room(self) -> int:
        """Bytes that they take in an index at most: chapters stand in it twice, as a list and as a text track."""
        text = sum(len(value.encode()) + 64 for value in self.metadata.values())
        text += sum(2 * len(chapter.title.encode()) + 128 for chapter in self.chapters)
        if self.texts:
            from .subtitle_track import max_index_bytes  # noqa: PLC0415 - few clips have any

            text += max_index_bytes(self.texts)
        return text


class SourceMetadata(NamedTuple):
    """What the file is to say of itself; times are the video's."""

    metadata: Mapping[str, str]
    chapters: Sequence[Chapter]
    texts: Callable[[], Sequence[TextTrack]]
    cover: Callable[[], bytes | None]

    def within(self, start_s: float, end_s: float | None, container: Container) -> ClipMetadata:
        """On the clip's clock."""
        end = math.inf if end_s is None else end_s
        texts: Sequence[TextTrack] = ()
        if container.video != frozenset() and (tracks := self.texts()):
            from ..subtitles.cues import cut_track  # noqa: PLC0415 - few clips have any

            texts = [track for whole in tracks if (track := cut_track(whole, start_s, end)).cues]
        cover = self.cover() if container.has_attachments else None
        return ClipMetadata(self.metadata, chapters_within(self.chapters, start_s, end), texts, cover)
