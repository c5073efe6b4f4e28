"""Whatever comes in, an answer or a refusal goes out: hypothesis on frames and JSON, schemathesis on every REST route."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from api.client import CHROMIUM, SocketClient
from api.running import RunningDaemon
from clipferry.api import strict_json
from clipferry.api.errors import BadJson
from clipferry.api.http.openapi import openapi
from clipferry.protocol.methods import METHODS
from clipferry_host.frames import (
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    BadFrame,
    frame,
    pack,
    read_body_async,
    read_frame,
    read_size_async,
)

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)
EXAMPLES = 15
NOT_FUZZED = {"daemon.stop", "job.open", "dashboard.open", "settings.set", "engine.update"}
"""They stop it, start programs, move its folders, or ask a package index: that is what they are for; their parameters are fuzzed by type all the same."""


class Dripping:
    """A stream that gives what it holds in pieces of any size."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data, self._sizes, self._at = data, sizes, 0

    def __call__(self, most: int) -> bytes:
        size = min(most, self._sizes.pop() if self._sizes else most)
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece


@settings(max_examples=1000)
@given(st.lists(JSON_VALUES, max_size=5), st.lists(st.integers(1, 7), max_size=200))
def test_frames_survive_any_split(messages: list[object], sizes: list[int]) -> None:
    sent = [frame(message) for message in messages]
    read = Dripping(b"".join(sent), sizes)
    assert [read_frame(read) for _ in sent] == sent
    assert read_frame(read) is None


@settings(max_examples=2000)
@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_a_bad_frame(data: bytes) -> None:
    read = Dripping(data, [])
    try:
        while (found := read_frame(read)) is not None:
            assert 4 < len(found) <= 4 + MAX_FRAME_BYTES
    except BadFrame:
        pass


def _bodies(data: bytes, max_bytes: int) -> list[bytes | None]:
    """Read as the host does; ``None`` at the end: what follows is no frame."""
    read, found = Dripping(data, []), list[bytes | None]()
    try:
        while (one := read_frame(read, max_bytes)) is not None:
            found.append(one[HEAD_BYTES:])
    except BadFrame:
        found.append(None)
    return found


async def _bodies_async(data: bytes, max_bytes: int) -> list[bytes | None]:
    """Read as the daemon does."""
    reader, found = asyncio.StreamReader(), list[bytes | None]()
    reader.feed_data(data)
    reader.feed_eof()
    try:
        while (size := await read_size_async(reader, max_bytes)) is not None:
            found.append(await read_body_async(reader, size))
    except BadFrame:
        found.append(None)
    return found


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=100)
    | st.lists(st.binary(max_size=30), max_size=5).map(lambda bodies: b"".join(map(pack, bodies))),
    st.integers(1, 30),
)
def test_host_and_daemon_read_the_same_frames_from_any_bytes(data: bytes, max_bytes: int) -> None:
    assert asyncio.run(_bodies_async(data, max_bytes)) == _bodies(data, max_bytes)


@settings(max_examples=2000)
@given(st.binary(max_size=300) | JSON_VALUES.map(lambda value: json.dumps(value).encode()) | st.text().map(str.encode))
def test_any_bytes_are_json_or_a_bad_json(data: bytes) -> None:
    try:
        value = strict_json.loads(data)
    except BadJson:
        return
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(max_examples=500)
@given(JSON_VALUES)
def test_json_that_is_json_is_read_as_it_is(value: object) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value


def requests() -> st.SearchStrategy[dict[str, Any]]:
    """Nearly right: real verbs with parameters of any shape, and parameters that are half theirs."""
    verbs = st.sampled_from(sorted(METHODS.keys() - NOT_FUZZED)) | st.text(max_size=45)
    fields = sorted({name for row in METHODS.values() for name in row.params.model_fields})
    urls = st.sampled_from(
        ["https://127.0.0.1/", "file:///etc/passwd", "https://[::1", "ytsearch:x", "\u202ehttps://a"]
    )
    params = (
        st.dictionaries(st.sampled_from(fields) | st.text(max_size=8), JSON_VALUES | urls, max_size=4) | JSON_VALUES
    )
    ids = st.integers(-(2**70), 2**70) | JSON_VALUES
    return st.fixed_dictionaries({}, optional={"id": ids, "method": verbs, "params": params, "more": JSON_VALUES})


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(requests() | JSON_VALUES, min_size=10, max_size=30), st.sampled_from([None, CHROMIUM]))
def test_the_socket_answers_every_message(daemon: RunningDaemon, messages: list[object], origin: str | None) -> None:
    async def talk() -> None:
        async with await SocketClient.connect(daemon.socket_path, origin=origin) as client:
            for message in messages:
                await client.send(json.dumps(message).encode())
                answer = await client.unasked()
                assert set(answer) == {"id", "result", "error"}
                if answer["error"] is not None:
                    assert answer["error"]["code"] != "internal", (message, answer)
            assert (await client.ask("hello", {"client": "script", "version": "x"}))["protocol"] == 1

    before = asyncio.run(daemon.traces())
    asyncio.run(talk())
    assert asyncio.run(daemon.traces()) == before


# REST -----------------------------------------------------------------------------------------------------------------


def operations() -> list[Any]:
    document = json.loads(json.dumps(openapi()))
    for verb in NOT_FUZZED:
        del document["paths"][f"/api/{verb}"]
    described = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "otherwise"])
def test_rest_keeps_its_own_description(operation: Any, mode: GenerationMode, daemon: RunningDaemon) -> None:
    """No 500, only documented answers, each in the shape that ``/openapi.json`` promises, to what is described and what is not."""
    told = daemon.facts
    base, key = f"http://127.0.0.1:{told['port']}", {"Authorization": f"Bearer {told['token']}"}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(base_url=base, headers=key)
        assert answer.status_code != 500, answer.text
        assert str(answer.status_code) in case.operation.definition.raw["responses"], answer.text
        case.operation.validate_response(answer)
        assert "access-control-allow-origin" not in answer.headers

    ask()
