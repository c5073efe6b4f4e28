"""yt-dlp as a library: only our options, a floor for its age, and which of several entries is meant."""

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest
import yt_dlp

from clipferry.clip.errors import ClipError, OutdatedExtractor, UnsupportedSite
from clipferry.clip.extract import query, resolve, ytdlp_adapter
from clipferry.clip.extract.resolve import Query
from clipferry.clip.extract.ytdlp_adapter import javascript
from clipferry.clip.extract.ytdlp_adapter.one_extractor import site_extractor
from clipferry.clip.http.network import Network
from origin import LocalInternet

PICTURE: dict[str, Any] = {"id": "p", "title": "picture"}
VIDEO: dict[str, Any] = {"id": "v", "title": None, "formats": [{}]}
SECOND: dict[str, Any] = {"id": "w", "formats": [{}]}
PAGE: dict[str, Any] = {"_type": "url", "url": "https://example.org/1"}


def test_nothing_that_runs_or_writes_is_among_the_options(tmp_path: Path) -> None:
    (tmp_path / "cookies.txt").write_text("# Netscape HTTP Cookie File\n.a.example\tTRUE\t/\tTRUE\t0\tn\tv\n")
    given = ytdlp_adapter.options(3, Network(ca_file="/ca.pem"), tmp_path / "cookies.txt")
    assert given.keys() <= ytdlp_adapter.OPTIONS
    assert not any(
        word in name
        for name in ytdlp_adapter.OPTIONS
        for word in ("exec", "netrc", "external", "write", "outtmpl", "postprocess", "plugin", "nocheck", "enable_file")
    )
    assert given["cachedir"] is False
    assert not isinstance(given["cookiefile"], str | Path), "a copy in memory: yt-dlp writes back what it is given"


def test_no_ffmpeg_is_started_to_see_what_there_is(
    site: LocalInternet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, started = tmp_path / "ffmpeg", tmp_path / "started"
    program.write_text(f"#!/bin/sh\ntouch {started}\n")
    program.chmod(0o755)
    for name, value in {**site.env(), "PATH": f"{tmp_path}:{os.environ['PATH']}"}.items():
        monkeypatch.setenv(name, value)  # resolving sets SSL_CERT_FILE as well, which is taken back with these
    ytdlp_adapter.warm_up()
    monkeypatch.setattr(yt_dlp.postprocessor.FFmpegPostProcessor, "_version_cache", {})
    found = resolve.resolve(Query("https://www.youtube.com/watch?v=AAAAAAAAAA2", Network.from_environment(site.env())))
    assert len(found.formats) > 3
    assert not started.exists()


@pytest.mark.parametrize(
    ("url", "times"),
    [("https://www.youtube.com/watch?v=AAAAAAAAAA2", 1), ("https://www.instagram.com/reel/Caaaaaaaaa1/", 0)],
)
def test_a_site_that_needs_no_javascript_starts_none(
    url: str, times: int, site: LocalInternet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site that needs one queries its version once."""
    program, started = tmp_path / "deno", tmp_path / "started"
    program.write_text(f"#!/bin/sh\necho started >> {started}\necho deno 2.9.9\n")
    program.chmod(0o755)
    for name, value in site.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(javascript, "program", lambda name: str(tmp_path / name))
    with contextlib.suppress(ClipError):  # nothing runs in this one
        query.ask(Query(url, Network.from_environment(site.env())))
    assert (started.read_text() if started.exists() else "").count("started") == times


def test_an_option_that_is_not_ours_is_a_mistake_of_ours() -> None:
    kind = ytdlp_adapter.warm_up()
    with pytest.raises(AssertionError, match="exec_cmd"):
        kind(Network(), {"exec_cmd": "x"})


def test_an_old_yt_dlp_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ytdlp_adapter.warm_up.cache_clear()
    monkeypatch.setattr(yt_dlp.version, "__version__", "2026.07.03")
    with pytest.raises(OutdatedExtractor):
        ytdlp_adapter.warm_up()
    monkeypatch.setattr(yt_dlp.version, "__version__", "2026.7.4.232811")
    ytdlp_adapter.warm_up()
    ytdlp_adapter.warm_up.cache_clear()


@pytest.mark.parametrize(
    ("entries", "item", "chosen"),
    [
        ([PICTURE, VIDEO], None, "v"),
        ([PICTURE, VIDEO, SECOND], None, "v"),
        ([PICTURE, VIDEO, SECOND], 3, "w"),
        ([VIDEO], 1, "v"),
    ],
)
def test_which_of_a_post_is_meant(entries: list[dict[str, Any]], item: int | None, chosen: str) -> None:
    found, place = query._pick({"title": "A post", "extractor_key": "X", "entries": iter(entries)}, item)
    assert entries[place - 1]["id"] == chosen
    assert found["id"] == chosen
    assert found["title"] == "A post"


@pytest.mark.parametrize(
    ("entries", "item", "said"),
    [
        ([PICTURE, VIDEO], 1, "picture"),
        ([PICTURE, VIDEO], 3, "no item 3"),
        ([PICTURE], None, "no video"),
        ([], None, "no video"),
        ([PAGE, PAGE], None, "list of videos"),
    ],
)
def test_what_is_not_one_video(entries: list[dict[str, Any]], item: int | None, said: str) -> None:
    with pytest.raises(UnsupportedSite, match=said):
        query._pick({"entries": entries}, item)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1", "YoutubeIE"),
        ("https://youtu.be/AAAAAAAAAA1?t=3", "YoutubeIE"),
        ("https://m.youtube.com/shorts/AAAAAAAAAA1", "YoutubeIE"),
        ("https://www.instagram.com/reel/Caaaaaaaaa1/", "InstagramIE"),
        ("https://www.youtube.com/watch?v=AAAAAAAAAA1&list=PL1", None),
        ("https://www.youtube.com/clip/Ugkx", None),
        ("https://notyoutube.com/watch?v=AAAAAAAAAA1", None),
        ("https://vimeo.com/1", None),
    ],
)
def test_the_single_extractor_is_the_one_that_all_would_select(url: str, name: str | None) -> None:
    found = site_extractor(url)
    assert (found and type(found).__name__) == name
    if name is not None:
        with yt_dlp.YoutubeDL({"quiet": True}) as ydl:
            first = next(key for key, extractor in ydl._ies.items() if extractor.suitable(url))
        assert f"{first}IE" == name


def test_what_is_only_named_like_a_file_is_left_to_the_extractors_of_its_site() -> None:
    """yt-dlp's generic extractor accepts every address: it must be the last."""
    ydl = ytdlp_adapter.warm_up()(Network(), {"quiet": True})
    ydl.register("https://video.example/film.mp4")
    assert list(ydl._ies) == ["Generic"]
    ydl.register_all()
    assert list(ydl._ies)[-1] == "Generic"
    ydl.close()
