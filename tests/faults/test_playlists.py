"""Playlists that grow, expire or stop, and segments that are missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest

from clipferry.clip.errors import NotStarted, UrlExpired
from clipferry.clip.model import Delivery, Format
from faults.reading import Bench, watch
from origin import media
from origin.media import Pack


def playlist(bench: Bench, first: int, last: int, *, ended: bool, pack: str = "hls-ts") -> str:
    """The media playlist of segments ``first`` … ``last`` - 1 of a 20 s video in four."""
    base = bench.media("h264", pack)
    known = media.make(media.recipe("h264", Pack(pack), seconds=20, sound="aac")).read_text().splitlines()
    names = [line for line in known if line and not line.startswith("#")]
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first + 1000}"]
    for name in names[first:last]:
        lines += ["#EXTINF:5.0,", urljoin(base, name)]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else [])])


def put(bench: Bench, body: str, url: str = "https://video.example/live.m3u8") -> str:
    return bench.site.put(url, body, content_type="application/vnd.apple.mpegurl")


def test_a_broadcast_is_followed_to_its_end(bench: Bench) -> None:
    source = bench.source(put(bench, playlist(bench, 0, 2, ended=False)), Delivery.HLS, "mpegts")

    def each(number: int) -> None:
        if number == 200:
            put(bench, playlist(bench, 1, 3, ended=False))
        if number == 400:
            put(bench, playlist(bench, 2, 4, ended=True))

    try:
        seen = watch(source, 0.0, None, each)
        assert seen.wrong() == []
        assert seen.covers(0, 599)
    finally:
        source.close()


def test_time_begins_where_the_playlist_began(bench: Bench) -> None:
    source = bench.source(put(bench, playlist(bench, 1, 3, ended=False)), Delivery.HLS, "mpegts")
    try:
        seen = watch(source, 2.0, 9.0)
        assert [(round(time * 30), number) for time, number in seen.pictures if number == 150 + 60] == [(60, 210)]
    finally:
        source.close()


def test_a_broadcast_that_has_not_begun_is_called_that(bench: Bench) -> None:
    source = bench.source(put(bench, "#EXTM3U\n#EXT-X-TARGETDURATION:1"), Delivery.HLS, "mpegts")
    try:
        with pytest.raises(NotStarted):
            source.prepare()
    finally:
        source.close()


@pytest.mark.parametrize("pack", ["hls-ts", "hls-fmp4", "hls-aes", "hls-ranges-ts"])
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("reset", {"after_bytes": 20_000}),
        ("truncate", {"after_bytes": 0}),
        ("status", {"status": 503}),
        ("no_range", {}),
    ],
)
def test_segments_that_break_are_taken_up_again(bench: Bench, pack: str, kind: str, how: dict[str, int]) -> None:
    url = bench.media("h264", pack)
    source = bench.source(url, Delivery.HLS, "mpegts")
    try:
        source.prepare()
        bench.site.fault(kind, path="/media/*.ts", nth=2, times=2, **how)
        bench.site.fault(kind, path="/media/*.m4s", nth=2, times=2, **how)
        bench.site.fault(kind, path="/media/*.mp4", nth=2, times=1, **how)
        seen = watch(source, 3.0, 14.0)
        assert seen.wrong() == []
        assert seen.covers(90, 419)
    finally:
        source.close()


def test_expired_segments_get_new_addresses_from_a_new_playlist(bench: Bench) -> None:
    old = put(bench, playlist(bench, 0, 4, ended=True).replace(".ts", ".ts?sig=1"))
    asked: list[str] = []

    def again(known: Format) -> Format:
        asked.append(known.url)
        fresh = playlist(bench, 0, 4, ended=True).replace(".ts", ".ts?sig=2")
        return replace(known, url=put(bench, fresh, "https://video.example/fresh.m3u8"))

    source = bench.source(old, Delivery.HLS, "mpegts", refresh=again)
    bench.site.fault("status", path="*sig=1*", nth=3, times=0, status=403)
    try:
        seen = watch(source, 0.0, None)
        assert seen.wrong() == []
        assert seen.covers(0, 599)
        assert asked == [old]
    finally:
        source.close()


def test_a_segment_that_is_gone_for_good_is_said_as_such(bench: Bench, tmp_path: Path) -> None:
    source = bench.source(bench.media("h264", "hls-ts"), Delivery.HLS, "mpegts")
    bench.site.fault("status", path="*segment-002*", times=0, status=404)
    try:
        with pytest.raises(UrlExpired):
            watch(source, 0.0, None)
    finally:
        source.close()
