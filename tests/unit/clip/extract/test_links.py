"""Links as they are pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import ClipError
from clipferry.clip.extract.links import tidy_link
from clipferry.clip.http.network import Network

MEANT = "https://youtu.be/AAAAAAAAAA1?t=5"


@pytest.mark.parametrize(
    "text",
    [
        MEANT,
        "youtu.be/AAAAAAAAAA1?t=5",
        f"  {MEANT}\r\n",
        f"<{MEANT}>",
        f'"{MEANT}"',
        f" “{MEANT}” ",
        f"<{'youtu.be/AAAAAAAAAA1?t=5'}>",
        f"\ufeff{MEANT}",
        f"\u200b\u2060{MEANT}\u200e",
        f"\u00a0<\u200b{MEANT}> ",
        MEANT.replace("https", "HTTPS"),
        MEANT.replace("https", "Https"),
    ],
)
def test_what_is_plainly_meant_is_taken(text: str) -> None:
    assert tidy_link(text) == MEANT


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("www.youtube.com", "https://www.youtube.com"),
        ("WWW.YouTube.com/watch?v=x", "https://WWW.YouTube.com/watch?v=x"),
        ("example.com:8443/a.mp4", "https://example.com:8443/a.mp4"),
        ("bücher.example/film", "https://bücher.example/film"),
        ("HTTP://example.com/(a)", "http://example.com/(a)"),
    ],
)
def test_a_host_gets_its_scheme(text: str, link: str) -> None:
    assert tidy_link(text) == link


@pytest.mark.parametrize(
    "text",
    ["film.mov", "./film.mov", "/etc/passwd", "C:\\a.mp4", "file:///etc/passwd", "ytsearch5:cats", "youtube:AAAAAAAAAA1",
     "javascript:alert(1)", "127.0.0.1/a.mp4", "--exec=id", "//server/share", "http:ytsearch:cats", "https:/x/y", "a b.c/d", "x@y.org/a"],
)  # fmt: skip
def test_nothing_else_becomes_an_address(text: str) -> None:
    assert tidy_link(text) == text


@given(st.text(max_size=80) | st.text("htps:/. <>\"'w@1\ufeff\u200b\\%[]", max_size=20))
def test_no_text_ends_in_anything_but_an_address_or_a_refusal(text: str) -> None:
    link = tidy_link(text)
    assert tidy_link(link) == link or len(link) < len(text)
    try:
        Network().check(link, resolve=False)
    except ClipError as refused:
        assert refused.exit_code < 30
