"""The cutter's entry point: attempt the clip, and again where an attempt fails on what comes to light while cutting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..container.codec_support import container_for
from ..errors import CutFailed, InvalidOutput, InvalidRange
from ..memory import give_back
from ..model import Chapter, CutMode, MediaSource, OutputKind
from .attempts import CutRequest, first_attempt, next_attempt
from .audio.audio_file import AudioCutRequest, cut_audio
from .cut_once import cut_once
from .file_metadata import SourceMetadata
from .record.report import CutReport
from .strategy_errors import StrategyFailed

if TYPE_CHECKING:
    from ..subtitles.cues import TextTrack

_MAX_ATTEMPTS = 12


def cut(
    video: MediaSource | None,
    audio: MediaSource | None,
    *,
    start_s: float,
    end_s: float | None,
    target: Path,
    kind: OutputKind,
    mode: CutMode = CutMode.EXACT,
    quality: int | None = None,
    metadata: Mapping[str, str] | None = None,
    chapters: Sequence[Chapter] = (),
    texts: Callable[[], Sequence[TextTrack]] = tuple,
    cover: Callable[[], bytes | None] = lambda: None,
    open_end: bool = False,
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> CutReport:
    """Cut ``[start_s, end_s)`` (presentation seconds; ``end_s`` ``None``: to the end) into ``target``.

    The first frame is the one on screen at the start: the last with ``pts <= start_s + 0.5 ms``. The last frame is the last
    with ``pts < end_s - 0.5 ms``. ``start_s`` 0 without an end copies the whole video unchanged.

    Args:
        video: source of the video track; ``None``: cut audio only.
        audio: source of the audio track; ``None``: the audio track in the file of ``video``, if there is one.
        kind: MP4, WebM or MKV; M4A or Opus without ``video``. A codec that the container cannot hold is re-encoded.
        mode: see :class:`~clipferry.clip.model.CutMode`.
        quality: constant rate factor on x264's scale for ``CutMode.REENCODE``.
        metadata: tags of the file, by libav's names (``title``, ``artist``, ``comment``, ``date``, …).
        chapters: of the video, on its clock; those that overlap the clip are written, on the clip's clock.
        texts: returns the subtitles, likewise; called once the sources are open, so that they can be fetched meanwhile.
        cover: returns a JPEG or PNG for Matroska files; called likewise.
        open_end: the sources may end at any moment before ``end_s`` (a live stream); the file is finished at once then, and the
            audio ends with the video.
        on_progress: called with the finished fraction, 0 to 1, by presentation time.
        cancelled: called at least at every read; true ends the cut with ``Cancelled`` within a second.

    Raises:
        InvalidRange: the end is not after the start.
        RangeOutsideVideo: the start is after the last frame.
        InvalidOutput: ``kind`` is not one that can be cut into.
        BadMedia: the source is corrupt.
        CutFailed: no attempt succeeded.
        ClipError: what the sources raise.
    """
    if end_s is not None and end_s <= start_s:
        raise InvalidRange
    container = container_for(kind)
    source_metadata = SourceMetadata(metadata or {}, chapters, texts, cover)
    if video is None:
        if audio is None:
            raise CutFailed(detail="neither video nor audio")
        clip_metadata = source_metadata.within(start_s, end_s, container)
        return cut_audio(
            AudioCutRequest(audio, start_s, end_s, target, container, clip_metadata, open_end, on_progress, cancelled)
        )
    if container.video == frozenset():
        raise InvalidOutput("no_video_kind", kind=kind.value)
    request = CutRequest(
        video,
        audio,
        start_s,
        end_s,
        target,
        container,
        mode,
        quality,
        source_metadata,
        open_end,
        on_progress,
        cancelled,
    )
    return _attempt_until_done(request)


def _attempt_until_done(request: CutRequest) -> CutReport:
    attempt = first_attempt(request)
    for number in range(_MAX_ATTEMPTS):
        if number:
            give_back()  # the memory of the encoder before, which the allocator would not reuse
        try:
            return cut_once(request, attempt)
        except StrategyFailed as failure:
            following = next_attempt(attempt, failure, request.start_s)
            if following is None:
                raise CutFailed(detail=str(failure) or f"gave up after {attempt}") from failure
            attempt = following
    raise CutFailed(detail=f"gave up after {attempt}")
