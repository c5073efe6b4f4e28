"""Where a video ends is told by its stream. Headers, playlists and sites tell a length that may be some pictures short."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from clipferry.clip.errors import RangeOutsideVideo
from clipferry.clip.extract.resolve import Resolving
from clipferry.clip.model import ClipRequest, Delivery, Format, StagedClip, Video
from clipferry.clip.pipeline import make_clip
from faults.reading import Bench
from origin import media, verify

TEN = media.x264(fps=Fraction(10), gop_s=2.0)
"""Six seconds of this are 60 pictures, the last of which is decoded 0.2 s before the film is over."""
VP9 = replace(media.PICTURES["vp9"], fps=Fraction(10), gop_s=2.0)
VARYING = media.x264(vary=True, gop_s=2.0)
OPUS, AAC = media.SOUNDS["opus"], media.SOUNDS["aac"]
FRAGMENTED = "+frag_keyframe+default_base_moof"
HLS = ("-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_playlist_type", "vod")


def taken(bench: Bench, url: str, start_s: float, end_s: float) -> StagedClip:
    request = ClipRequest(url, start_s, end_s)
    folder = bench.store / f"{start_s}-{end_s}"
    return make_clip(request, staging_dir=folder, network=bench.network)


def film(name: str, picture: media.Picture = TEN, sound: media.Sound | None = None, *how: str) -> Path:
    return media.remux(name, picture, sound, *how, seconds=6.0)


FILES = {
    "mp4": lambda: film("media.mp4"),
    "mp4, no edit list": lambda: film("media.mp4", TEN, None, "-use_editlist", "0"),
    "mp4 with sound": lambda: film("media.mp4", TEN, AAC),
    "fragments": lambda: film("media.mp4", TEN, None, "-movflags", FRAGMENTED + "+delay_moov"),
    "fragments with an index": lambda: film(
        "media.mp4", TEN, None, "-movflags", FRAGMENTED + "+delay_moov+global_sidx"
    ),
    "webm": lambda: film("media.webm", VP9),
    "webm with sound": lambda: film("media.webm", VP9, OPUS),
}
ENDS = [(4.0, 6.0, 40, 59), (5.9, 5.98, 59, 59), (5.8, 6.0, 58, 59), (5.95, 6.0, 59, 59), (3.3, 5.9, 33, 58)]


@pytest.mark.parametrize(("start_s", "end_s", "first", "last"), ENDS)
@pytest.mark.parametrize("name", FILES)
def test_the_last_pictures_are_there(
    bench: Bench, name: str, start_s: float, end_s: float, first: int, last: int
) -> None:
    late = 2 if name == "mp4, no edit list" else 0  # there the first picture shows at 0.2, in browsers as well
    clip = taken(bench, bench.site.publish(FILES[name]()), start_s, end_s)
    end = last if end_s == 6.0 else last - late  # the length that browsers show is 6.0 there, too
    assert verify.pictures(clip.path).faults(first - late, end) == []
    assert clip.end_s == pytest.approx(end_s, abs=late / 10 + 0.001)


@pytest.mark.parametrize("name", FILES)
def test_a_start_behind_the_last_picture_is_outside(bench: Bench, name: str) -> None:
    with pytest.raises(RangeOutsideVideo):
        taken(bench, bench.site.publish(FILES[name]()), 6.5, 6.9)


def playlist(bench: Bench, path: Path, lengths: list[float]) -> str:
    """The playlist at ``path`` with other durations than its segments have."""
    told = iter(lengths)
    text = re.sub(r"#EXTINF:[\d.]+", lambda _: f"#EXTINF:{next(told)}", path.read_text())
    text = re.sub(r"^[^#\n].*$", lambda name: bench.site.publish(path.parent / name[0]), text, flags=re.M)
    text = re.sub('URI="(.*?)"', lambda name: f'URI="{bench.site.publish(path.parent / name[1])}"', text)
    return bench.site.put("https://video.example/index.m3u8", text, content_type="application/vnd.apple.mpegurl")


@pytest.mark.parametrize("segments", ["mpegts", "fmp4"])
@pytest.mark.parametrize(
    "lengths",
    [[2.0, 2.0, 1.76], [2.0, 2.0, 1.0], [1.9, 1.9, 1.9], [2.1, 2.1, 2.1], [2, 1, 3], [1.5, 2.5, 2.0]],
    ids=lambda lengths: "+".join(map(str, lengths)),
)
def test_durations_in_a_playlist_are_not_trusted(bench: Bench, segments: str, lengths: list[float]) -> None:
    path = media.remux("index.m3u8", TEN, None, *HLS, "-hls_segment_type", segments, seconds=6.0)
    url = playlist(bench, path, lengths)
    total_s = sum(lengths)
    for start_s, end_s in [(0.0, 2.0), (1.5, 1.95), (1.93, 4.0), (2.0, 3.95), (3.1, total_s), (5.2, 5.75), (4.0, 5.0)]:
        if end_s > total_s + 1:
            continue
        clip = taken(bench, url, start_s, end_s)
        to_the_end = end_s >= total_s - 0.01
        last = 59 if to_the_end else min(59, -int(-end_s * 10 // 1) - 1)
        assert verify.pictures(clip.path).faults(int(start_s * 10 + 1e-6), last) == [], (start_s, end_s)


def shorter(path: Path, target: Path, by: float) -> Path:
    """A WebM that tells a length of ``by`` seconds less."""
    data = bytearray(path.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", struct.unpack(">d", data[at : at + 8])[0] - by * 1000)
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("by", [0.1, 0.3, 0.9])
def test_a_length_in_a_header_is_not_trusted(bench: Bench, tmp_path: Path, by: float) -> None:
    url = bench.site.publish(shorter(film("media.webm", VP9), tmp_path / "short.webm", by))
    for start_s, end_s, first in [(4.0, 6.0, 40), (5.95, 6.0, 59), (3.0, 6.0 - by, 30)]:
        clip = taken(bench, url, start_s, end_s)
        assert verify.pictures(clip.path).faults(first, 59) == []


@pytest.mark.parametrize("told_s", [5.0, 5.4, 5.8, 6.0, 6.4])
def test_the_length_that_a_site_tells_is_not_trusted(bench: Bench, told_s: float) -> None:
    url = bench.site.publish(film("media.mp4"))
    form = Format("1", url, Delivery.FILE, "mp4", video_codec="avc1", height=180)
    found = Video("generic", "1", "film", url, (form,), duration_s=told_s)
    request = ClipRequest(url, 5.2, 6.0)
    clip = make_clip(
        request,
        staging_dir=bench.store / "job",
        network=bench.network,
        resolving=Resolving(extract=lambda *_, **__: found),
    )
    assert verify.pictures(clip.path).faults(52, 59) == []


@pytest.mark.parametrize(("longer", "cut"), [("sound", ("-t", "4")), ("picture", ("-t", "4"))])
def test_one_track_that_is_longer_does_not_hide_the_end_of_the_other(
    bench: Bench, longer: str, cut: tuple[str, str]
) -> None:
    before = {"before_picture" if longer == "sound" else "before_sound": cut}
    path = media.remux("media.mp4", TEN, AAC, seconds=6.0, **before)
    clip = taken(bench, bench.site.publish(path), 3.0, 4.0)
    assert verify.pictures(clip.path).faults(30, 39) == []
    heard = verify.track(clip.path)
    assert heard.end_s == pytest.approx(1.0, abs=0.03)
    end = taken(bench, bench.site.publish(path), 3.0, 6.0)
    assert verify.pictures(end.path).numbers == verify.pictures(path).numbers[30:]


def test_pictures_of_varying_length(bench: Bench) -> None:
    path = film("media.mp4", VARYING, AAC)
    times = VARYING.times(6.0)
    url = bench.site.publish(path)
    for start_s in (times[-1] + 0.005, times[-2] + 0.005, times[-6] + 0.005, 4.0):
        clip = taken(bench, url, start_s, 6.0)
        first = max(number for number, at in enumerate(times) if at <= start_s)
        assert verify.pictures(clip.path).faults(first, len(times) - 1) == []
