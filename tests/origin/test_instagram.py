"""The real yt-dlp against the local Instagram."""

from __future__ import annotations

from pathlib import Path

import pytest

from origin import LocalInternet, verify
from origin.ytdlp import yt_dlp

SAID = {
    "Pphoto000001": "There is no video in this post",
    "Lloginwall01": "You have exceeded the rate-limit for accessing posts anonymously",
    "Rrestricted1": "Restricted Video",
    "Eempty000001": "Instagram sent an empty media response",
    "Ttoomany0001": "HTTP Error 429",
}


def cookies(folder: Path, session: str) -> str:
    path = folder / "cookies.txt"
    path.write_text(f"# Netscape HTTP Cookie File\n.instagram.com\tTRUE\t/\tTRUE\t4102444800\tsessionid\t{session}\n")
    return str(path)


def test_merges_the_streams_of_a_reels_manifest(site: LocalInternet, tmp_path: Path) -> None:
    target = tmp_path / "reel.mp4"
    done = yt_dlp(site, "-f", "dash-136v+dash-140ad", "-o", str(target), "https://www.instagram.com/reel/Caaaaaaaaa1/")
    assert done.returncode == 0, done.stderr
    assert verify.pictures(target).faults(0, 359) == []
    assert all(abs(one.offset_s) < 0.001 for one in verify.av_offsets(target, verify.constant(30, 360)))


def test_takes_the_progressive_file(site: LocalInternet, tmp_path: Path) -> None:
    target = tmp_path / "reel.mp4"
    done = yt_dlp(site, "-f", "1", "-o", str(target), "https://www.instagram.com/reels/Cbbbbbbbbb2/")
    assert done.returncode == 0, done.stderr
    assert verify.pictures(target).faults(0, 299) == []


def test_a_carousel_gives_its_videos(site: LocalInternet) -> None:
    done = yt_dlp(
        site, "--simulate", "-O", "%(playlist_index)s %(duration)s", "https://www.instagram.com/p/Dcarousel002/"
    )
    assert done.stdout.split("\n")[:2] == ["1 10.0", "2 8.0"]
    photo = yt_dlp(site, "--simulate", "-O", "%(playlist_index)s", "https://www.instagram.com/p/Dcarousel001/")
    assert (photo.returncode, photo.stdout.strip()) == (1, "2")
    assert "No video formats found" in photo.stderr


@pytest.mark.parametrize("code", SAID)
def test_hears_why_a_post_cannot_be_had(site: LocalInternet, code: str) -> None:
    done = yt_dlp(site, "--simulate", f"https://www.instagram.com/p/{code}/")
    assert done.returncode == 1
    assert SAID[code] in done.stderr


def test_a_session_opens_what_a_visitor_does_not_see(site: LocalInternet, tmp_path: Path) -> None:
    url = "https://www.instagram.com/p/Lloginwall01/"
    valid = yt_dlp(site, "--simulate", "--cookies", cookies(tmp_path, "fixture-session"), url)
    assert valid.returncode == 0, valid.stderr
    expired = yt_dlp(site, "--simulate", "--cookies", cookies(tmp_path, "old"), url)
    assert "cookies are no longer valid" in expired.stderr
    assert expired.returncode == 1


def test_a_wall_can_be_put_before_every_post(site: LocalInternet) -> None:
    site.settings(instagram="login")
    assert "rate-limit" in yt_dlp(site, "--simulate", "https://www.instagram.com/reel/Caaaaaaaaa1/").stderr


def test_shared_links_lead_to_the_reel(site: LocalInternet) -> None:
    done = yt_dlp(site, "--simulate", "-O", "%(id)s", "https://www.instagram.com/share/reel/Caaaaaaaaa1/")
    assert done.stdout.strip() == "Caaaaaaaaa1"
