"""The table of cut strategies: container, codec and mode decide; the reason is for the user."""

from __future__ import annotations

import pytest

from clipferry.clip.container.codec_support import container_for
from clipferry.clip.cut.attempts import Attempt, next_attempt
from clipferry.clip.cut.strategy import Facts, Method, choose_method
from clipferry.clip.cut.strategy_errors import (
    CannotSplice,
    HiddenFrames,
    IndexTooLarge,
    QualityTooLow,
    ReorderExceeded,
    StartsTooLate,
    StrategyFailed,
)
from clipferry.clip.model import CutMode, OutputKind

EXACT = Attempt(CutMode.EXACT, whole=False)


@pytest.mark.parametrize(
    ("kind", "codec", "attempt", "method", "reason"),
    [
        (OutputKind.MP4, "h264", EXACT, Method.SMART_CUT, None),
        (OutputKind.MP4, "h264", EXACT._replace(whole=True), Method.COPY_ALL, None),
        (OutputKind.MP4, "h264", EXACT._replace(mode=CutMode.FAST), Method.COPY_FROM_KEYFRAME, None),
        (OutputKind.MP4, "h264", EXACT._replace(mode=CutMode.REENCODE), Method.ENCODE_ALL, None),
        (OutputKind.MP4, "mpeg4", EXACT._replace(mode=CutMode.FAST), Method.COPY_FROM_KEYFRAME, None),
        (OutputKind.MP4, "mpeg4", EXACT, Method.ENCODE_ALL, "cannot encode mpeg4"),
        (OutputKind.WEBM, "h264", EXACT, Method.ENCODE_ALL, "h264 does not go into this kind of file"),
        (OutputKind.WEBM, "h264", EXACT._replace(mode=CutMode.FAST), Method.ENCODE_ALL, "h264 does not go into"),
        (OutputKind.WEBM, "h264", EXACT._replace(mode=CutMode.REENCODE), Method.ENCODE_ALL, None),
        (OutputKind.MKV, "mpeg4", EXACT._replace(whole=True), Method.COPY_ALL, None),
        (OutputKind.MP4, "h264", EXACT._replace(encode_all="Found {out}."), Method.ENCODE_ALL, "Found {out}."),
    ],
)
def test_method_and_reason(kind: OutputKind, codec: str, attempt: Attempt, method: Method, reason: str | None) -> None:
    found, why = choose_method(Facts(codec, container_for(kind), attempt, square_pixels=True))
    assert found is method
    assert why == reason if reason is None else why is not None and reason in why


@pytest.mark.parametrize(("kind", "method"), [(OutputKind.MP4, Method.COPY_ALL), (OutputKind.MKV, Method.ENCODE_ALL)])
def test_a_container_without_pixel_aspect_ratio_gets_square_pixels(kind: OutputKind, method: Method) -> None:
    found, _ = choose_method(Facts("h264", container_for(kind), EXACT._replace(whole=True), square_pixels=False))
    assert found is method


@pytest.mark.parametrize(
    ("attempt", "failure", "following"),
    [
        (EXACT, StartsTooLate(), EXACT._replace(lead_s=2.0)),
        (EXACT._replace(lead_s=2.0), StartsTooLate(), EXACT._replace(lead_s=6.0)),
        (EXACT._replace(lead_s=60.0), StartsTooLate(), None),
        (EXACT._replace(reorder=3), CannotSplice("Why."), EXACT._replace(encode_all="Why.")),
        (EXACT._replace(encode_all="Why."), CannotSplice("Again."), None),
        (EXACT._replace(reorder=5), ReorderExceeded(3), EXACT._replace(reorder=6)),
        (EXACT._replace(mode=CutMode.FAST, whole=True), HiddenFrames(), EXACT),
        (EXACT, QualityTooLow(), EXACT._replace(fast_preset=False)),
        (EXACT, IndexTooLarge(), EXACT._replace(reserve_index=False)),
    ],
)
def test_each_failure_has_its_next_attempt(
    attempt: Attempt, failure: StrategyFailed, following: Attempt | None
) -> None:
    assert next_attempt(attempt, failure, start_s=60.0) == following
