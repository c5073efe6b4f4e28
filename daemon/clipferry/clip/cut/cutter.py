"""The cutter's entry point: attempt the clip, and again where an attempt fails on what comes to light while cutting."""

from __future__ import annotations

from ..errors import CutFailed, InvalidOutput, InvalidRange
from ..memory import give_back
from ..run_context import RunContext
from .attempts import CutRequest, first_attempt, next_attempt
from .audio.audio_file import cut_audio
from .cut_once import cut_once
from .record.report import CutReport
from .strategy_errors import StrategyFailed

_MAX_ATTEMPTS = 12


def cut(request: CutRequest, run: RunContext | None = None) -> CutReport:
    """Cut ``[start_s, end_s)`` of the request's sources into its target.

    The first frame is the one on screen at the start: the last with ``pts <= start_s + 0.5 ms``. The last frame is the last
    with ``pts < end_s - 0.5 ms``. ``start_s`` 0 without an end copies the whole video unchanged.

    Args:
        run: its ``written`` is called with the finished fraction by presentation time, its ``cancelled`` at least at every read; once
            that is true, the cut ends with ``Cancelled`` within a second.

    Raises:
        InvalidRange: the end is not after the start.
        RangeOutsideVideo: the start is after the last frame.
        InvalidOutput: ``kind`` is not one that can be cut into.
        BadMedia: the source is corrupt.
        CutFailed: no attempt succeeded.
        ClipError: what the sources raise.
    """
    run = run or RunContext()
    if request.end_s is not None and request.end_s <= request.start_s:
        raise InvalidRange
    container = request.container
    if request.video is None:
        if request.audio is None:
            raise CutFailed(detail="neither video nor audio")
        return cut_audio(request, run)
    if container.video == frozenset():
        raise InvalidOutput("no_video_kind", kind=request.kind.value)
    return _attempt_until_done(request, run)


def _attempt_until_done(request: CutRequest, run: RunContext) -> CutReport:
    attempt = first_attempt(request)
    for number in range(_MAX_ATTEMPTS):
        if number:
            give_back()  # the memory of the encoder before, which the allocator would not reuse
        try:
            return cut_once(request, attempt, run)
        except StrategyFailed as failure:
            following = next_attempt(attempt, failure, request.start_s)
            if following is None:
                raise CutFailed(detail=str(failure) or f"gave up after {attempt}") from failure
            attempt = following
    raise CutFailed(detail=f"gave up after {attempt}")
