"""Every packing over HTTPS, as yt-dlp's generic extractor finds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from origin import LocalInternet, media, verify
from origin.media import Pack
from origin.ytdlp import yt_dlp


@pytest.mark.parametrize(
    "pack",
    [Pack.MP4_END, *(one for one in Pack if one.folder and one is not Pack.DASH_RANGES and not one.sound_only)],
)
def test_yt_dlp_takes_every_packing_that_it_knows(site: LocalInternet, tmp_path: Path, pack: Pack) -> None:
    url = site.media_url("h264", pack, seconds=12)
    target = tmp_path / "video.%(ext)s"
    done = yt_dlp(site, "-o", str(target), "--hls-prefer-native", url)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.iterdir()
    shown = verify.pictures(path)
    if pack is Pack.HLS_JUMP:  # yt-dlp joins the two clocks without mending the second
        assert shown.numbers == list(range(360))
    else:
        assert shown.faults(0, 359) == []


def test_a_page_with_a_video_in_it_leads_to_the_video(site: LocalInternet) -> None:
    source = site.media_url("h264", Pack.MP4_FRONT, seconds=12)
    info = json.loads(yt_dlp(site, "-J", f"https://video.example/page?title=A+page&src={source}").stdout)
    assert info["title"].startswith("A page")
    assert [one["url"] for one in info["formats"]] == [source]


@pytest.mark.parametrize("path", ["/", "/status/404", "/status/500"])
def test_what_is_no_video_is_an_error(site: LocalInternet, path: str) -> None:
    assert yt_dlp(site, "--simulate", f"https://video.example{path}").returncode == 1


def test_published_files_are_served_as_they_are(site: LocalInternet, tmp_path: Path) -> None:
    source = media.make(media.recipe("h264", Pack.MP4_END, seconds=6.0))
    target = tmp_path / "video.mp4"
    assert yt_dlp(site, "-o", str(target), site.publish(source)).returncode == 0
    assert target.read_bytes() == source.read_bytes()
