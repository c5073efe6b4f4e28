"""Two requests for the same clip are one job; ids only grow."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.model import OutputKind
from clipferry.jobs.policy.dedupe import Ids, clip_identity
from clipferry.protocol.jobs import OutputParams

MP4 = OutputParams()


def test_a_clip_from_zero_is_a_clip_from_the_beginning() -> None:
    assert clip_identity("k", None, 20.0, MP4) == clip_identity("k", 0.0, 20.0, MP4)
    assert clip_identity("k", None, 20.0, MP4) != clip_identity("k", None, None, MP4)
    assert clip_identity("k", 1.0, 2.0, MP4) != clip_identity("k", 1.001, 2.0, MP4)
    assert clip_identity("k", 1.0, 2.0, MP4) != clip_identity("k", 1.0, 2.0, OutputParams(kind=OutputKind.MP3))
    assert clip_identity("k 2", 1.0, 2.0, MP4) != clip_identity("k", 1.0, 2.0, MP4)


@given(st.lists(st.floats(0, 2**33), min_size=2, max_size=50))
def test_ids_grow_however_the_clock_jumps(times: list[float]) -> None:
    clock = iter(times)
    ids = Ids(lambda: next(clock))
    made = [ids.next() for _ in times]
    assert made == sorted(set(made))
    assert all(re.fullmatch(r"[0-9a-z]{26}", one) for one in made)


def test_ids_go_on_behind_the_newest_of_an_earlier_daemon() -> None:
    newest = Ids(lambda: 2_000_000_000.0).next()
    assert Ids(lambda: 1_000_000_000.0, after=newest).next() > newest
