"""The edges of a cut, what stays of the last GOP, and decode times, over generated streams."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.cut.strategy_errors import ReorderExceeded
from clipferry.clip.cut.timeline import DecodeClock, Marks, first_frame, keep_before, needed_reorder

TICK = Fraction(1, 90000)
TOLERANCE = Fraction(1, 2000) / TICK


@st.composite
def streams(draw: st.DrawFn) -> list[int]:
    """Presentation times in decode order, as an encoder with B frames and a varying frame rate makes them."""
    order: list[int] = []
    place = 0
    for run in draw(st.lists(st.integers(0, 7), min_size=1, max_size=20)):
        between = list(range(place, place + run))
        draw(st.randoms(use_true_random=False)).shuffle(between)
        order += [place + run, *between]
        place += run + 1
    at = 0
    times = []
    for step in draw(st.lists(st.integers(1, 9000), min_size=place, max_size=place)):
        times.append(at)
        at += step
    return [times[number] for number in order]


@given(streams())
def test_decode_times_rise_and_never_exceed_presentation_times(stream: list[int]) -> None:
    clock = DecodeClock(needed_reorder(stream), 3000, min(stream))
    decoded = [clock.next(pts) for pts in stream]
    assert all(a < b for a, b in itertools.pairwise(decoded))
    assert all(dts <= pts for dts, pts in zip(decoded, stream, strict=True))


@given(streams())
def test_too_small_a_reorder_depth_is_detected(stream: list[int]) -> None:
    depth = needed_reorder(stream)
    if depth == 0:
        return
    clock = DecodeClock(depth - 1, 3000, min(stream))
    with pytest.raises(ReorderExceeded) as caught:
        for pts in stream:
            clock.next(pts)
    assert caught.value.needed == depth


@given(streams(), st.data())
def test_kept_packets_display_before_encoded_ones(stream: list[int], data: st.DataObject) -> None:
    split = data.draw(st.integers(0, len(stream)))
    held = stream[:split]
    missing = data.draw(st.lists(st.sampled_from(stream), unique=True)) if stream else []
    missing = [pts for pts in missing if pts not in held]
    keep = keep_before(held, missing)
    appended = [*missing, *held[keep:]]
    if appended:
        assert all(pts < min(appended) for pts in held[:keep])
    if not missing:
        assert keep == len(held)


@given(st.lists(st.integers(0, 10**7), min_size=1, unique=True), st.integers(0, 10**7))
def test_the_first_frame_is_the_one_on_screen(times: list[int], start: int) -> None:
    marks = Marks.of(Fraction(start), None, TOLERANCE)
    found = first_frame(times, marks)
    shown = [pts for pts in times if pts * TICK <= start * TICK + Fraction(1, 2000)]
    assert found == (max(shown) if shown else None)


@pytest.mark.parametrize(
    ("typed_s", "is_in"),
    [(1.0, False), (0.9996, False), (1.0004, False), (1.0006, True), (1.034, True)],
)
def test_an_end_typed_with_three_decimals_means_the_frame_it_names(typed_s: float, is_in: bool) -> None:
    """A frame at 1 s is in the clip only if the end is more than half a millisecond after it."""
    marks = Marks.of(Fraction(0), Fraction(typed_s) / TICK, TOLERANCE)
    assert marks.before_end(90000) is is_in


@pytest.mark.parametrize(("typed_s", "first"), [(1.0, 90000), (0.9995, 90000), (0.999, 87000), (1.0333, 93000)])
def test_a_start_typed_with_three_decimals_means_the_frame_it_names(typed_s: float, first: int) -> None:
    marks = Marks.of(Fraction(typed_s) / TICK, None, TOLERANCE)
    assert first_frame([84000, 87000, 90000, 93000, 96000], marks) == first
