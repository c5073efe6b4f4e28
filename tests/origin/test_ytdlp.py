"""The real yt-dlp against the local internet."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from origin import Case, LocalInternet, case_id, verify
from origin.client import get
from origin.ytdlp import yt_dlp


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


@pytest.mark.parametrize("video_id", ["page429____", "kids_______"])
def test_finds_another_way_where_youtube_leaves_one(site: LocalInternet, video_id: str) -> None:
    done = yt_dlp(site, "--simulate", "-O", "%(format_id)s", "-f", "134", f"https://www.youtube.com/watch?v={video_id}")
    assert (done.returncode, done.stdout.strip()) == (0, "134"), done.stderr


def test_an_age_gated_video_comes_after_real_javascript_challenges(site: LocalInternet, tmp_path: Path) -> None:
    target = tmp_path / "video.mp4"
    done = yt_dlp(site, "-f", "134", "-o", str(target), f"https://www.youtube.com/watch?v={case_id(Case.AGE_GATE)}")
    assert done.returncode == 0, done.stderr
    assert verify.pictures(target).faults(0, 359) == []
    (entry,) = site.log("*.googlevideo.com")
    assert "c=WEB_EMBEDDED_PLAYER" in entry.query


def test_a_client_that_needs_a_token_gets_403(site: LocalInternet) -> None:
    url = "https://www.youtube.com/watch?v=AAAAAAAAAA2"
    arguments = ("--extractor-args", "youtube:player_client=android_vr;formats=missing_pot")
    done = yt_dlp(site, "-f", "140", "--retries", "0", "-o", "-", *arguments, url)
    assert "HTTP Error 403" in done.stderr


@pytest.mark.parametrize("case", [Case.PRIVATE, Case.MEMBERS, Case.AGE_GATE_HARD, Case.BOT])
def test_a_session_opens_what_a_visitor_does_not_see(site: LocalInternet, tmp_path: Path, case: Case) -> None:
    jar = tmp_path / "cookies.txt"
    names = {"LOGIN_INFO": "fixture-session", "SAPISID": "a/b", "__Secure-3PAPISID": "a/b"}
    lines = [f".youtube.com\tTRUE\t/\tTRUE\t4102444800\t{name}\t{value}\n" for name, value in names.items()]
    jar.write_text("# Netscape HTTP Cookie File\n" + "".join(lines))
    target = tmp_path / "video.mp4"
    url = f"https://www.youtube.com/watch?v={case_id(case)}"
    done = yt_dlp(site, "--cookies", str(jar), "-f", "134", "-o", str(target), url)
    assert done.returncode == 0, done.stderr
    assert verify.pictures(target).faults(0, 359) == []
    jar.write_text(jar.read_text().replace("fixture-session", "rotated"))
    late = yt_dlp(site, "--cookies", str(jar), "--simulate", url)
    assert late.returncode == 1
    assert "cookies are no longer valid" in late.stderr


def test_tells_everything_about_a_video(site: LocalInternet) -> None:
    info = json.loads(yt_dlp(site, "-J", "https://www.youtube.com/watch?v=AAAAAAAAAA1").stdout)
    assert [(one["title"], one["start_time"]) for one in info["chapters"]] == [
        ("Opening", 0),
        ("Middle: the turn", 10),
        ("End", 22),
    ]
    assert (info["duration"], info["channel"], info["upload_date"], info["live_status"]) == (
        60,
        "Fixture channel",
        "20260102",
        "not_live",
    )
    assert (set(info["subtitles"]), "en" in info["automatic_captions"]) == ({"en", "de"}, True)
    formats = {one["format_id"]: one for one in info["formats"]}
    assert {"134", "136", "243", "396", "140", "251", "sb0"} <= set(formats)
    assert (formats["136"]["height"], formats["136"]["vcodec"], formats["140"]["acodec"]) == (
        720,
        "avc1.4d401f",
        "mp4a.40.2",
    )
    assert all(formats[name]["filesize"] for name in ("134", "140"))


def test_dubbed_sound_has_formats_of_its_own(site: LocalInternet) -> None:
    done = yt_dlp(
        site, "--simulate", "-O", "%(formats.:.{format_id,language})s", "https://www.youtube.com/watch?v=AAAAAAAAAA3"
    )
    assert {"140-0", "140-1"} <= {one["format_id"] for one in eval(done.stdout)}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("https://youtu.be/AAAAAAAAAA2?t=5", "AAAAAAAAAA2 video None"),
        ("https://m.youtube.com/watch?v=AAAAAAAAAA2", "AAAAAAAAAA2 video None"),
        ("https://www.youtube.com/shorts/SSSSSSSSSS1", "SSSSSSSSSS1 short None"),
        ("https://www.youtube-nocookie.com/embed/AAAAAAAAAA2", "AAAAAAAAAA2 video None"),
        ("https://www.youtube.com/live/LLLLLLLLLL1", "LLLLLLLLLL1 livestream None"),
        ("https://www.youtube.com/clip/UgkxFixtureClipNumberOne0001", "UgkxFixtureClipNumberOne0001 clip 7.5"),
    ],
)
def test_every_kind_of_address_leads_to_its_video(site: LocalInternet, path: str, said: str) -> None:
    done = yt_dlp(site, "--simulate", "-O", "%(id)s %(media_type)s %(section_start)s", path)
    assert done.stdout.strip().replace("NA", "None") == said, done.stderr


def test_a_broadcast_is_as_far_as_the_test_says(site: LocalInternet) -> None:
    site.settings(live_segments=4, live_window=3)
    info = json.loads(yt_dlp(site, "-J", "https://www.youtube.com/watch?v=LLLLLLLLLL1").stdout)
    (stream,) = [one for one in info["formats"] if one["protocol"].startswith("m3u8")]
    assert (info["live_status"], stream["format_id"], stream["height"]) == ("is_live", "93", 180)
    early = get(site, stream["url"]).read().decode()
    assert re.findall(r"segment-\d+", early) == ["segment-001", "segment-002", "segment-003"]
    assert "#EXT-X-MEDIA-SEQUENCE:1\n" in early
    assert "2026-01-02T03:04:07.000" in early
    site.settings(live_segments=5, live_ended=True)
    late = get(site, stream["url"]).read().decode()
    assert re.findall(r"segment-\d+", late) == ["segment-002", "segment-003", "segment-004"]
    assert late.endswith("#EXT-X-ENDLIST\n")
    assert "ENDLIST" not in early
    assert get(site, stream["url"].replace("index.m3u8", "segment-004.ts")).read(1) == b"G"


def test_urls_expire(site: LocalInternet, tmp_path: Path) -> None:
    info = tmp_path / "info.json"
    info.write_text(yt_dlp(site, "-J", "https://www.youtube.com/watch?v=AAAAAAAAAA2").stdout)
    arguments = ("--load-info-json", str(info), "-f", "140", "-o", str(tmp_path / "sound.m4a"))
    assert yt_dlp(site, *arguments).returncode == 0
    (tmp_path / "sound.m4a").unlink()
    site.expire_urls()
    assert "HTTP Error 403" in yt_dlp(site, *arguments).stderr


def test_sections_through_ffmpeg_are_throttled_and_chunks_are_not(site: LocalInternet, tmp_path: Path) -> None:
    """What our own reader is measured against: ``--download-sections`` asks for everything at once."""
    site.shape(throttle_over=200_000, throttle_free=100_000, throttle_bps=400_000)
    url = "https://www.youtube.com/watch?v=AAAAAAAAAA2"
    done = yt_dlp(site, "-f", "134", "--download-sections", "*5-7", "-o", str(tmp_path / "a.mp4"), url)
    assert done.returncode == 0, done.stderr
    assert site.counters("*.googlevideo.com").throttled >= 1
    site.clear_log()
    assert yt_dlp(site, "-f", "134", "--http-chunk-size", "150K", "-o", str(tmp_path / "b.mp4"), url).returncode == 0
    assert site.counters("*.googlevideo.com").throttled == 0
