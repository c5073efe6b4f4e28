"""Two requests for the same clip are one job; ids only grow."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.model import OutputKind
from clipferry.jobs.identity import Ids, clip_identity, normal_url, site_of
from clipferry.protocol import OutputParams

MP4 = OutputParams()


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=AAAAAAAAAA1",
        "https://www.youtube.com/watch?v=AAAAAAAAAA1&t=42s",
        "https://m.youtube.com/watch?list=PL1&v=AAAAAAAAAA1#x",
        "https://youtu.be/AAAAAAAAAA1?si=abc",
        "https://www.youtube.com/shorts/AAAAAAAAAA1",
        "https://www.youtube.com/embed/AAAAAAAAAA1/",
    ],
)
def test_one_video_by_many_addresses(url: str) -> None:
    assert normal_url(url) == "youtube:AAAAAAAAAA1"


def test_addresses_that_differ_in_what_matters_stay_apart() -> None:
    assert normal_url("https://v.example/a?id=1") != normal_url("https://v.example/a?id=2")
    assert normal_url("https://v.example:8443/a") != normal_url("https://v.example/a")
    assert normal_url("HTTPS://V.example/a/?utm_source=x#f") == normal_url("https://v.example/a")
    assert normal_url("https://www.youtube.com/playlist?list=PL1") != normal_url("https://www.youtube.com/")


def test_a_clip_from_zero_is_a_clip_from_the_beginning() -> None:
    assert clip_identity("k", None, None, 20.0, MP4) == clip_identity("k", 1, 0.0, 20.0, MP4)
    assert clip_identity("k", None, None, 20.0, MP4) != clip_identity("k", None, None, None, MP4)
    assert clip_identity("k", None, 1.0, 2.0, MP4) != clip_identity("k", None, 1.001, 2.0, MP4)
    assert clip_identity("k", None, 1.0, 2.0, MP4) != clip_identity(
        "k", None, 1.0, 2.0, OutputParams(kind=OutputKind.MP3)
    )
    assert clip_identity("k", 2, 1.0, 2.0, MP4) != clip_identity("k", None, 1.0, 2.0, MP4)


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


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.youtube.com/watch?v=1", "youtube.com"),
        ("https://m.youtube.com/", "youtube.com"),
        ("https://127.0.0.1:8000/x", "127.0.0.1"),
        ("https://example/", "example"),
        ("https://www.bbc.co.uk/x", "bbc.co.uk"),
        ("https://itv.co.uk/", "itv.co.uk"),
        ("https://player.globo.com.br/", "globo.com.br"),
        ("https://co.uk/", "co.uk"),
        ("https://vm.tiktok.com/", "tiktok.com"),
        ("https://t.co/x", "t.co"),
    ],
)
def test_limits_are_counted_per_site(url: str, site: str) -> None:
    assert site_of(url) == site
