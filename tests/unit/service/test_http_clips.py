"""Finished clips over HTTP, from a folder and from a storage that is no folder; and each user's for that user alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from api.client import HttpClient
from clipferry.api.http import http_server
from clipferry.api.tokens import Sessions
from clipferry.jobs.clip_storage import ClipStorage
from clipferry.jobs.local_storage import LocalStorage
from clipferry.permissions import Principal
from unit.jobs.memory_storage import MemoryStorage

from .desk import CONTENT, Desk
from .memory_authenticator import MemoryAuthenticator

ANN = Principal("ann", "person", "test")


@pytest.fixture(params=[LocalStorage, MemoryStorage], ids=lambda kind: kind.__name__)
def storage(request: pytest.FixtureRequest) -> ClipStorage:
    made: ClipStorage = request.param()
    return made


@dataclass
class Server:
    port: int
    clip: str
    """The id of a finished clip of ann's."""


@pytest.fixture
async def server(desk: Desk) -> AsyncIterator[Server]:
    made = await desk.create(ANN)
    await desk.finish(made.file_id, "A “clip”.mp4")
    users = MemoryAuthenticator({"token of ann": "ann", "token of bob": "bob"})
    running = await http_server.start(desk.service, Sessions(lambda: 0.0), users)
    yield Server(running.port, made.file_id)
    await running.stop()


RANGES = {
    None: (200, slice(None)),
    "bytes=0-": (206, slice(0, None)),
    "bytes=2-4": (206, slice(2, 5)),
    "bytes=-3": (206, slice(-3, None)),
    "bytes=9-400": (206, slice(9, None)),
    f"bytes={len(CONTENT)}-": (416, slice(0)),
    "bytes=5-2": (416, slice(0)),
    "bytes=x": (416, slice(0)),
}


@pytest.mark.parametrize("asked", RANGES)
async def test_a_clip_is_sent_whole_and_in_ranges(server: Server, asked: str | None) -> None:
    status, part = RANGES[asked]
    headers = {"Range": asked} if asked else {}
    async with HttpClient.open(server.port, "token of ann") as ann:
        for method in ("GET", "HEAD"):
            async with ann.session.request(method, f"{ann.base}/video/{server.clip}", headers=headers) as answer:
                assert answer.status == status
                body = await answer.read()
                if status == 416:
                    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"
                    continue
                assert body == (CONTENT[part] if method == "GET" else b"")
                assert int(answer.headers["Content-Length"]) == len(CONTENT[part])
                assert answer.headers["Accept-Ranges"] == "bytes"
                assert answer.content_type == "video/mp4"
                assert "filename*=UTF-8''A%20%E2%80%9Cclip%E2%80%9D.mp4" in answer.headers["Content-Disposition"]
                if status == 206:
                    places = range(len(CONTENT))[part]
                    assert answer.headers["Content-Range"] == f"bytes {places[0]}-{places[-1]}/{len(CONTENT)}"


async def test_a_ticket_plays_the_clip_and_another_user_gets_none(server: Server) -> None:
    async with HttpClient.open(server.port, "token of ann") as ann, HttpClient.open(server.port, "token of bob") as bob:
        status, told = await ann.post(f"/video/{server.clip}/link")
        assert status == 200
        async with aiohttp.request("GET", ann.base + told["url"]) as answer:
            assert await answer.read() == CONTENT
        for asked in (server.clip, "0" * 26):
            refused = [
                await bob.post(f"/video/{asked}/link"),
                *[await bob.get(f"/{path}/{asked}") for path in ("video", "status", "jobs")],
            ]
            assert [(status, told["error"]["code"]) for status, told in refused] == [(404, "job_not_found")] * 4
        assert [job["file_id"] for job in (await ann.get("/jobs"))[1]["jobs"]] == [server.clip]
        assert (await bob.get("/jobs"))[1]["jobs"] == []


async def test_a_clip_that_is_gone_is_said_to_be(server: Server, desk: Desk) -> None:
    location = (await desk.store.get(server.clip)).target
    assert location is not None
    desk.storage.delete(location, len(CONTENT))
    async with HttpClient.open(server.port, "token of ann") as ann:
        assert (await ann.get(f"/status/{server.clip}"))[1]["ready"] is False
        for answer in (await ann.get(f"/video/{server.clip}"), await ann.post(f"/video/{server.clip}/link")):
            assert (answer[0], answer[1]["error"]["code"]) == (410, "file_gone")


async def test_no_program_of_this_computer_opens_a_clip_that_lies_elsewhere(server: Server, desk: Desk) -> None:
    async with HttpClient.open(server.port, "token of ann") as ann:
        status, told = await ann.post("/api/job.path", {"file_id": server.clip})
        if isinstance(desk.storage, LocalStorage):
            assert (status, told["path"]) == (200, str((await desk.store.get(server.clip)).target))
        else:
            assert (status, told["error"]["code"]) == (503, "cannot_open")


async def test_events_are_each_users_own(server: Server, desk: Desk) -> None:
    async with HttpClient.open(server.port, "token of bob") as bob:
        headers = {"Origin": bob.base}
        async with bob.session.ws_connect(f"{bob.base}/events", headers=headers) as socket:
            await socket.send_json({"token": "token of bob"})
            assert (await socket.receive_json())["id"] == 0
            await desk.ask("job.pin", ANN, file_id=server.clip, pinned=True)
            own = await desk.create(Principal("bob", "person", "test"))
            assert (await socket.receive_json())["data"]["file_id"] == own.file_id
