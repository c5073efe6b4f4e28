"""The transports beside the three main routes: one service behind all of them, events, the dashboard's key, the OpenAPI description."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import cast

import aiohttp
import pytest

from api.client import CHROMIUM, FIREFOX, Failed, HostClient
from api.running import RunningDaemon
from clipferry.api.authentication import LocalAuthenticator
from clipferry.api.http import openapi as described
from clipferry.api.http.clip_response import content_disposition
from clipferry.api.http.http_server import make_app
from clipferry.api.http.websocket import Events
from clipferry.api.socket.frame_limit import answer_frame
from clipferry.api.tokens import CODE_LIVES_S, SESSION_LIVES_S, Sessions
from clipferry.jobs.job import LOCAL_OWNER
from clipferry.protocol.envelope import Answer
from clipferry.protocol.jobs import Job, JobPage, JobState, OutputParams
from clipferry.protocol.methods import METHODS
from clipferry.protocol.videos import VideoInfo
from clipferry.service import Service
from clipferry_host.frames import HEAD_BYTES, MAX_FRAME_BYTES
from origin import Film, LocalInternet, Outcome

FILM = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


async def test_a_clip_of_the_extension_is_visible_on_every_transport(
    online: RunningDaemon, site: LocalInternet
) -> None:
    async with await HostClient.start(online.env) as host, online.talk() as person, online.http() as http:
        await host.hello()
        await person.hello()
        job = await host.ask("clip.create", {"url": FILM, "start_time": "0:03", "end_time": "0:05"})
        told = await person.event("job", lambda one: one["file_id"] == job["file_id"] and one["state"] == "done")
        assert told == await host.event("job", lambda one: one["file_id"] == job["file_id"] and one["state"] == "done")
        status, answer = await http.get(f"/jobs/{job['file_id']}")
        assert (status, answer["state"], answer["file_name"]) == (200, "done", told["file_name"])


async def test_progress_is_told_while_it_happens_and_only_grows(online: RunningDaemon, site: LocalInternet) -> None:
    site.shape(link_bps=400_000)
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        job = await page.ask("clip.create", {"url": FILM, "start_time": 20, "end_time": 26})
        await page.job(job["file_id"])
        told = [e["data"] for e in page.events if e["event"] == "job" and e["data"]["file_id"] == job["file_id"]]
    fractions = [one["progress"]["fraction"] for one in told if one["progress"]]
    assert fractions == sorted(fractions) and len(set(fractions)) > 3
    assert {one["state"] for one in told} >= {"fetching", "done"}


async def test_what_is_tried_where_the_sites_answer_is_of_no_use_is_told(
    online: RunningDaemon, site: LocalInternet
) -> None:
    film = site.add_film(Film("FFFFFFFFFF3", seconds=12.0, itags=(134, 140), outcomes=(("VISIONOS", Outcome.SABR),)))
    site.prepare(film.id)
    async with online.talk(CHROMIUM) as page:
        await page.hello()
        job = await page.ask("clip.create", {"url": FILM[:-11] + film.id, "start_time": 2, "end_time": 4})
        assert (await page.job(job["file_id"]))["state"] == "done"
        told = [e["data"]["progress"] for e in page.events if e["event"] == "job" and e["data"]["progress"]]
    assert "other_clients" in [one["step"] for one in told if one["stage"] == "resolving"]
    assert {one["step"] for one in told if one["stage"] != "resolving"} == {None}


async def test_events_over_the_web_socket(online: RunningDaemon, site: LocalInternet) -> None:
    told = online.facts
    base = f"http://127.0.0.1:{told['port']}"
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{base}/events", origin=base) as line:
        await line.send_str(json.dumps({"token": told["token"]}))
        hello = json.loads(await line.receive_str(timeout=20))
        assert hello["id"] == 0 and hello["result"]["protocol"] == 1
        async with online.http() as http:
            _, accepted = await http.post("/download", {"url": FILM, "start_time": 7, "end_time": 8})
        async with asyncio.timeout(60):
            while True:
                event = json.loads(await line.receive_str())
                if event["data"].get("file_id") == accepted["file_id"] and event["data"]["state"] == "done":
                    break


async def test_events_come_only_after_hello(online: RunningDaemon, site: LocalInternet) -> None:
    async with online.talk() as deaf, online.talk() as ear:
        await ear.hello()
        await deaf.ask("settings.get")
        job = await ear.ask("clip.create", {"url": FILM, "start_time": 30, "end_time": 31})
        await ear.job(job["file_id"])
        assert deaf.events == []


async def test_a_dashboard_link_opens_once(daemon: RunningDaemon) -> None:
    async with daemon.talk() as person:
        link = (await person.ask("dashboard.link"))["url"]
    base, _, code = link.partition("/#c=")
    assert base == f"http://127.0.0.1:{daemon.facts['port']}"
    async with daemon.http(token="") as stranger:
        assert (await stranger.get("/jobs"))[0] == 401
        status, answer = await stranger.post("/session", {"code": code})
        assert status == 200
        spent, again = await stranger.post("/session", {"code": code})
        assert (spent, again["error"]["code"]) == (401, "unauthorized")
    async with daemon.http(token=answer["token"]) as tab:
        assert (await tab.get("/jobs"))[0] == 200
    async with daemon.http(token=code) as wrong:
        assert (await wrong.get("/jobs"))[0] == 401


def test_codes_and_sessions_end() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    late, code = sessions.new_code("ann"), sessions.new_code("ann")
    token = sessions.redeem(code)
    assert token is not None and sessions.owner_of(token) == "ann"
    now[0] += CODE_LIVES_S
    assert sessions.redeem(late) is None
    now[0] += SESSION_LIVES_S
    assert sessions.owner_of(token) is None
    assert sessions.owner_of(sessions.token) == LOCAL_OWNER


def test_keys_do_not_pile_up() -> None:
    sessions = Sessions(lambda: 0.0)
    first = sessions.new_ticket("ann", "a")
    for _ in range(300):
        sessions.new_ticket("ann", "b")
    assert sessions.ticket_file(first) is None
    assert sessions.ticket_file(sessions.new_ticket("an owner", "c")) == ("an owner", "c")


async def test_every_method_is_reached_over_rest(daemon: RunningDaemon) -> None:
    async with daemon.http() as http:
        for method in METHODS.keys() - {"daemon.stop"}:
            status, answer = await http.post(f"/api/{method}", {"no_such_field": 1})
            assert (status, answer["error"]["code"]) == (422, "bad_request"), method
        status, answer = await http.post("/api/no.such.verb")
        assert (status, answer["error"]["code"]) == (404, "no_such_path")


def test_openapi_is_whole() -> None:
    """Every reference leads somewhere, and every operation says what a failure looks like."""
    document = described.openapi()
    text = json.dumps(document)
    refs = {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}
    assert refs <= document["components"]["schemas"].keys()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert {"400", "401", "403", "421", "500"} <= operation["responses"].keys(), (method, path)
    assert {"/download", "/status/{file_id}", "/video/{file_id}"} <= document["paths"].keys()
    fields = document["components"]["schemas"]["DownloadRequest"]["properties"]
    assert {"url", "start_time", "end_time", "audio_only"} <= fields.keys()


@pytest.mark.parametrize("method", METHODS)
def test_every_route_of_the_method_table_is_there_and_described(method: str, tmp_path: Path) -> None:
    routes = ["POST /api/" + method, *([route] if (route := METHODS[method].rest) else [])]
    described_paths = described.openapi()["paths"]
    nobody, sessions = cast(Service, None), Sessions(lambda: 0.0)
    app = make_app(nobody, sessions, Events(nobody, LocalAuthenticator(sessions)), tmp_path)
    there = {f"{route.method} {route.resource.canonical}" for route in app.router.routes() if route.resource}
    for route in routes:
        verb, _, path = route.partition(" ")
        assert verb.lower() in described_paths[path]
        assert route.replace(method, "{method}") in there or route in there


def job(number: int, url: str) -> Job:
    return Job(
        file_id=f"{number:026}", state=JobState.DONE, url=url, output=OutputParams(), created_at=0.0, updated_at=0.0
    )


def test_a_page_of_jobs_that_is_too_long_is_cut_where_one_can_go_on() -> None:
    page = JobPage(jobs=[job(n, "https://a.test/" + "x" * 4000) for n in range(200)], next_cursor=None)
    made = answer_frame(Answer(id=1, result=page))
    assert len(made) - HEAD_BYTES <= MAX_FRAME_BYTES
    told = json.loads(made[HEAD_BYTES:])["result"]
    assert 0 < len(told["jobs"]) < 200
    assert told["next_cursor"] == told["jobs"][-1]["file_id"]


def test_a_video_with_endless_chapters_loses_them_rather_than_the_port() -> None:
    chapters = [{"title": "x" * 90, "start_s": float(n), "end_s": n + 1.0} for n in range(10_000)]
    video = VideoInfo.model_validate(
        {"key": "a:b", "site": "a", "title": "t", "webpage_url": "https://a.test/", "chapters": chapters}
    )
    told = json.loads(answer_frame(Answer(id=1, result=video))[HEAD_BYTES:])
    assert told["result"]["chapters"] == [] and told["result"]["title"] == "t"


def test_what_cannot_be_cut_is_an_error_and_not_a_dead_port() -> None:
    told = json.loads(answer_frame(Answer(id=7, result="x" * (MAX_FRAME_BYTES + 1)))[HEAD_BYTES:])
    assert (told["id"], told["error"]["code"]) == (7, "too_much")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plain.mp4", "attachment; filename=\"plain.mp4\"; filename*=UTF-8''plain.mp4"),
        ('a"b\\c.mp4', "attachment; filename=\"a_b_c.mp4\"; filename*=UTF-8''a%22b%5Cc.mp4"),
        ("naïve 🎬.mp4", "attachment; filename=\"na_ve _.mp4\"; filename*=UTF-8''na%C3%AFve%20%F0%9F%8E%AC.mp4"),
        ("50%.mp4", "attachment; filename=\"50_.mp4\"; filename*=UTF-8''50%25.mp4"),
    ],
)
def test_content_disposition(name: str, header: str) -> None:
    """RFC 6266 and 8187."""
    assert content_disposition("attachment", name) == header


async def test_a_second_daemon_says_where_the_first_is_and_goes(daemon: RunningDaemon) -> None:
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clipferry.daemon", env=daemon.env, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await second.communicate()
    assert second.returncode == 75
    assert str(daemon.facts["port"]).encode() in out


async def test_ports_that_are_taken_are_passed_over(daemon: RunningDaemon, tmp_path: Path) -> None:
    other = RunningDaemon(tmp_path)
    await other.start()
    try:
        assert other.facts["port"] != daemon.facts["port"]
        async with other.http() as http:
            assert (await http.get("/health"))[0] == 200
    finally:
        await other.stop()


async def test_both_browsers_names_are_pages(daemon: RunningDaemon) -> None:
    for origin in (CHROMIUM, FIREFOX):
        async with daemon.talk(origin) as page:
            with pytest.raises(Failed, match="not_allowed"):
                await page.ask("daemon.stop")
