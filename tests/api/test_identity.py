"""One answer for one clip: equal by key is equal by content, whatever the addresses look like and in whatever order they come."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from api.client import Json, SocketClient
from api.running import RunningDaemon
from origin import LocalInternet, verify

HLS = "https://video.example/media/h264/hls-ts/aac/{}/index.m3u8"
FPS = 30


def master(site: LocalInternet, url: str, seconds: int) -> str:
    """A playlist at ``url`` that leads to a video of ``seconds``."""
    body = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=500000\n{HLS.format(seconds)}\n"
    return site.put(url, body, content_type="application/vnd.apple.mpegurl")


def addresses(site: LocalInternet) -> dict[str, int]:
    """Addresses that are easily taken for each other, with the length in seconds of what is there."""
    return {
        master(site, "https://video.example/a/index.m3u8", 2): 2,
        master(site, "https://packages.test/a/index.m3u8", 3): 3,
        master(site, "https://video.example/b/index.m3u8", 4): 4,
        "https://video.example/media/h264/mp4-front/aac/2/media.mp4": 2,
        "https://video.example/media/h264/mp4-front/aac/3/media.mp4": 3,
        "https://video.example/film?t=2": 2,
        "https://video.example/film?t=3": 3,
        "https://video.example/film?index=4": 4,
        "https://video.example/film?list=3": 3,
        "https://video.example/film?si=2": 2,
        "https://video.example/page?src=/media/h264/mp4-front/aac/4/media.mp4#/film/1": 4,
        "https://video.example/page?src=/media/h264/mp4-front/aac/2/media.mp4#/film/1": 2,
    }


@pytest.fixture
async def person(online: RunningDaemon) -> AsyncIterator[SocketClient]:
    async with online.talk() as client:
        await client.hello()
        yield client


def length(online: RunningDaemon, job: Json) -> float:
    assert job["state"] == "done", job["error"]
    return len(verify.pictures(online.downloads / job["file_name"]).seen) / FPS


@pytest.mark.parametrize("backwards", [False, True], ids=["in this order", "backwards"])
@pytest.mark.parametrize("entry", ["REST", "clip.create", "resolve first"])
async def test_every_address_gives_its_own_video(
    entry: str, backwards: bool, online: RunningDaemon, person: SocketClient, site: LocalInternet
) -> None:
    asked = list(addresses(site).items())
    quality = {"REST": 11, "clip.create": 12, "resolve first": 13}[entry] + 10 * backwards
    output = {"kind": "mp4", "quality": quality}  # tells the cases apart and changes nothing in an exact copy
    jobs: dict[str, str] = {}
    for url, _ in reversed(asked) if backwards else asked:
        if entry == "resolve first":
            await person.ask("resolve", {"url": url})
        if entry == "REST":
            async with online.http() as http:
                status, told = await http.post("/download", {"url": url, "output": output})
                assert status == 202, told
        else:
            told = await person.ask("clip.create", {"url": url, "output": output})
        jobs[url] = told["file_id"]
        done = await person.job(told["file_id"])
        assert length(online, done) == dict(asked)[url], url
    assert len(set(jobs.values())) == len(asked)
    again = [(await person.ask("clip.create", {"url": url, "output": output}))["file_id"] for url in jobs]
    assert again == list(jobs.values()), "asked once more, each is answered with its own"


async def test_items_of_a_post_are_clips_of_their_own(
    online: RunningDaemon, person: SocketClient, site: LocalInternet
) -> None:
    """Whether named by the link or beside it, and whichever was asked for first."""
    post = "https://www.instagram.com/p/Dcarousel002/"
    asks = [{"url": post, "item": 2}, {"url": post}, {"url": f"{post}?img_index=2"}, {"url": post, "item": 1}]
    made = []
    for ask in asks:
        job = await person.job((await person.ask("clip.create", {**ask, "output": {"kind": "mp4"}}))["file_id"])
        made.append((job["file_id"], length(online, job)))
    second, first, named, one = made
    assert (first[1], second[1]) == (10, 8)
    assert named == second
    assert one[1] == 10


async def test_a_picture_is_not_answered_with_the_video_beside_it(person: SocketClient, site: LocalInternet) -> None:
    post = "https://www.instagram.com/p/Dcarousel001/"
    video = await person.job((await person.ask("clip.create", {"url": post}))["file_id"])
    assert video["state"] == "done", video["error"]
    picture = await person.job((await person.ask("clip.create", {"url": post, "item": 1}))["file_id"])
    assert picture["error"]["code"] == "unsupported_site"
    same = await person.ask("clip.create", {"url": post, "item": 2})
    assert (await person.job(same["file_id"]))["file_id"] in (video["file_id"], same["file_id"])


SHOWN = "https://www.youtube.com/clip/UgkxFixtureClipNumberOne0001"
FILM = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


async def test_a_links_own_range_is_part_of_what_is_asked_for(
    online: RunningDaemon, person: SocketClient, site: LocalInternet
) -> None:
    """7.5 to 12.5 is what the /clip/ page shows; all of the video, the range by marks, and that of ``t=`` are other clips."""
    output = {"kind": "mp4", "max_height": 360}

    async def take(url: str, **more: Json) -> tuple[Json, int]:
        told = await person.ask("clip.create", {"url": url, "output": output, **more})
        job = await person.job(told["file_id"])
        assert job["state"] == "done", job["error"]
        return job, len(verify.pictures(online.downloads / job["file_name"]).seen)

    shown, pictures = await take(SHOWN)
    assert (shown["start_s"], shown["end_s"], shown["duration_s"], pictures) == (7.5, 12.5, 60, 150)
    marked, _ = await take(FILM, start_time=7.5, end_time=12.5)
    assert marked["file_id"] == shown["file_id"], "the same pictures of the same video"
    whole, pictures = await take(SHOWN, whole=True)
    assert (whole["start_s"], whole["end_s"], pictures) == (None, None, 1800)
    film, pictures = await take(FILM)
    assert (film["file_id"], pictures) == (whole["file_id"], 1800)
    later, pictures = await take(f"{FILM}&t=58")
    assert (later["start_s"], later["end_s"], pictures) == (58, None, 60)
    assert (await take(f"{SHOWN}?si=x"))[0]["file_id"] == shown["file_id"]
    assert (await take(f"{FILM}&t=58", whole=True))[0]["file_id"] == whole["file_id"]


async def test_the_panel_is_told_the_range_in_the_sources_time(person: SocketClient, site: LocalInternet) -> None:
    video = await person.ask("resolve", {"url": SHOWN})
    assert (video["key"], video["duration_s"]) == ("youtube:AAAAAAAAAA1", 60)
    assert (video["suggested_start_s"], video["suggested_end_s"]) == (7.5, 12.5)
    assert all(chapter["start_s"] < chapter["end_s"] <= 60 for chapter in video["chapters"])


async def test_marks_and_all_of_it_contradict_each_other(online: RunningDaemon) -> None:
    async with online.http() as http:
        status, told = await http.post("/download", {"url": FILM, "whole": True, "start_time": 1})
        assert (status, told["error"]["code"]) == (422, "invalid_range")


@pytest.mark.parametrize(("video", "state"), [("AAAAAAAAAA1", "done"), ("private____", "failed")])
async def test_a_clip_counts_for_the_site_that_it_comes_from(
    video: str, state: str, person: SocketClient, site: LocalInternet
) -> None:
    """Limits and failures are those of the site that was asked, wherever the link was found."""
    watch = f"https://www.youtube.com/watch?v={video}"
    link = site.put(f"https://video.example/go/{video}", "", status=302, headers={"Location": watch})
    told = await person.ask("clip.create", {"url": link, "start_time": 1, "end_time": 2})
    job = await person.job(told["file_id"])
    assert (job["state"], job["site"]) == (state, "youtube.com")
