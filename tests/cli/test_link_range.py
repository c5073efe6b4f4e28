"""A link's own range: in the source's time, and what is taken when no marks are given."""

from __future__ import annotations

import pytest
from mutagen.mp4 import MP4

from cli.conftest import CLIP, CommandLine
from origin import LocalInternet, verify

SHOWN = "https://www.youtube.com/clip/UgkxFixtureClipNumberOne0001"
"""7.5 to 12.5 of the 60 seconds of ``CLIP``, at 30 pictures a second."""
FILE = "https://video.example/media/h264/mp4-front/aac/6/media.mp4"
QUICK = ("--height", "360")


@pytest.mark.parametrize(
    ("url", "marks", "pictures", "name"),
    [
        (SHOWN, (), (225, 374), "Fixture clip [0.07.500-0.12.500].mp4"),
        (SHOWN, ("--start", "2", "--end", "4"), (60, 119), "Fixture clip [0.02-0.04].mp4"),
        (SHOWN, ("--start", "40", "--end", "42.5"), (1200, 1274), "Fixture clip [0.40-0.42.500].mp4"),
        (SHOWN, ("--start", "57"), (1710, 1799), "Fixture clip [0.57-1.00].mp4"),
        (SHOWN, ("--whole",), (0, 1799), "Fixture clip.mp4"),
        (f"{CLIP}&t=55", (), (1650, 1799), "Fixture clip [0.55-1.00].mp4"),
        (f"{CLIP}&t=55", ("--end", "2"), (0, 59), "Fixture clip [0.00-0.02].mp4"),
        (f"{CLIP}&t=55", ("--whole",), (0, 1799), "Fixture clip.mp4"),
        (f"{CLIP}&t=3600", (), (0, 1799), "Fixture clip.mp4"),
        ("https://www.youtube.com/embed/AAAAAAAAAA1?start=3&end=5", (), (90, 149), "Fixture clip [0.03-0.05].mp4"),
        ("https://www.youtube.com/embed/AAAAAAAAAA1?end=2", (), (0, 59), "Fixture clip [0.00-0.02].mp4"),
        (f"{FILE}#t=2,4", (), (60, 119), "media [0.02-0.04].mp4"),
        (f"{FILE}?t=2", (), (0, 179), "media.mp4"),
    ],
)
def test_without_marks_the_links_own_range(
    url: str, marks: tuple[str, ...], pictures: tuple[int, int], name: str, cli: CommandLine
) -> None:
    answer = cli.clip(url, *marks, *QUICK)
    assert answer.code == 0, answer.out
    assert verify.pictures(answer.path).faults(*pictures) == []
    assert answer.path.name == name


def test_length_chapters_and_link_of_a_shown_clip_are_the_sources(cli: CommandLine, site: LocalInternet) -> None:
    answer = cli.clip(SHOWN, *QUICK)
    assert answer.said["duration_s"] == 60
    assert answer.said["url"] == CLIP
    tags = MP4(answer.path)
    assert tags["\xa9cmt"] == [f"{CLIP}&t=7"]
    assert [(chapter.start, chapter.title) for chapter in tags.chapters] == [
        (0.0, "Opening"),
        (2.5, "Middle: the turn"),
    ]


def test_what_a_clip_page_shows_is_kept_with_that_page_alone(cli: CommandLine, site: LocalInternet) -> None:
    cli.clip(SHOWN, *QUICK)
    site.clear_log()
    once_more = cli.clip(f"{SHOWN}?si=abc", *QUICK)
    assert verify.pictures(once_more.path).faults(225, 374) == []
    assert verify.pictures(cli.clip(CLIP, *QUICK).path).faults(0, 1799) == []
    assert site.counters("www.youtube.com").requests == 0, "both were known"


def test_all_of_it_and_marks_contradict_each_other(cli: CommandLine) -> None:
    answer = cli.clip(CLIP, "--whole", "--start", "1")
    assert answer.said["error"]["code"] == "invalid_range"
