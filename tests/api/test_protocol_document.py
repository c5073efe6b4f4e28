"""``docs/PROTOCOL.md``: each of its examples is sent to a running daemon, and each method, event and error code stands in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from clipferry.api.strict_json import loads
from clipferry.protocol.base import Message
from clipferry.protocol.methods import EVENTS, METHODS
from origin import LocalInternet
from update import wheels
from update.wheels import Index

from .client import CHROMIUM, HttpClient, Json, SocketClient, start_host
from .protocol_document import BLOCKS, EVENT_EXAMPLES, EXAMPLES, Example, differences
from .protocol_tables import DOCUMENT, with_tables
from .running import RunningDaemon

DOCUMENTED_VIDEO = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
FILM = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
LIVE = "https://www.youtube.com/watch?v=LLLLLLLLLL1"
STATES = ("done", "queued", "other", "paused", "cancelled", "recording")
DEPENDS_ON_THE_DESKTOP = {
    "job.open": "cannot_open",
    "job.copy": "no_clipboard",
    "downloads.open": "cannot_open",
    "dashboard.open": "cannot_open",
}
"""Methods that need a desktop session, and their error where this machine has none."""


def documented_id(state: str) -> str:
    """The id that the document gives to a job in ``state``."""
    return ("01k" + "0" * 23)[: 26 - len(state)] + state


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, internet: LocalInternet) -> Iterator[RunningDaemon]:
    """A daemon on the local internet, whose package index is the local one."""
    running = RunningDaemon(tmp_path_factory.mktemp("p"), {**internet.env(), "PIP_INDEX_URL": wheels.INDEX})
    asyncio.run(running.start())
    yield running
    asyncio.run(running.stop())


class Preparation:
    """Makes the jobs that an example speaks of."""

    def __init__(self, client: SocketClient, site: LocalInternet) -> None:
        self._client, self._site = client, site

    async def text(self, example: str) -> str:
        """``example`` with real ids and addresses in the place of the document's."""
        for state in STATES:
            if documented_id(state) in example:
                example = example.replace(documented_id(state), await self._job(state))
        return example.replace(DOCUMENTED_VIDEO, FILM)

    async def _job(self, state: str) -> str:
        if state == "recording":
            return await self._recording()
        if state != "done":
            await self._client.ask("queue.pause", {"paused": True})
        made = await self._client.ask("clip.create", {"url": FILM, "start_time": 3, "end_time": 5, "again": True})
        if state == "other":
            made = await self._client.ask("clip.create", {"url": FILM, "start_time": 3, "end_time": 6})
        asked = {"file_id": made["file_id"]}
        if state == "done":
            await self._client.job(made["file_id"], frozenset({"done"}))
        elif state == "paused":
            await self._client.ask("job.pause", asked)
        elif state == "cancelled":
            await self._client.ask("job.cancel", asked)
        return str(made["file_id"])

    async def _recording(self) -> str:
        self._site.settings(live_segments=3)
        made = await self._client.ask("clip.create", {"url": LIVE, "start_time": 1})
        await self._client.event("job", lambda job: job["file_id"] == made["file_id"] and job["live"])
        return str(made["file_id"])


@pytest.fixture
async def person(indexed: RunningDaemon, site: LocalInternet) -> AsyncIterator[SocketClient]:
    Index(site)
    async with indexed.talk() as client:
        await client.hello()
        yield client
        for job in (await client.ask("job.list", {"limit": 200}))["jobs"]:
            await client.ask("job.remove", {"file_id": job["file_id"], "delete_file": job["state"] == "done"})
        await client.ask("queue.pause", {"paused": False})
        await client.ask("settings.set", {})


def cases(kind: str) -> list[Example]:
    """The examples of requests in frames, of other bodies, or over HTTP."""
    return [one for one in EXAMPLES if one.kind.startswith(kind) and (one.heading == "HTTP") is (kind == "http")]


def name(example: Example) -> str:
    return example.heading


@pytest.mark.parametrize("example", [one for one in cases("request") if one.heading != "daemon.stop"], ids=name)
async def test_a_request_is_answered_as_documented(
    example: Example, indexed: RunningDaemon, person: SocketClient, site: LocalInternet
) -> None:
    sent = await Preparation(person, site).text(example.sent)
    async with indexed.talk(CHROMIUM if example.kind == "request page" else None) as client:
        answer = await raw_answer(client, sent)
    if (error := answer["error"]) and "error" not in example.answer:
        assert error["code"] == DEPENDS_ON_THE_DESKTOP[example.heading]
        return
    assert differences(example.answer, answer) == []


async def test_the_daemon_stops_as_documented(tmp_path: Path) -> None:
    [example] = [one for one in EXAMPLES if one.heading == "daemon.stop"]
    own = RunningDaemon(tmp_path)
    await own.start()
    async with own.talk() as client:
        assert differences(example.answer, await raw_answer(client, example.sent)) == []
        await client.closed()
    await own.stop()


@pytest.mark.parametrize("example", cases("body"), ids=name)
async def test_a_body_that_is_no_request_is_answered_as_documented(example: Example, indexed: RunningDaemon) -> None:
    async with indexed.talk() as client:
        assert differences(example.answer, await raw_answer(client, example.sent)) == []


