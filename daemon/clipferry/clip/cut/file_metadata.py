"""Metadata of a file beside its video and audio: tags, chapters, subtitles, cover."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..container.codec_support import Container
from ..format_selection import chapters_within
from ..model import Chapter

if TYPE_CHECKING:
    from ..subtitles.cues import TextTrack


@dataclass(frozen=True, slots=True)
class ClipMetadata:
    """Metadata of the clip; times are on the clip's clock."""

    tags: Mapping[str, str] = field(default_factory=dict)
    chapters: Sequence[Chapter] = ()
    texts: Sequence[TextTrack] = ()
    cover: bytes | None = None
    """A JPEG or PNG; written to Matroska only, the one container where libav stores it before the media."""

    def max_index_bytes(self) -> int:
        """Return an upper bound for its size in the index, where chapters are stored as a list and as a text track."""
        text = sum(len(value.encode()) + 64 for value in self.tags.values())
        text += sum(2 * len(chapter.title.encode()) + 128 for chapter in self.chapters)
        if self.texts:
            from .subtitle_track import max_index_bytes  # noqa: PLC0415 - few clips have any

            text += max_index_bytes(self.texts)
        return text


@dataclass(frozen=True, slots=True)
class SourceMetadata:
    """Metadata for the clip; times are on the video's clock."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """By libav's names: ``title``, ``artist``, ``comment``, ``date``, …"""
    chapters: Sequence[Chapter] = ()
    """Those that overlap the clip are written."""
    texts: Callable[[], Sequence[TextTrack]] = tuple
    """Returns the subtitles; called once the sources are open, so that they can be fetched at the same time."""
    cover: Callable[[], bytes | None] = lambda: None
    """Returns a JPEG or PNG for Matroska files; called likewise."""

    def within(self, start_s: float, end_s: float | None, container: Container) -> ClipMetadata:
        """Return the part that overlaps the clip, on the clip's clock."""
        end = math.inf if end_s is None else end_s
        texts: Sequence[TextTrack] = ()
        if container.video != frozenset() and (tracks := self.texts()):
            from ..subtitles.cues import cut_track  # noqa: PLC0415 - few clips have any

            texts = [track for whole in tracks if (track := cut_track(whole, start_s, end)).cues]
        cover = self.cover() if container.has_attachments else None
        return ClipMetadata(self.tags, chapters_within(self.chapters, start_s, end), texts, cover)
