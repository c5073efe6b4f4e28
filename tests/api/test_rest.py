"""The three routes that people and scripts start from, with a real daemon, worker and (local) internet behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import Message
from urllib.parse import unquote

import pytest

from api.client import HttpClient, Json, SocketClient
from api.running import RunningDaemon
from origin import LocalInternet, verify

FILM = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
LIVE = "https://www.youtube.com/watch?v=LLLLLLLLLL1"
NASTY = "https://www.youtube.com/watch?v=AAAAAAAAAA2"


@pytest.fixture
async def http(online: RunningDaemon) -> AsyncIterator[HttpClient]:
    async with online.http() as client:
        yield client


@pytest.fixture
async def ear(online: RunningDaemon) -> AsyncIterator[SocketClient]:
    """Hears of jobs."""
    async with online.talk() as client:
        await client.hello()
        yield client


async def clip(http: HttpClient, ear: SocketClient, **asked: Json) -> Json:
    status, accepted = await http.post("/download", asked)
    assert status == 202, accepted
    assert list(accepted) == ["file_id"]
    done = await ear.job(accepted["file_id"])
    assert done["state"] == "done", done["error"]
    return done


@pytest.mark.parametrize(
    ("start", "end"),
    [("0:00:04.5", "0:00:07"), (4.5, 7), ("4.5", "7.000")],
    ids=["H:MM:SS", "numbers", "seconds as text"],
)
async def test_download_status_video(
    start: Json, end: Json, http: HttpClient, ear: SocketClient, online: RunningDaemon, site: LocalInternet
) -> None:
    job = await clip(http, ear, url=FILM, start_time=start, end_time=end)
    status, told = await http.get(f"/status/{job['file_id']}")
    assert status == 200
    assert (told["ready"], told["state"], told["progress"], told["error"]) == (True, "done", 1.0, None)
    assert told["file_name"] == job["file_name"] and told["proof"]["frames"] == 75
    async with http.session.get(f"{http.base}/video/{job['file_id']}") as answer:
        body = await answer.read()
        assert (answer.status, answer.content_type, answer.headers["Accept-Ranges"]) == (200, "video/mp4", "bytes")
        assert answer.content_length == len(body) == told["size_bytes"]
        assert name_in(answer.headers["Content-Disposition"]) == told["file_name"]
    fetched = online.root / "fetched.mp4"
    fetched.write_bytes(body)
    seen = verify.pictures(fetched)
    assert seen.faults(135, 209) == []  # 30 fps: 4.5 s is frame 135, and 7 s is the first one that is not in it


async def test_the_same_clip_twice_is_the_same_job(http: HttpClient, ear: SocketClient, site: LocalInternet) -> None:
    first = await clip(http, ear, url=FILM, start_time=1, end_time=2)
    status, again = await http.post("/download", {"url": FILM, "start_time": "0:01", "end_time": "0:02"})
    assert (status, again["file_id"]) == (202, first["file_id"])
    status, other = await http.post("/download", {"url": FILM, "start_time": 1, "end_time": 2, "again": True})
    assert status == 202 and other["file_id"] != first["file_id"]
    second = await ear.job(other["file_id"])
    assert second["file_name"] != first["file_name"]


async def test_audio_only(http: HttpClient, ear: SocketClient, site: LocalInternet) -> None:
    job = await clip(http, ear, url=FILM, start_time=2, end_time=5, audio_only=True)
    assert job["file_name"].endswith(".mp3")
    async with http.session.get(f"{http.base}/video/{job['file_id']}") as answer:
        assert answer.content_type == "audio/mpeg"


async def test_ranges(http: HttpClient, ear: SocketClient, site: LocalInternet) -> None:
    job = await clip(http, ear, url=FILM, start_time=4, end_time=6)
    url, size = f"{http.base}/video/{job['file_id']}", job["size_bytes"]
    async with http.session.get(url) as answer:
        whole = await answer.read()
    for sent, status, body, told in [
        ("bytes=0-99", 206, whole[:100], f"bytes 0-99/{size}"),
        ("bytes=100-", 206, whole[100:], f"bytes 100-{size - 1}/{size}"),
        ("bytes=-50", 206, whole[-50:], f"bytes {size - 50}-{size - 1}/{size}"),
        (f"bytes={size}-", 416, None, f"bytes */{size}"),
        (f"bytes=0-{size * 9}", 206, whole, f"bytes 0-{size - 1}/{size}"),
    ]:
        async with http.session.get(url, headers={"Range": sent}) as answer:
            assert (answer.status, answer.headers["Content-Range"]) == (status, told), sent
            if body is not None:
                assert await answer.read() == body, sent
    async with http.session.head(url) as answer:
        assert (answer.status, answer.content_length, await answer.read()) == (200, size, b"")


async def test_a_name_of_any_language_survives_the_header(
    http: HttpClient, ear: SocketClient, site: LocalInternet
) -> None:
    job = await clip(http, ear, url=NASTY, start_time=1, end_time=2)
    async with http.session.get(f"{http.base}/video/{job['file_id']}") as answer:
        header = answer.headers["Content-Disposition"]
        assert name_in(header) == job["file_name"]
        assert header.isascii() and header.startswith('attachment; filename="')
        plain = Message()
        plain["Content-Disposition"] = header.partition("; filename*=")[0]
        assert plain.get_filename()


async def test_before_it_is_done_there_is_no_file(http: HttpClient, ear: SocketClient, site: LocalInternet) -> None:
    site.fault("hold", host="*.googlevideo.com", path="*", times=0)
    status, accepted = await http.post("/download", {"url": FILM, "start_time": 11, "end_time": 13})
    assert status == 202
    file_id = accepted["file_id"]
    await ear.event("job", lambda job: job["file_id"] == file_id and job["state"] in ("resolving", "fetching"))
    status, told = await http.get(f"/status/{file_id}")
    assert (status, told["ready"]) == (200, False) and told["progress"] < 1
    status, answer = await http.get(f"/video/{file_id}")
    assert (status, answer["error"]["code"]) == (409, "not_ready")
    status, cancelled = await http.post("/api/job.cancel", {"file_id": file_id})
    assert (status, cancelled["state"]) == (200, "cancelled")
    site.release()


async def test_a_file_that_was_moved_is_gone(
    http: HttpClient, ear: SocketClient, online: RunningDaemon, site: LocalInternet
) -> None:
    job = await clip(http, ear, url=FILM, start_time=8, end_time=9)
    (online.downloads / job["file_name"]).rename(online.root / "moved.mp4")
    status, told = await http.get(f"/status/{job['file_id']}")
    assert (status, told["ready"]) == (200, False)
    status, answer = await http.get(f"/video/{job['file_id']}")
    assert (status, answer["error"]["code"]) == (410, "file_gone")
    (online.downloads / job["file_name"]).symlink_to("/etc/passwd")
    status, answer = await http.get(f"/video/{job['file_id']}")
    assert (status, answer["error"]["code"]) == (410, "file_gone")
    for method in ("job.open", "job.path", "job.copy"):
        status, answer = await http.post(f"/api/{method}", {"file_id": job["file_id"]})
        assert (status, answer["error"]["code"]) == (410, "file_gone"), method


async def test_what_is_served_is_the_clip_and_not_what_lies_beside_it(
    http: HttpClient, ear: SocketClient, online: RunningDaemon, site: LocalInternet
) -> None:
    """A page can make a browser put ``Some clip.mp4.gz`` into Downloads; who plays the clip is not to get that."""
    job = await clip(http, ear, url=FILM, start_time=10, end_time=11)
    made = online.downloads / job["file_name"]
    for suffix in (".gz", ".br", ".zst"):
        made.with_name(made.name + suffix).write_bytes(b"not the clip")
    headers = {"Accept-Encoding": "gzip, deflate, br, zstd"}
    async with http.session.get(f"{http.base}/video/{job['file_id']}", headers=headers) as answer:
        assert await answer.read() == made.read_bytes()
        assert "Content-Encoding" not in answer.headers


async def test_a_ticket_plays_one_file_without_a_token(
    http: HttpClient, ear: SocketClient, online: RunningDaemon, site: LocalInternet
) -> None:
    job = await clip(http, ear, url=FILM, start_time=14, end_time=15)
    status, link = await http.post(f"/video/{job['file_id']}/link")
    assert status == 200
    async with online.http(token="") as stranger:
        async with stranger.session.get(stranger.base + link["url"], headers={"Range": "bytes=0-9"}) as answer:
            assert (answer.status, len(await answer.read())) == (206, 10)
            assert answer.headers["Content-Disposition"].startswith("inline;")
        async with stranger.session.get(
            stranger.base + link["url"], headers={"Sec-Fetch-Site": "cross-site"}
        ) as answer:
            assert answer.status == 403
        async with stranger.session.get(stranger.base + link["url"][:-1] + "x") as answer:
            assert answer.status == 401


async def test_history_by_page_search_and_removal(http: HttpClient, ear: SocketClient, site: LocalInternet) -> None:
    made = [await clip(http, ear, url=FILM, start_time=20 + n, end_time=21 + n) for n in range(3)]
    status, page = await http.get("/jobs", params={"limit": "2", "states": "done"})
    assert status == 200
    assert [job["file_id"] for job in page["jobs"]] == [made[2]["file_id"], made[1]["file_id"]]
    _, rest = await http.get("/jobs", params={"limit": "1", "cursor": page["next_cursor"]})
    assert rest["jobs"][0]["file_id"] == made[0]["file_id"]
    async with http.session.delete(f"{http.base}/jobs/{made[0]['file_id']}?delete_file=true") as answer:
        assert answer.status == 200
    status, answer_ = await http.get(f"/jobs/{made[0]['file_id']}")
    assert (status, answer_["error"]["code"]) == (404, "job_not_found")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 422, "bad_request"),
        ({"url": "not a url"}, 422, "invalid_url"),
        ({"url": FILM, "start_time": 5, "end_time": 4}, 422, "invalid_range"),
        ({"url": FILM, "start_time": 5, "end_time": 5}, 422, "invalid_range"),
        ({"url": FILM, "start_time": -1}, 422, "invalid_time"),
        ({"url": FILM, "start_time": "1:99"}, 422, "invalid_time"),
        ({"url": FILM, "start_time": "soon"}, 422, "invalid_time"),
        ({"url": FILM, "start_time": "1e5"}, 422, "invalid_time"),
        ({"url": FILM, "start_time": True}, 422, "invalid_time"),
        ({"url": FILM, "start_time": [1]}, 422, "bad_request"),
        ({"url": FILM, "audio_only": True, "output": {"kind": "mp4"}}, 422, "invalid_output"),
        ({"url": FILM, "output": {"kind": "exe"}}, 422, "bad_request"),
        ({"url": FILM, "name": "x"}, 422, "bad_request"),
        ({"url": "http://127.0.0.1/"}, 403, "blocked_address"),
    ],
)
async def test_bad_input_is_told_with_code_sentence_and_hint(
    asked: Json, status: int, code: str, http: HttpClient
) -> None:
    got, answer = await http.post("/download", asked)
    assert (got, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"] and answer["error"]["hint"]


@pytest.mark.parametrize(
    ("video", "code"),
    [
        ("private____", "private_video"),
        ("removed____", "removed_video"),
        ("geo________", "geo_blocked"),
        ("age________", None),
    ],
)
async def test_what_the_site_refuses_is_told_in_the_status(
    video: str, code: str | None, http: HttpClient, ear: SocketClient, online: RunningDaemon, site: LocalInternet
) -> None:
    before = set(online.downloads.iterdir())
    status, accepted = await http.post("/download", {"url": f"https://www.youtube.com/watch?v={video}", "end_time": 2})
    assert status == 202
    job = await ear.job(accepted["file_id"])
    _, told = await http.get(f"/status/{job['file_id']}")
    if code is None:
        assert told["state"] in ("done", "failed")
    else:
        assert (told["state"], told["error"]["code"], told["ready"]) == ("failed", code, False)
        assert set(online.downloads.iterdir()) == before


async def test_the_end_beyond_the_end_is_told(http: HttpClient, ear: SocketClient, site: LocalInternet) -> None:
    _, accepted = await http.post("/download", {"url": FILM, "start_time": 50, "end_time": 5000})
    job = await ear.job(accepted["file_id"])
    assert (job["state"], job["error"]["code"]) == ("failed", "range_outside_video")


def name_in(header: str) -> str:
    """The name as RFC 8187 codes it, which every browser prefers."""
    return unquote(header.partition("filename*=UTF-8''")[2])


async def test_fifty_at_once(http: HttpClient, ear: SocketClient, online: RunningDaemon, site: LocalInternet) -> None:
    """Same title, fifty ranges: fifty jobs, each with a file of its own."""
    answers = await asyncio.gather(
        *(http.post("/download", {"url": NASTY, "start_time": n / 10, "end_time": n / 10 + 0.2}) for n in range(50))
    )
    assert {status for status, _ in answers} == {202}
    ids = {accepted["file_id"] for _, accepted in answers}
    assert len(ids) == 50
    for file_id in list(ids)[5:]:
        await http.post("/api/job.cancel", {"file_id": file_id})
    names = [job["file_name"] for job in [await ear.job(file_id) for file_id in list(ids)[:5]]]
    assert len(set(names)) == 5 and all((online.downloads / name).is_file() for name in names)


async def test_a_broadcast_is_recorded_until_it_is_finished(
    http: HttpClient, ear: SocketClient, online: RunningDaemon, site: LocalInternet
) -> None:
    site.settings(live_segments=3)
    status, accepted = await http.post("/download", {"url": LIVE, "start_time": 1})
    assert status == 202
    asked = {"file_id": accepted["file_id"]}
    await ear.event("job", lambda job: job["file_id"] == asked["file_id"] and recorded_s(job) > 4.9)
    status, told = await http.get(f"/status/{asked['file_id']}")
    assert (status, told["ready"]) == (200, False)
    assert told["recorded_s"] > 4.9 and told["recorded_bytes"] > 0
    status, finishing = await http.post("/api/job.finish", asked)
    assert (status, finishing["live"]) == (200, True)
    job = await ear.job(asked["file_id"])
    assert (job["state"], job["proof"]["ended"]) == ("done", "asked")
    assert verify.pictures(online.downloads / job["file_name"]).faults(30, 179) == []
    assert (await http.post("/api/job.finish", asked))[0] == 200, "twice is once"


async def test_what_is_no_recording_cannot_be_finished(
    http: HttpClient, ear: SocketClient, site: LocalInternet
) -> None:
    job = await clip(http, ear, url=FILM, start_time=1, end_time=2)
    status, answer = await http.post("/api/job.finish", {"file_id": job["file_id"]})
    assert (status, answer["error"]["code"]) == (409, "not_recording")
    assert answer["error"]["hint"]


def recorded_s(job: Json) -> float:
    return float((job["progress"] or {}).get("recorded_s") or 0.0)
