"""Links: equal address, equal video; a time or a tracking token only where it is one."""

from __future__ import annotations

from itertools import combinations

import pytest

from clipferry.clip.extract.video_links import times_in_url, video_address, without_tracking

SAME = [
    ("https://www.youtube.com/watch?v=AAAAAAAAAA1", "youtube:AAAAAAAAAA1"),
    ("https://www.youtube.com/watch?v=AAAAAAAAAA1&t=42s", "youtube:AAAAAAAAAA1"),
    ("https://m.youtube.com/watch?list=PL1&index=3&v=AAAAAAAAAA1#x", "youtube:AAAAAAAAAA1"),
    ("https://youtu.be/AAAAAAAAAA1?si=abc", "youtube:AAAAAAAAAA1"),
    ("https://www.youtube.com/shorts/AAAAAAAAAA1", "youtube:AAAAAAAAAA1"),
    ("https://www.youtube.com/embed/AAAAAAAAAA1/", "youtube:AAAAAAAAAA1"),
    ("https://www.youtube-nocookie.com/embed/AAAAAAAAAA1?start=3", "youtube:AAAAAAAAAA1"),
    ("https://www.instagram.com/p/Caaaaaaaaa1/?igsh=x", "instagram:Caaaaaaaaa1"),
    ("https://www.instagram.com/somebody/reel/Caaaaaaaaa1/", "instagram:Caaaaaaaaa1"),
    ("https://www.instagram.com/p/Caaaaaaaaa1/?img_index=2", "instagram:Caaaaaaaaa1 2"),
    ("HTTPS://V.example:443/a?utm_source=x&b=1", "https://v.example/a?b=1"),
    ("https://v.example", "https://v.example/"),
]


@pytest.mark.parametrize(("url", "address"), SAME)
def test_one_video_by_many_addresses(url: str, address: str) -> None:
    assert video_address(url) == address


DIFFERENT = [
    "https://v.example/a?id=1",
    "https://v.example/a?id=2",
    "https://v.example/a?t=1",
    "https://v.example/a?t=2",
    "https://v.example/a?start=1",
    "https://v.example/a?index=1",
    "https://v.example/a?list=1",
    "https://v.example/a?si=1",
    "https://v.example/a?pp=1",
    "https://v.example/a?feature=1",
    "https://v.example/a?v=AAAAAAAAAA1",
    "https://v.example/a?img_index=2",
    "https://v.example/a?a=1&b=2",
    "https://v.example/a?b=2&a=1",
    "https://v.example/a?a=1&a=2",
    "https://v.example/a?a=%2B",
    "https://v.example/a?a=+",
    "https://v.example/a",
    "https://v.example/a/",
    "https://v.example/A",
    "https://v.example/a#/film/1",
    "https://v.example/a#/film/2",
    "https://v.example:8443/a",
    "http://v.example/a",
    "https://w.example/a",
    "https://one.example/index.m3u8",
    "https://two.example/index.m3u8",
    "https://one.example/red/index.m3u8",
    "https://www.youtube.com/playlist?list=PL1",
    "https://www.youtube.com/embed/videoseries?list=PL1",
    "https://www.youtube.com/embed/videoseries?list=PL2",
    "https://www.youtube.com/embed/live_stream?channel=UC1",
    "https://www.youtube.com/embed/live_stream?channel=UC2",
    "https://www.youtube.com/watch?v=AAAAAAAAAA1",
    "https://www.youtube.com/watch?v=aaaaaaaaaa1",
    "https://www.youtube.com/clip/Ugkx1",
    "https://www.youtube.com/clip/Ugkx2",
    "https://www.youtube.com/@one/live",
    "https://www.youtube.com/@two/live",
    "https://www.instagram.com/p/Caaaaaaaaa1/",
    "https://www.instagram.com/p/Caaaaaaaaa1/?img_index=2",
    "https://www.instagram.com/p/caaaaaaaaa1/",
    "https://www.instagram.com/stories/one/1/",
    "https://www.instagram.com/stories/one/2/",
]


@pytest.mark.parametrize(("one", "other"), list(combinations(DIFFERENT, 2)))
def test_addresses_that_may_differ_in_content_stay_apart(one: str, other: str) -> None:
    assert video_address(one) != video_address(other)


def test_items_of_a_post_stay_apart_from_each_other_and_from_every_link() -> None:
    post = "https://v.example/post"
    assert len({video_address(post, item) for item in (None, 1, 2, 3)} | {video_address(f"{post}#2")}) == 5


@pytest.mark.parametrize(
    ("url", "times"),
    [
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1&t=83", (83, None)),
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1&t=1m23s", (83, None)),
        ("https://youtu.be/AAAAAAAAAA1?t=2h", (7200, None)),
        ("https://youtu.be/AAAAAAAAAA1?si=x&t=83s", (83, None)),
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1#t=1m23s", (83, None)),
        ("https://www.youtube.com/embed/AAAAAAAAAA1?start=10&end=20", (10, 20)),
        ("https://www.youtube-nocookie.com/embed/AAAAAAAAAA1?start=10&end=20", (10, 20)),
        ("https://www.youtube.com/embed/AAAAAAAAAA1?end=20", (None, 20)),
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1&t=20&end=10", (20, None)),
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1&t=soon", (None, None)),
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1&t=", (None, None)),
        ("https://www.youtube.com/clip/Ugkx?t=3", (None, None)),
        ("https://www.twitch.tv/videos/1?t=1h2m3s", (3723, None)),
        ("https://vimeo.com/1#t=83s", (83, None)),
        ("https://y.example/v.mp4#t=10.5,20", (10.5, 20)),
        ("https://y.example/v.mp4#t=npt:10,0:20", (10, 20)),
        ("https://y.example/v.mp4#t=npt:10", (10, None)),
        ("https://y.example/v.mp4#t=,20", (None, 20)),
        ("https://y.example/v?t=83", (None, None)),
        ("https://y.example/v?start=10&end=20", (None, None)),
        ("https://y.example/#/film?t=3", (None, None)),
        ("https://y.example/v", (None, None)),
    ],
)
def test_times_in_links(url: str, times: tuple[float | None, float | None]) -> None:
    assert times_in_url(url) == times


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://youtu.be/AAAAAAAAAA1?si=abc&t=3", "https://youtu.be/AAAAAAAAAA1?t=3"),
        ("https://www.instagram.com/reel/C1/?igsh=abc==", "https://www.instagram.com/reel/C1/"),
        ("https://x.com/a/status/1?s=20", "https://x.com/a/status/1"),
        ("https://v.example/a?s=20&si=1&utm_campaign=x&b=%20c&gclid=1#f", "https://v.example/a?s=20&si=1&b=%20c#f"),
        ("https://v.example/a?", "https://v.example/a?"),
    ],
)
def test_tokens_go_and_all_else_keeps_its_spelling(url: str, kept: str) -> None:
    assert without_tracking(url) == kept
