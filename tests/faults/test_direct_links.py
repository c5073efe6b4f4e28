"""Links that are the media themselves: what it costs to see that, and what is only named so."""

from __future__ import annotations

import pytest

from clipferry.clip.errors import ClipError
from clipferry.clip.extract.resolve import Query, resolve
from clipferry.clip.model import Delivery
from faults.reading import Bench
from origin import media
from origin.media import Pack


@pytest.mark.parametrize("pack", [Pack.MP4_FRONT, Pack.WEBM_FRONT])
def test_a_media_file_is_known_by_its_first_kilobyte(bench: Bench, pack: Pack) -> None:
    picture, sound = ("vp9", "opus") if pack is Pack.WEBM_FRONT else ("h264", "aac")
    path = media.make(media.recipe(picture, pack, seconds=120, sound=sound))
    video = resolve(Query(bench.site.publish(path), bench.network))
    assert [one.delivery for one in video.formats] == [Delivery.FILE]
    asked = bench.site.log("video.example")
    assert len(asked) == 1
    assert asked[0].sent <= 1024


def test_a_playlist_is_asked_for_once(bench: Bench) -> None:
    video = resolve(Query(bench.media("h264", "hls-ts"), bench.network))
    assert [one.delivery for one in video.formats] == [Delivery.HLS]
    assert bench.site.counters("video.example").requests == 1


def test_a_page_that_is_named_like_a_file_is_read_as_a_page(bench: Bench) -> None:
    """Sites show a page around a file under the file's own name; here one that begins long before its video."""
    player = f'<video src="{bench.media("h264", "mp4-front")}"></video>'
    body = f"<!doctype html><title>A film</title><!--{'-' * 5000}--><body>{player}</body>"
    page = bench.site.put("https://video.example/shared/film.mp4", body, content_type="text/html", ranges=True)
    video = resolve(Query(page, bench.network))
    assert video.title.startswith("A film")
    assert video.formats[0].url == bench.media("h264", "mp4-front")


@pytest.mark.parametrize("name", ["film.mp4", "list.m3u8"])
def test_what_is_not_there_is_said(bench: Bench, name: str) -> None:
    with pytest.raises(ClipError):
        resolve(Query(f"https://video.example/nowhere/{name}", bench.network))
