"""The end of a clip between a frame and its forward reference, which is stored before it and displayed after the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clipferry.clip.cut import CutRequest, cut
from clipferry.clip.model import Delivery, MediaSource, OutputKind
from clipferry.clip.verify import verify_clip
from engine import reference
from faults.reading import Bench
from origin import LocalInternet
from origin.media.foreign import foreign, moving, playlist, x264

ONE_B = x264("-bf", "1", "-g", "30", "-b_strategy", "0", "-sc_threshold", "0")
PYRAMID = x264("-bf", "7", "-g", "40", "-x264-params", "b-adapt=0:b-pyramid=normal:scenecut=0")
OPEN = x264("-bf", "3", "-g", "20", "-x264-params", "b-adapt=0:open-gop=1:scenecut=0")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-g", "20")
FRAGMENTS = ("-movflags", "+delay_moov+default_base_moof", "-frag_duration", "700000")
CHUNKS = ("-movflags", "+delay_moov+default_base_moof+frag_every_frame")
FILMS = {
    "one B picture": (*ONE_B, "-movflags", "+faststart"),
    "a pyramid": (*PYRAMID, "-movflags", "+faststart"),
    "open groups": (*OPEN, "-movflags", "+faststart"),
    "one B picture, fragments": (*ONE_B, *FRAGMENTS),
    "a pyramid, fragments": (*PYRAMID, *FRAGMENTS),
    "a pyramid, a fragment for each picture": (*PYRAMID, *CHUNKS),
    "one B picture, a fragment for each picture": (*ONE_B, *CHUNKS),
    "hevc": (*HEVC, "-x265-params", "log-level=error:open-gop=0:bframes=4:b-adapt=0:b-pyramid=1", *FRAGMENTS),
    "hevc, open groups": (*HEVC, "-x265-params", "log-level=error:open-gop=1:bframes=3:b-adapt=0", *FRAGMENTS),
}
MATROSKA = {"one B picture, matroska": ONE_B, "a pyramid, matroska": PYRAMID, "open groups, matroska": OPEN}
PLAYLISTS = {
    "open groups, transport streams": OPEN,
    "a pyramid, transport streams": PYRAMID,
    "a pyramid, fragmented segments": (*PYRAMID, "-hls_segment_type", "fmp4"),
    "one B picture, fragmented segments": (*ONE_B, "-hls_segment_type", "fmp4"),
}
STARTS_S = (0.0, 2.39)
ENDS_S = (2.65, 2.95, 3.05, 3.95, 4.05, 4.85, 5.15)


def assert_exact(source: MediaSource, path: Path, clip: Path) -> None:
    try:
        for start_s in STARTS_S:
            for end_s in ENDS_S:
                report = cut(CutRequest(source, None, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.MP4))
                due = reference.wanted(reference.decoded(path), start_s, end_s)
                assert reference.faults(clip, due) == [], (start_s, end_s)
                verify_clip(clip, report)
    finally:
        source.close()


@pytest.mark.parametrize("name", FILMS)
def test_every_frame_up_to_the_end_of_an_mp4(site: LocalInternet, tmp_path: Path, name: str) -> None:
    path = foreign("film.mp4", *moving(10, 6), *FILMS[name])
    source = Bench(site, tmp_path / "store").source(site.publish(path), duration_s=6.0)
    assert_exact(source, path, tmp_path / "clip.mp4")


@pytest.mark.parametrize("name", MATROSKA)
def test_every_frame_up_to_the_end_of_a_matroska_file(site: LocalInternet, tmp_path: Path, name: str) -> None:
    path = foreign("film.mkv", *moving(10, 6), *MATROSKA[name])
    source = Bench(site, tmp_path / "store").source(site.publish(path), container="webm", duration_s=6.0)
    assert_exact(source, path, tmp_path / "clip.mp4")


@pytest.mark.parametrize("name", PLAYLISTS)
def test_every_frame_up_to_the_end_over_hls(site: LocalInternet, tmp_path: Path, name: str) -> None:
    """ffmpeg cuts segments at keyframes, also where frames after one refer to frames before it."""
    listed = playlist(*moving(10, 6), *PLAYLISTS[name], "-hls_time", "2")
    url = publish_playlist(site, listed)
    source = Bench(site, tmp_path / "store").source(url, Delivery.HLS, "mpegts")
    assert_exact(source, listed, tmp_path / "clip.mp4")


def publish_playlist(site: LocalInternet, listed: Path) -> str:
    """Serve a playlist and its segments."""

    def served(line: str) -> str:
        if line.startswith("#EXT-X-MAP"):
            return re.sub('URI="([^"]+)"', lambda name: f'URI="{site.publish(listed.parent / name[1])}"', line)
        return line if not line or line.startswith("#") else site.publish(listed.parent / line)

    body = "\n".join(map(served, listed.read_text().splitlines())) + "\n"
    return site.put("https://video.example/index.m3u8", body, content_type="application/vnd.apple.mpegurl")
