"""A lent session: the site's own cookies only, for this user alone, gone when the job ends, in no log."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipferry.jobs.lent_cookies import CookieJars
from clipferry.protocol.jobs import ClipCreateParams
from clipferry.protocol.videos import Cookie
from clipferry.system.log import redact

URL = "https://www.youtube.com/watch?v=1"


def cookie(domain: str, value: str = "v") -> Cookie:
    return Cookie(domain=domain, name="n", value=value)


@pytest.fixture
def jars(tmp_path: Path) -> CookieJars:
    return CookieJars(tmp_path / "run")


def test_only_what_the_site_would_be_sent_goes_along(jars: CookieJars) -> None:
    jars.lend("job", URL, [cookie(".youtube.com", "yes"), cookie("accounts.youtube.com", "yes2"), cookie(".com", "no")])
    file = jars.file("job")
    assert file is not None
    assert "yes" in file.read_text()
    assert "yes2" in file.read_text()
    assert "no\n" not in file.read_text()
    jars.lend("other", URL, [cookie("google.com"), cookie("evilyoutube.com"), cookie("youtube.com.evil.example")])
    assert jars.file("other") is None
    jars.lend("british", "https://www.bbc.co.uk/x", [cookie(".itv.co.uk"), cookie("bank.co.uk"), cookie(".co.uk")])
    assert jars.file("british") is None
    jars.take_back("job")


def test_the_file_is_this_users_alone_and_gone_when_taken_back(jars: CookieJars) -> None:
    jars.lend("job", URL, [cookie("youtube.com")])
    file = jars.file("job")
    assert file is not None
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    jars.take_back("job")
    assert not file.exists()
    jars.take_back("job")


def test_what_no_job_needs_is_swept(jars: CookieJars) -> None:
    jars.lend("old", URL, [cookie("youtube.com")])
    jars.lend("new", URL, [cookie("youtube.com")])
    jars.sweep(["new"])
    assert jars.file("old") is None
    assert jars.file("new") is not None
    jars.sweep([])


def test_a_request_that_is_printed_does_not_print_them() -> None:
    asked = ClipCreateParams(url=URL, cookies=[cookie("youtube.com", "s3cret")])
    assert "s3cret" not in repr(asked)


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\x00b", "a;b"])
def test_a_cookie_cannot_smuggle_a_second_line(text: str) -> None:
    with pytest.raises(ValueError, match="value"):
        cookie("youtube.com", text)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:s3cret@v.example/x",
        "Cookie: a=s3cret",
        "Authorization: Bearer s3cret",
        '{"token": "s3cret"}',
        "https://rr1.googlevideo.com/videoplayback?expire=1&sig=s3cret&n=s3cret",
        "http://127.0.0.1:8804/#code=s3cret",
    ],
)
def test_the_log_tells_no_secret(text: str) -> None:
    assert "s3cret" not in redact(text)
