"""The real yt-dlp against the local Instagram."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from curl_cffi import CurlHttpVersion, CurlOpt, requests

from origin import LocalInternet, verify
from origin.ytdlp import yt_dlp

CHROME = "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p"
OTHER = "2:0;4:65535|1048576|0|m,p,a,s"
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
    as_browser = ("--extractor-args", "generic:impersonate")
    done = yt_dlp(site, "--simulate", "-O", "%(id)s", *as_browser, "https://www.instagram.com/share/reel/Caaaaaaaaa1/")
    assert done.stdout.strip() == "Caaaaaaaaa1"


def test_only_a_browser_is_let_in_without_a_session(site: LocalInternet, tmp_path: Path) -> None:
    """Since June 2026. The handshake decides: Python's TLS does not become Chrome by its header fields."""
    url = "https://www.instagram.com/p/Dsingle00001/"
    assert yt_dlp(site, "--simulate", url).returncode == 0
    browser = {entry.ja4 for entry in site.log("www.instagram.com")}
    site.clear_log()
    plain = yt_dlp(site, "--simulate", url, curl=False)
    assert "exceeded the rate-limit for accessing posts anonymously" in plain.stderr
    requests = site.log("www.instagram.com")
    assert {entry.path for entry in requests if entry.status == 302} >= {"/", "/p/Dsingle00001"}
    assert all("Chrome/" in entry.headers["user-agent"] for entry in requests)
    assert browser.isdisjoint({entry.ja4 for entry in requests})
    assert (
        yt_dlp(site, "--simulate", "--cookies", cookies(tmp_path, "fixture-session"), url, curl=False).returncode == 0
    )


def test_the_logged_out_answer_is_given_to_who_went_the_way_of_the_page(site: LocalInternet) -> None:
    """Session, permission and token first, then one query: the page itself is not needed."""
    assert yt_dlp(site, "--simulate", "https://www.instagram.com/reel/Caaaaaaaaa1/").returncode == 0
    paths = [entry.path for entry in site.log("www.instagram.com")]
    assert paths == ["/", "/api/v1/web/get_ruling_for_content/", "/api/graphql"]


@pytest.mark.parametrize(("akamai", "path"), [(CHROME, "/"), (OTHER, "/accounts/login/")])
def test_a_browsers_handshake_with_another_http2_is_no_browser(site: LocalInternet, akamai: str, path: str) -> None:
    trust = {CurlOpt.CAINFO: str(site.ca_file)}
    with requests.Session(impersonate="chrome", akamai=akamai, proxy=site.proxy_url, curl_options=trust) as session:
        answer = session.get("https://www.instagram.com/")
    assert urlsplit(answer.url).path == path
    assert answer.http_version == CurlHttpVersion.V2_0
    assert {entry.http2 for entry in site.log("www.instagram.com")} == {akamai}
