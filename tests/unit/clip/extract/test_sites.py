"""Which hosts are one site, for limits and for sessions."""

from __future__ import annotations

import pytest

from clipferry.clip.extract.sites import holds_session, shares_session, site_of


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.youtube.com/watch?v=1", "youtube.com"),
        ("https://m.youtube.com/", "youtube.com"),
        ("https://127.0.0.1:8000/x", "127.0.0.1"),
        ("https://example/", "example"),
        ("https://www.bbc.co.uk/x", "bbc.co.uk"),
        ("https://itv.co.uk/", "itv.co.uk"),
        ("https://player.globo.com.br/", "globo.com.br"),
        ("https://co.uk/", "co.uk"),
        ("https://vm.tiktok.com/", "tiktok.com"),
        ("https://t.co/x", "t.co"),
        ("https://youtu.be/x", "youtube.com"),
        ("https://www.youtube-nocookie.com/embed/x", "youtube.com"),
        ("https://rr3---sn-x.googlevideo.com/videoplayback", "youtube.com"),
        ("https://scontent.cdninstagram.com/v.mp4", "instagram.com"),
        ("https://twitter.com/a/status/1", "x.com"),
        ("https://mobile.x.com/a/status/1", "x.com"),
        ("https://notyoutube.com/", "notyoutube.com"),
        ("https://a.github.io/", "a.github.io"),
        ("https://[2001:db8::1]/x", "2001:db8::1"),
        ("https://WWW.Example.ORG./x", "example.org"),
    ],
)
def test_limits_are_counted_per_site(url: str, site: str) -> None:
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("domain", "host", "shared"),
    [
        (".youtube.com", "www.youtube.com", True),
        (".youtube.com", "youtu.be", True),
        ("accounts.youtube.com", "www.youtube.com", True),
        (".x.com", "twitter.com", True),
        (".twitter.com", "x.com", True),
        (".googlevideo.com", "www.youtube.com", False),
        (".google.com", "www.youtube.com", False),
        (".com", "www.youtube.com", False),
        (".itv.co.uk", "www.bbc.co.uk", False),
        (".co.uk", "www.bbc.co.uk", False),
        (".bbc.co.uk", "www.bbc.co.uk", True),
        (".b.github.io", "a.github.io", False),
        (".github.io", "a.github.io", False),
        ("video.example", "www.video.example", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "video.example", False),
    ],
)
def test_a_session_is_shared_by_the_pages_of_one_owner(domain: str, host: str, shared: bool) -> None:
    assert shares_session(domain, host) is shared


@pytest.mark.parametrize(
    ("domain", "holds"),
    [
        (".youtube.com", True),
        (".video.example", True),
        ("www.bbc.co.uk", True),
        ("192.0.2.1", True),
        (".googlevideo.com", False),
        (".cdninstagram.com", False),
        (".com", False),
        (".co.uk", False),
        (".github.io", False),
        ("", False),
    ],
)
def test_cookies_that_would_go_to_everybody_are_no_session(domain: str, holds: bool) -> None:
    assert holds_session(domain) is holds
