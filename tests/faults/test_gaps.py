"""Segments that a playlist itself says are missing (EXT-X-GAP): not asked for, and no reason to refuse what does not touch them."""

from __future__ import annotations

import re

import pytest

from clipferry.clip.errors import BadMedia
from clipferry.clip.model import ClipRequest
from clipferry.clip.pipeline import make_clip
from faults.reading import Bench
from origin import media, verify
from origin.media import Pack

MISSING = "https://video.example/missing"


def playlist(bench: Bench, pack: Pack, gaps: set[int]) -> str:
    """Twenty seconds in segments of five; those at ``gaps`` are not there."""
    entry = media.make(media.recipe("h264", pack))
    lines, number = [], 0
    for line in entry.read_text().splitlines():
        if line and not line.startswith("#"):
            lines += ["#EXT-X-GAP"] * (number in gaps)
            lines.append(f"{MISSING}/{number}" if number in gaps else bench.site.publish(entry.parent / line))
            number += 1
        else:
            lines.append(re.sub('URI="(.*?)"', lambda m: f'URI="{bench.site.publish(entry.parent / m[1])}"', line))
    body = "\n".join(lines) + "\n"
    return bench.site.put("https://video.example/index.m3u8", body, content_type="application/vnd.apple.mpegurl")


@pytest.mark.parametrize("pack", [Pack.HLS_TS, Pack.HLS_FMP4])
@pytest.mark.parametrize(
    ("gaps", "start_s", "end_s", "first", "last"),
    [
        ({2}, 6.1, 7.3, 183, 218),
        ({2}, 6.1, 9.95, 183, 298),
        ({2}, 6.1, 10.0, 183, 299),
        ({2}, 15.2, 16.0, 456, 479),
        ({1, 2}, 15.0, 20.0, 450, 599),
        ({0}, 5.5, 7.0, 165, 209),
        ({3}, 12.0, 14.7, 360, 440),
    ],
)
def test_a_clip_that_touches_no_gap_is_made(
    bench: Bench, pack: Pack, gaps: set[int], start_s: float, end_s: float, first: int, last: int
) -> None:
    url = playlist(bench, pack, gaps)
    clip = make_clip(ClipRequest(url, start_s, end_s), staging_dir=bench.store / "job", network=bench.network)
    assert verify.pictures(clip.path).faults(first, last) == []
    assert not bench.site.log("video.example", "/missing/*")


@pytest.mark.parametrize("pack", [Pack.HLS_TS, Pack.HLS_FMP4])
def test_a_clip_over_a_gap_has_what_is_there(bench: Bench, pack: Pack) -> None:
    url = playlist(bench, pack, {2})
    clip = make_clip(ClipRequest(url, 8.0, 16.5), staging_dir=bench.store / "job", network=bench.network)
    numbers = verify.pictures(clip.path).numbers
    assert numbers == [*range(240, 300), *range(450, 495)]


def test_a_stream_of_gaps_is_bad_media(bench: Bench) -> None:
    url = playlist(bench, Pack.HLS_TS, {0, 1, 2, 3})
    with pytest.raises(BadMedia):
        make_clip(ClipRequest(url, 1.0, 2.0), staging_dir=bench.store / "job", network=bench.network)
