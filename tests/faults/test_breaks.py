"""Connections that break, stand still, crawl or lie: the bytes that come out in the end are the site's, fetched once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.errors import BadMedia, ClipError, NetworkError, RateLimited, UrlExpired
from clipferry.clip.http.media_url import Link
from clipferry.clip.http.small_files import fetch_small
from clipferry.clip.model import Format
from faults.reading import MIB, QUICK, Bench, digest, noise

SIZE = 13 * MIB + 12345


@pytest.fixture
def file(bench: Bench, tmp_path: Path) -> tuple[str, str]:
    """URL and digest of a file of 13 MiB, which takes two requests."""
    path = tmp_path / "media.bin"
    known = noise(path, SIZE)
    return bench.site.publish(path), known


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("reset", {"after_bytes": 3 * MIB}),
        ("truncate", {"after_bytes": 2 * MIB + 7}),
        ("stall", {"after_bytes": MIB}),
        ("stall", {"after_bytes": 0}),
        ("drip", {"after_bytes": MIB, "rate_bps": 500}),
        ("refuse", {}),
        ("slow_start", {"delay_s": 5.0}),
        ("wrong_range", {"shift": 1000}),
        ("huge_length", {}),
        ("html", {}),
        ("status", {"status": 500}),
        ("status", {"status": 503, "headers": {"Retry-After": "1"}}),
        ("status", {"status": 429, "headers": {"Retry-After": "1"}}),
    ],
)
@pytest.mark.parametrize("nth", [1, 2])
def test_goes_on_from_the_same_byte(
    bench: Bench, file: tuple[str, str], kind: str, how: dict[str, Any], nth: int
) -> None:
    url, known = file
    bench.site.fault(kind, path="/file/*", nth=nth, **how)
    assert digest(bench.whole(url)) == known
    assert [fault.hits for fault in bench.site.faults()] == [1]
    assert sum(bench.fetched) <= SIZE * 1.01 + 4096


def test_breaks_again_and_again(bench: Bench, file: tuple[str, str]) -> None:
    url, known = file
    bench.site.fault("reset", path="/file/*", times=9, after_bytes=MIB + 1)
    assert digest(bench.whole(url)) == known
    assert sum(bench.fetched) <= SIZE * 1.01


def test_a_server_without_ranges_is_read_once_from_its_beginning(bench: Bench, file: tuple[str, str]) -> None:
    url, known = file
    bench.site.fault("no_range", path="/file/*", times=0)
    assert digest(bench.whole(url)) == known
    assert sum(bench.fetched) <= SIZE * 1.5


@pytest.mark.parametrize("size", [SIZE, 100])
def test_a_server_that_does_not_tell_the_size_is_read_to_its_end(bench: Bench, tmp_path: Path, size: int) -> None:
    path = tmp_path / "media.bin"
    known = noise(path, size)
    bench.site.fault("untold_size", path="/file/*", times=0)
    assert digest(bench.whole(bench.site.publish(path))) == known
    assert sum(bench.fetched) <= size * 1.01


def test_a_redirect_is_followed_once_for_all_pieces(bench: Bench, file: tuple[str, str]) -> None:
    url, known = file
    bench.site.fault("redirect", path="*hop*", times=0, location=f"{url}?there")
    assert digest(bench.whole(f"{url}?hop")) == known
    asked = [entry.query for entry in bench.site.log(path="/file/*")]
    assert asked.count("hop") <= 2  # both first pieces may be on their way at once
    assert asked.count("there") >= 2


def test_where_a_redirect_led_may_expire(bench: Bench, file: tuple[str, str]) -> None:
    url, known = file
    bench.site.fault("redirect", path="*hop*", times=1, location=f"{url}?old")
    bench.site.fault("redirect", path="*hop*", times=0, location=f"{url}?new")
    bench.site.fault("status", path="*old*", nth=2, times=0, status=403)
    assert digest(bench.whole(f"{url}?hop")) == known


def test_nothing_is_sent_while_the_site_wants_to_be_left_alone(bench: Bench, file: tuple[str, str]) -> None:
    url, known = file
    bench.site.fault("status", path="/file/*", nth=2, status=429, headers={"Retry-After": "2"})
    assert digest(bench.whole(url)) == known
    refused = next(entry for entry in bench.site.log(path="/file/*") if entry.fault)
    assert refused.end_s is not None
    later = [entry.start_s for entry in bench.site.log(path="/file/*") if entry.start_s > refused.end_s + 0.3]
    assert later
    assert min(later) >= refused.end_s + 1.9


def test_a_long_wait_is_left_to_the_caller(bench: Bench, file: tuple[str, str]) -> None:
    bench.site.fault("status", path="/file/*", times=0, status=429, headers={"Retry-After": "120"})
    with pytest.raises(RateLimited) as caught:
        bench.whole(file[0])
    assert caught.value.retry_after_s == 120


@pytest.mark.parametrize(
    ("kind", "how", "error"),
    [
        ("html", {}, BadMedia),
        ("status", {"status": 403}, UrlExpired),
        ("status", {"status": 404}, UrlExpired),
        ("status", {"status": 410}, UrlExpired),
        ("status", {"status": 500}, NetworkError),
        ("status", {"status": 400}, BadMedia),
        ("wrong_range", {"shift": 10}, BadMedia),
        ("reset", {"after_bytes": 0}, NetworkError),
        ("stall", {"after_bytes": 0}, NetworkError),
        ("gzip_bomb", {}, BadMedia),
        ("redirect", {"location": "https://video.example/nowhere?x=1"}, UrlExpired),
        ("redirect", {"location": "file:///etc/passwd"}, ClipError),
    ],
)
def test_gives_up_in_words(
    bench: Bench, file: tuple[str, str], kind: str, how: dict[str, Any], error: type[ClipError]
) -> None:
    bench.site.fault(kind, path="/file/*", times=0, **how)
    with pytest.raises(error):
        bench.whole(file[0])


def test_a_body_without_end_is_not_taken_for_a_video(bench: Bench, file: tuple[str, str]) -> None:
    bench.site.fault("endless", path="/file/*", times=0)
    source = bench.source(file[0])
    try:
        with pytest.raises(BadMedia):
            source.prepare()
    finally:
        source.close()
    assert sum(bench.fetched) < 8 * MIB


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_expired_address_is_asked_for_again_and_the_bytes_are_kept(
    bench: Bench, file: tuple[str, str], status: int
) -> None:
    url, known = file
    asked: list[str] = []

    def again(old: Format) -> Format:
        asked.append(old.url)
        return replace(old, url=f"{url}?sig=2")

    bench.site.fault("reset", path="*sig=1*", times=1, after_bytes=4 * MIB)
    bench.site.fault("status", path="*sig=1*", nth=2, times=0, status=status)
    assert digest(bench.whole(f"{url}?sig=1", refresh=again)) == known
    assert asked == [f"{url}?sig=1"]
    assert sum(bench.fetched) <= SIZE * 1.01


def test_addresses_that_expire_again_and_again_still_get_there(bench: Bench, file: tuple[str, str]) -> None:
    url, known = file
    asked: list[str] = []

    def again(old: Format) -> Format:
        asked.append(old.url)
        mark = len(asked) + 1
        bench.site.fault("reset", path=f"*sig={mark}", times=1, after_bytes=MIB)
        bench.site.fault("status", path=f"*sig={mark}", times=0, status=403)
        return replace(old, url=f"{url}?sig={mark}")

    bench.site.fault("status", path="*sig=1", times=0, status=403)
    assert digest(bench.whole(f"{url}?sig=1", refresh=again)) == known
    assert len(asked) > 5


def test_another_file_behind_the_new_address_is_not_mixed_in(
    bench: Bench, tmp_path: Path, file: tuple[str, str]
) -> None:
    other = tmp_path / "other.bin"
    noise(other, SIZE - 1)
    new_url = bench.site.publish(other)
    bench.site.fault("reset", path="*sig=1*", times=1, after_bytes=4 * MIB)
    bench.site.fault("status", path="*sig=1*", nth=2, times=0, status=403)
    with pytest.raises(NetworkError) as caught:
        bench.whole(f"{file[0]}?sig=1", refresh=lambda old: replace(old, url=new_url))
    assert "changed" in caught.value.sentence
    assert digest(bench.whole(new_url)) == digest(other.read_bytes())


def test_small_things_are_small(bench: Bench, file: tuple[str, str]) -> None:
    with pytest.raises(BadMedia):
        fetch_small(Link(file[0]), network=bench.network, max_bytes=MIB, retry_policy=QUICK)
    bench.site.fault("gzip_bomb", path="/file/*")
    with pytest.raises(BadMedia):
        fetch_small(Link(file[0]), network=bench.network, retry_policy=QUICK)
    bench.site.fault("status", path="/file/*", status=502)
    assert len(fetch_small(Link(file[0]), network=bench.network, max_bytes=20 * MIB, retry_policy=QUICK)) == SIZE
