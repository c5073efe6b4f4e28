"""Sites that answer browsers only: the real yt-dlp and curl, against an Instagram that looks at the TLS handshake."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import CLIP, CommandLine
from origin import LocalInternet, verify

REEL = "https://www.instagram.com/reel/Caaaaaaaaa1/"
MARKS = ("--start", "2", "--end", "4")
SESSION = "# Netscape HTTP Cookie File\n.instagram.com\tTRUE\t/\tTRUE\t4102444800\tsessionid\tfixture-session\n"


@pytest.fixture
def without_curl(cli: CommandLine, tmp_path: Path) -> CommandLine:
    """As where curl_cffi is not installed for this system."""
    package = tmp_path / "first" / "curl_cffi"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('there is no curl_cffi for this system')\n")
    cli.env["PYTHONPATH"] = str(package.parent)
    return cli


def test_a_clip_of_instagram_without_a_login(cli: CommandLine, site: LocalInternet) -> None:
    answer = cli.clip(REEL, *MARKS)
    assert answer.code == 0, answer.out
    assert verify.pictures(answer.path).faults(60, 119) == []
    pages, media = site.log("www.instagram.com"), site.log("*.cdninstagram.com")
    assert {(entry.ja4 or "")[:10] for entry in pages} == {"t13d1516h2"}, "Chrome's"
    assert {entry.ja4 for entry in media}.isdisjoint({entry.ja4 for entry in pages}), "bytes are fetched as ever"
    assert all(entry.status == 200 for entry in pages)


def test_the_browsers_http2_is_spoken_where_the_site_looks_at_it(cli: CommandLine, site: LocalInternet) -> None:
    answer = cli.clip(REEL, *MARKS)
    assert answer.code == 0, answer.out
    assert verify.pictures(answer.path).faults(60, 119) == []
    spoken = {entry.http2 for entry in site.log("www.instagram.com")}
    assert spoken == {"1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p"}, "Chrome's"


def test_without_curl_the_site_wants_a_login_and_the_sentence_tells_why(
    without_curl: CommandLine, site: LocalInternet, tmp_path: Path
) -> None:
    answer = without_curl.clip(REEL, *MARKS)
    error = answer.said["error"]
    assert error["code"] == "login_required"
    assert "answers browsers only" in error["message"]
    assert 302 in {entry.status for entry in site.log("www.instagram.com", "/p/*")}
    jar = tmp_path / "cookies.txt"
    jar.write_text(SESSION)
    lent = without_curl.clip(REEL, *MARKS, "--cookies", jar)
    assert lent.code == 0, lent.out


def test_a_session_goes_along_with_impersonated_requests(cli: CommandLine, site: LocalInternet, tmp_path: Path) -> None:
    jar = tmp_path / "cookies.txt"
    jar.write_text(SESSION)
    answer = cli.clip("https://www.instagram.com/reel/Lloginwall01/", *MARKS, "--cookies", jar)
    assert answer.code == 0, answer.out
    [asked] = site.log("www.instagram.com", "/api/v1/media/*")
    assert "sessionid=fixture-session" in asked.headers["cookie"]
    assert "sec-ch-ua" in asked.headers
    assert all("fixture-session" not in str(entry.headers) for entry in site.log("*.cdninstagram.com"))


@pytest.mark.parametrize("way", ["socks_url", "auth_proxy_url", "tls_proxy_url"])
def test_the_persons_proxy_is_used(cli: CommandLine, site: LocalInternet, way: str) -> None:
    cli.env.update(HTTPS_PROXY=getattr(site, way), https_proxy=getattr(site, way))
    answer = cli.clip(REEL, *MARKS)
    assert answer.code == 0, answer.out
    assert all("sec-ch-ua" in entry.headers for entry in site.log("www.instagram.com"))


def test_youtube_does_not_pay_for_it(without_curl: CommandLine) -> None:
    """curl is not even looked for where the site does not want it."""
    assert without_curl.clip(CLIP, *MARKS, "--height", "360").code == 0
    assert "impersonation" not in without_curl.log()


def test_the_site_limits_visitors(cli: CommandLine, site: LocalInternet) -> None:
    """Asked once: what is limited is not asked again in another form."""
    site.settings(instagram="429")
    answer = cli.clip(REEL, *MARKS)
    assert answer.said["error"]["code"] == "rate_limited"
    assert site.counters("www.instagram.com").requests == 1
