"""What is remembered of a resolved video, and for how long."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from clipferry.clip.extract.resolve_cache import ResolveCache, video_from_json, video_to_json
from clipferry.clip.model import Chapter, Delivery, Format, Fragment, Live, Subtitle, Video

VIDEO = Video(
    "youtube",
    "abc",
    "T",
    "https://www.youtube.com/watch?v=AAAAAAAAAA1",
    (
        Format("136", "https://m/v", Delivery.FILE, "mp4", video_codec="avc1", height=720, http_headers={"A": "b"}),
        Format(
            "f",
            "https://m/f",
            Delivery.FRAGMENTS,
            "mp4",
            audio_codec="mp4a",
            default_language=False,
            fragments=(Fragment("https://m/f/0", byte_range=(0, 10)), Fragment("https://m/f/1", 5.0)),
        ),
    ),
    duration_s=120.0,
    chapters=(Chapter("a", 0, 1),),
    subtitles=(Subtitle("en", "https://s", "vtt", True, "English"),),
    expires_at=10_000.0,
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> ResolveCache:
    return ResolveCache(tmp_path / "videos", now=clock)


def test_json_and_back() -> None:
    assert video_from_json(json.loads(json.dumps(video_to_json(VIDEO)))) == VIDEO
    live = replace(VIDEO, live=Live.NOW, duration_s=None, chapters=(), subtitles=())
    assert video_from_json(json.loads(json.dumps(video_to_json(live)))) == live


def test_a_newer_versions_video_is_read_without_what_it_added() -> None:
    """A recording goes on after a step back to an older version: it is read from such a file."""
    data = json.loads(json.dumps(video_to_json(VIDEO)))
    for entry in (data, *data["formats"], *data["chapters"], *data["subtitles"], *data["formats"][1]["fragments"]):
        entry["newer"] = {"a": 1}
    data["formats"].append({**data["formats"][0], "delivery": "torrent"})
    assert video_from_json(data) == VIDEO
    data["formats"] = data["formats"][2:]
    with pytest.raises(ValueError, match="no format"):
        video_from_json(data)


def test_until_shortly_before_the_addresses_expire(cache: ResolveCache, clock: Clock) -> None:
    cache.put("https://youtu.be/AAAAAAAAAA1", None, VIDEO)
    assert cache.get("https://youtu.be/AAAAAAAAAA1", None) == VIDEO
    clock.now = 9_870
    assert cache.get("https://youtu.be/AAAAAAAAAA1", None) == VIDEO
    clock.now = 9_890
    assert cache.get("https://youtu.be/AAAAAAAAAA1", None) is None


def test_the_same_video_by_another_link(cache: ResolveCache) -> None:
    cache.put("https://youtu.be/AAAAAAAAAA1?si=1", None, VIDEO)
    found = cache.get("https://www.youtube.com/watch?list=PL1&v=AAAAAAAAAA1&t=1m", None)
    assert found == replace(VIDEO, suggested_start_s=60.0)


def test_items_of_a_post_are_kept_apart(cache: ResolveCache) -> None:
    cache.put("https://i/p/1?x=y&utm_source=z", 2, VIDEO)
    assert cache.get("https://i/p/1?x=y", 2) == VIDEO
    assert cache.get("https://i/p/1?x=y&utm_source=z", None) is None
    assert cache.get(VIDEO.webpage_url, None) is None


def test_a_running_stream_is_asked_again_soon(cache: ResolveCache, clock: Clock) -> None:
    cache.put("https://y/live", None, replace(VIDEO, live=Live.NOW))
    clock.now += 29
    assert cache.get("https://y/live", None) is not None
    clock.now += 2
    assert cache.get("https://y/live", None) is None


def test_dropped_by_any_of_its_links(cache: ResolveCache) -> None:
    cache.put("https://youtu.be/AAAAAAAAAA1", None, VIDEO)
    cache.drop("https://youtu.be/AAAAAAAAAA1", None)
    assert cache.get(VIDEO.webpage_url, None) is None


def test_only_its_owner_may_read_it(cache: ResolveCache, tmp_path: Path) -> None:
    cache.put("https://youtu.be/AAAAAAAAAA1", None, VIDEO)
    files = list((tmp_path / "videos").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "videos").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "rubbish", [b"", b"{", b"[]", b'{"until": 1e12}', b"\xff", b'{"until":1e12,"shape":1,"video":{}}']
)
def test_a_spoilt_file_counts_as_none(cache: ResolveCache, tmp_path: Path, rubbish: bytes) -> None:
    cache.put("https://youtu.be/AAAAAAAAAA1", None, VIDEO)
    for path in (tmp_path / "videos").iterdir():
        path.write_bytes(rubbish)
    assert cache.get("https://youtu.be/AAAAAAAAAA1", None) is None


def test_without_a_place_to_write_nothing_is_kept_and_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = ResolveCache(tmp_path / "file")
    cache.put("https://youtu.be/AAAAAAAAAA1", None, replace(VIDEO, expires_at=None))
    assert cache.get("https://youtu.be/AAAAAAAAAA1", None) is None
