"""What a new yt-dlp asks for: there already, brought along in its own folder, or a reason to leave it."""

from __future__ import annotations

from importlib import metadata

import pytest

from clipferry.ytdlp.errors import UpdateRefused
from clipferry.ytdlp.requirements import beside

HERE = {"yt-dlp-ejs": "0.8.0", "requests": "2.34.2", "urllib3": "2.7.0", "certifi": "2026.10.18", "deno": "2.9.5"}


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("requests<3,>=2.32.2; extra == 'default'", []),
        ("yt-dlp-ejs==0.8.0; extra == 'default'", []),
        ("yt-dlp-ejs==0.9.0; extra == 'default'", ["yt-dlp-ejs==0.9.0"]),
        ("certifi>=2026.10.19; extra == 'default'", ["certifi>=2026.10.19"]),
        ("requests==99; extra == 'pin'", []),
        ("secretstorage; extra == 'secretstorage'", []),
        ("brotlicffi; implementation_name != 'cpython' and extra == 'default'", []),
        ("deno>=2.6.6; extra == 'deno'", []),
    ],
)
def test_what_fits_or_comes_along(asked: str, own: list[str]) -> None:
    assert beside([asked], HERE.get) == own


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("urllib3<4,>=3; extra == 'default'", "urllib3 <4,>=3 (here: 2.7.0)"),
        ("websockets>=13.0; extra == 'default'", "websockets >=13.0 (here: none)"),
        ("deno>=2.9.8; extra == 'deno'", "deno >=2.9.8 (here: 2.9.5)"),
        ("something-new", "something-new (here: none)"),
        ("not a requirement ==", ""),
    ],
)
def test_what_does_not_fit_is_named(asked: str, named: str) -> None:
    with pytest.raises(UpdateRefused) as refused:
        beside([asked], HERE.get)
    assert named in refused.value.sentence


def test_who_has_no_deno_of_ours_is_not_asked_for_a_newer_one() -> None:
    assert beside(["deno>=99; extra == 'deno'"], {}.get) == []


def test_the_installed_yt_dlp_fits_what_is_installed() -> None:
    assert beside(metadata.requires("yt-dlp") or []) == []
