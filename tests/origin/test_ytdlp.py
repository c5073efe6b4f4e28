"""The real yt-dlp against the local internet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from origin import LocalInternet, verify


def yt_dlp(internet: LocalInternet, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "yt_dlp",
        "--ignore-config",
        "--compat-options",
        "no-certifi",
        "--no-progress",
        *arguments,
    ]
    return subprocess.run(
        command, env={**os.environ, **internet.env()}, capture_output=True, text=True, timeout=120, check=False
    )


def test_takes_a_whole_youtube_video_through_the_visionos_client(site: LocalInternet, tmp_path: Path) -> None:
    target = tmp_path / "video.mp4"
    done = yt_dlp(site, "-f", "134", "-o", str(target), "https://www.youtube.com/watch?v=AAAAAAAAAA2")
    assert done.returncode == 0, done.stderr
    assert verify.pictures(target).faults(0, 899) == []
    assert [entry.path for entry in site.log("www.youtube.com")] == ["/watch", "/youtubei/v1/player"]
    assert site.counters("*.googlevideo.com").bytes == target.stat().st_size
    assert site.refused() == []


@pytest.mark.parametrize(
    ("video_id", "said"),
    [
        ("private____", "Private video. Sign in if you've been granted access"),
        ("removed____", "removed by the uploader"),
        ("agehard____", "Sign in to confirm your age"),
        ("geo________", "not made this video available in your country"),
        ("bot________", "confirm you\N{RIGHT SINGLE QUOTATION MARK}re not a bot"),
        ("rate_______", "rate-limited by YouTube for up to an hour"),
        ("all429_____", "Failed to extract any player response"),
        ("members____", "members-only content"),
        ("drm________", "DRM protected"),
        ("upcoming___", "Premieres in"),
        ("sabr_______", "missing a URL"),
        ("nosuchvideo", "Video unavailable"),
    ],
)
def test_hears_why_a_video_cannot_be_had(site: LocalInternet, video_id: str, said: str) -> None:
    done = yt_dlp(site, "--simulate", f"https://www.youtube.com/watch?v={video_id}")
    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize("video_id", ["page429____", "kids_______", "age________"])
def test_finds_another_way_where_youtube_leaves_one(site: LocalInternet, video_id: str) -> None:
    done = yt_dlp(
        site, "--simulate", "--print", "%(format_id)s", "-f", "134", f"https://www.youtube.com/watch?v={video_id}"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "134"


def test_urls_expire(site: LocalInternet, tmp_path: Path) -> None:
    info = tmp_path / "info.json"
    assert (
        yt_dlp(site, "--simulate", "--dump-single-json", "https://www.youtube.com/watch?v=AAAAAAAAAA2").returncode == 0
    )
    listed = yt_dlp(site, "-J", "https://www.youtube.com/watch?v=AAAAAAAAAA2")
    info.write_text(listed.stdout)
    site.expire_urls()
    done = yt_dlp(site, "--load-info-json", str(info), "-f", "140", "-o", str(tmp_path / "x.m4a"))
    assert "403" in done.stderr + done.stdout