@pytest.mark.parametrize("example", cases("http"), ids=lambda one: one.sent.partition("\n")[0])
async def test_an_http_request_is_answered_as_documented(
    example: Example, indexed: RunningDaemon, person: SocketClient, site: LocalInternet
) -> None:
    head, _, body = (await Preparation(person, site).text(example.sent)).partition("\n\n")
    method, _, path = head.partition(" ")
    async with indexed.http() as http:
        status, answer = await send(http, method, path, body)
    assert f"response {status}" == example.answer_kind
    expected = example.answer
    if expected.get("state") == "queued":
        expected = {**expected, "state": answer["state"]}
    assert differences(expected, answer) == []


@pytest.mark.parametrize("example", EVENT_EXAMPLES, ids=lambda event: str(event["event"]))
async def test_an_event_is_sent_as_documented(
    example: Json, indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path
) -> None:
    event = await TRIGGERS[example["event"]](indexed, person, site, tmp_path)
    assert differences(example["data"], event) == []


async def _job(indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path) -> Json:
    site.shape(link_bps=400_000)
    await person.ask("clip.create", {"url": FILM, "start_time": 20, "end_time": 26, "again": True})
    fits = lambda job: job["state"] == "fetching" and (job["progress"] or {}).get("eta_s") is not None  # noqa: E731
    return await person.event("job", fits)


async def _removed(indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path) -> Json:
    asked = await Preparation(person, site).text(documented_id("queued"))
    await person.ask("job.remove", {"file_id": asked})
    return await person.event("job.removed")


async def _seen(indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path) -> Json:
    await person.ask("job.seen", {"file_id": await Preparation(person, site).text(documented_id("queued"))})
    return await person.event("job.seen")


async def _queue(indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path) -> Json:
    await person.ask("queue.pause", {"paused": True})
    return await person.event("queue")


async def _settings(indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path) -> Json:
    await person.ask("settings.set", {"concurrency": 3})
    return await person.event("settings")


async def _connected(indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path) -> Json:
    async with indexed.talk(CHROMIUM) as page:
        await page.ask("hello", {"client": "extension", "version": "1"})
        return await person.event("extension.connected")


async def _host_error(indexed: RunningDaemon, person: SocketClient, site: LocalInternet, tmp_path: Path) -> Json:
    none = RunningDaemon(tmp_path)
    none.home.mkdir()
    (none.home / "data").write_text("a file where a folder has to be")
    process = await start_host(none.env)
    out, _ = await process.communicate()
    event = json.loads(out[4:])
    assert event["event"] == "host.error"
    return event["data"]


TRIGGERS = {
    "job": _job,
    "job.removed": _removed,
    "job.seen": _seen,
    "queue": _queue,
    "settings": _settings,
    "extension.connected": _connected,
    "host.error": _host_error,
}


async def raw_answer(client: SocketClient, body: str) -> Json:
    """The answer to a frame of any text. ``client`` has asked nothing before, so that nobody else waits for its id."""
    await client.send(body.encode())
    return await client.unasked()


async def send(http: HttpClient, method: str, path: str, body: str) -> tuple[int, Json]:
    if method == "GET":
        return await http.get(path)
    return await http.post(path, json.loads(body))


# The document is whole ------------------------------------------------------------------------------------------------


def test_the_tables_are_those_of_the_code() -> None:
    text = DOCUMENT.read_text()
    assert with_tables(text) == text, "PYTHONPATH=tests python -m api.protocol_tables"


def test_every_method_and_every_event_has_an_example() -> None:
    requests = {json.loads(one.sent)["method"] for one in cases("request") if one.heading in METHODS}
    assert requests == set(METHODS)
    assert {one.heading for one in cases("request") if one.heading in METHODS} == set(METHODS)
    assert {event["event"] for event in EVENT_EXAMPLES} == set(EVENTS)


def test_every_example_is_read() -> None:
    """None is passed over because its fence was mistyped."""
    events = [block for block in BLOCKS if block.kind == "event"]
    assert len(BLOCKS) == 2 * len(EXAMPLES) + len(events)
    assert DOCUMENT.read_text().count("```") == 2 * len(BLOCKS)


RESULTS = dict.fromkeys(method.result for method in METHODS.values())


@pytest.mark.parametrize("model", RESULTS, ids=lambda model: model.__name__)
def test_every_field_of_a_result_is_in_some_example(model: type[Message]) -> None:
    shown: set[str] = set()
    for example in EXAMPLES:
        if example.heading in METHODS and METHODS[example.heading].result is model:
            shown |= set(example.answer.get("result") or {})
    assert shown == set(model.model_fields)


@pytest.mark.parametrize("example", [one for one in cases("request") if one.heading in METHODS], ids=name)
def test_a_documented_request_is_valid(example: Example) -> None:
    request = loads(example.sent.encode())
    assert isinstance(request, dict)
    METHODS[example.heading].params.model_validate_json(json.dumps(request["params"]), strict=True)
