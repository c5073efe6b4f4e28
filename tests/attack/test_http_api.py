"""What may come in over HTTP: every probe is refused with its own status, in our form, without a CORS header, and leaves nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from api.running import RunningDaemon
from attack.raw import Reply, read_reply, request, send
from clipferry.protocol.envelope import ErrorInfo

CLIP = json.dumps({"url": "https://www.youtube.com/watch?v=aaaaaaaaaaa", "start_time": 1, "end_time": 2}).encode()


@dataclass(frozen=True)
class Endpoint:
    """What an attacker may know: the port, and here even the token, so that the other defences stand alone."""

    port: int
    token: str

    def good(self, **changed: str | None) -> dict[str, str]:
        """The headers of a request that passes, with some changed or left out."""
        headers: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.port}",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        }
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        return {name: value for name, value in headers.items() if value is not None}


Probe = Callable[[Endpoint], bytes]


def _with(method: str = "POST", target: str = "/download", body: bytes = CLIP, **changed: str | None) -> Probe:
    return lambda endpoint: request(method, target, headers=endpoint.good(**changed), body=body)


def _host(value: str) -> Probe:
    return lambda endpoint: request(headers=endpoint.good(Host=value.replace("PORT", str(endpoint.port))), body=CLIP)


def _origin(value: str) -> Probe:
    return lambda endpoint: request(
        headers=endpoint.good(Origin=value.replace("OTHER", str(endpoint.port + 1))), body=CLIP
    )


def _target(target: str, method: str = "GET", **changed: str | None) -> Probe:
    return lambda endpoint: request(
        method, target.replace("PORT", str(endpoint.port)), headers=endpoint.good(**changed)
    )


def _twice(name: str, value: str) -> Probe:
    return lambda endpoint: request(
        headers=[*endpoint.good().items(), (name, value.replace("PORT", str(endpoint.port)))], body=CLIP
    )


def _query_token(endpoint: Endpoint) -> bytes:
    return request(
        "GET", f"/jobs?token={endpoint.token}&access_token={endpoint.token}", headers=endpoint.good(Authorization=None)
    )


def _cookie_token(endpoint: Endpoint) -> bytes:
    return request(
        headers=endpoint.good(Authorization=None, Cookie=f"token={endpoint.token}; session={endpoint.token}"), body=CLIP
    )


def _basic(endpoint: Endpoint) -> bytes:
    return request(headers=endpoint.good(Authorization=f"Basic {endpoint.token}"), body=CLIP)


def _no_host(endpoint: Endpoint) -> bytes:
    return request(headers=endpoint.good(Host=None), body=CLIP, version="HTTP/1.0")


def _chunked(endpoint: Endpoint) -> bytes:
    chunks = b"".join(b"1000\r\n" + b" " * 4096 + b"\r\n" for _ in range(20)) + b"0\r\n\r\n"
    return request(headers=endpoint.good(Transfer_Encoding="chunked"), body=chunks)


def _smuggled(endpoint: Endpoint) -> bytes:
    inner = request(headers=endpoint.good(), body=CLIP)
    return request(headers=endpoint.good(Transfer_Encoding="chunked", Content_Length="4"), body=b"0\r\n\r\n" + inner)


NESTED = b"[" * 60_000
EVIL = "http://evil.test"
PROBES: dict[str, tuple[Probe, set[int]]] = {
    # Without a key
    "no token": (_with(Authorization=None), {401}),
    "wrong token": (_with(Authorization="Bearer " + "A" * 43), {401}),
    "empty token": (_with(Authorization="Bearer "), {401}),
    "token of other letters": (_with(Authorization="Bearer \u00e9\u00ff"), {401}),
    "token in a cookie": (_cookie_token, {401}),
    "token in the query": (_query_token, {401}),
    "token as Basic": (_basic, {401}),
    "two Authorization headers": (_twice("Authorization", "Bearer x"), {400, 401}),
    # For another server
    "Host evil": (_host("evil.test"), {421}),
    "Host evil with our port": (_host("evil.test:PORT"), {421}),
    "Host without port": (_host("127.0.0.1"), {421}),
    "Host with another port": (_host("127.0.0.1:1"), {421}),
    "Host 0.0.0.0": (_host("0.0.0.0:PORT"), {421}),
    "Host with a dot behind": (_host("localhost.:PORT"), {421}),
    "Host of another loopback address": (_host("127.0.0.2:PORT"), {421}),
    "Host [::1]": (_host("[::1]:PORT"), {421}),
    "Host in decimal": (_host("2130706433:PORT"), {421}),
    "Host with userinfo": (_host("a@127.0.0.1:PORT"), {400, 421}),
    "Host that begins like ours": (_host("127.0.0.1:PORT.evil.test"), {400, 421}),
    "no Host, HTTP/1.0": (_no_host, {421}),
    "two Hosts": (_twice("Host", "127.0.0.1:PORT"), {400}),
    "two Hosts, one evil": (_twice("Host", "evil.test"), {400}),
    "absolute target to us": (_target("http://127.0.0.1:PORT/jobs"), {421}),
    "absolute target, evil Host": (_target("http://127.0.0.1:PORT/jobs", Host="evil.test"), {421}),
    "target without slash": (_target("jobs"), {400, 421}),
    "target *": (_target("*", "OPTIONS"), {400, 405, 421}),
    "CONNECT": (_target("127.0.0.1:22", "CONNECT"), {400, 405, 421}),
    "X-Forwarded-Host does not help": (_with(Host="evil.test", X_Forwarded_Host="127.0.0.1"), {421}),
    # Sent by a page
    "Origin evil": (_origin(EVIL), {403}),
    "Origin null": (_origin("null"), {403}),
    "Origin of another port": (_origin("http://127.0.0.1:OTHER"), {403}),
    "Origin https of ours": (_origin("https://127.0.0.1:OTHER"), {403}),
    "Origin of another extension": (_origin("chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), {403}),
    "Origin empty": (_origin(""), {403}),
    "two Origins, the second evil": (_twice("Origin", EVIL), {403}),
    "cross-site": (_with(Sec_Fetch_Site="cross-site"), {403}),
    "same-site: another port": (_with(Sec_Fetch_Site="same-site"), {403}),
    "Sec-Fetch-Site unheard of": (_with(Sec_Fetch_Site="banana"), {403}),
    "cross-site image of the page": (
        _target("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image"),
        {403},
    ),
    "the page in a frame": (
        _target("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="iframe"),
        {403},
    ),
    "a form sent to the page": (
        _with("POST", "/", b"a=b", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document"),
        {403},
    ),
    "navigation to data": (
        _target("/jobs", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document"),
        {403},
    ),
    # Methods
    "preflight": (_with("OPTIONS", body=b"", Origin=EVIL, Access_Control_Request_Method="POST"), {405}),
    "TRACE": (_with("TRACE", body=b""), {400, 405}),
    "PUT": (_with("PUT"), {405}),
    "PROPFIND": (_with("PROPFIND"), {405}),
    "GET of a route that takes POST": (_target("/download"), {405}),
    "POST of a route that gives": (_with("POST", "/jobs", b"{}"), {405}),
    # Bodies
    "JSON as text/plain": (_with(Content_Type="text/plain"), {415}),
    "JSON as a form": (_with(Content_Type="application/x-www-form-urlencoded"), {415}),
    "JSON as multipart": (_with(Content_Type="multipart/form-data; boundary=x"), {415}),
    "JSON without a type": (_with(Content_Type=None), {415}),
    "JSON in UTF-16": (
        _with(Content_Type="application/json; charset=utf-16", body=CLIP.decode().encode("utf-16")),
        {415},
    ),
    "compressed JSON": (_with(Content_Encoding="gzip", body=b"\x1f\x8b\x08"), {415}),
    "no body": (_with(body=b"", Content_Length="0"), {400}),
    "broken JSON": (_with(body=CLIP[:-1]), {400}),
    "NaN": (_with(body=b'{"url":"https://a.test/","start_time":NaN}'), {400}),
    "Infinity": (_with(body=b'{"url":"https://a.test/","end_time":Infinity}'), {400}),
    "a number without end": (_with(body=b'{"url":"https://a.test/","end_time":' + b"9" * 20_000 + b"}"), {400}),
    "bad UTF-8": (_with(body=b'{"url":"\xff\xfe"}'), {400}),
    "half a surrogate": (_with(body=b'{"url":"https://a.test/\\ud800"}'), {400}),
    "a key twice": (_with(body=b'{"url":"https://a.test/","url":"https://b.test/"}'), {400}),
    "nested without end": (_with(body=NESTED), {400}),
    "nested and closed": (_with(body=NESTED[:30_000] + b"]" * 30_000), {400, 422}),
    "an array": (_with(body=b"[]"), {422}),
    "a string": (_with(body=b'"https://a.test/"'), {422}),
    "wrong types": (_with(body=b'{"url":5}'), {422}),
    "an unknown field": (_with(body=b'{"url":"https://a.test/","path":"/etc/passwd"}'), {422}),
    "a header field": (_with(body=b'{"url":"https://a.test/","http_headers":{"A":"b"}}'), {422}),
    "70 KiB": (_with(body=b'{"url":"' + b"a" * 70_000 + b'"}'), {413}),
    "80 KiB in chunks": (_chunked, {413}),
    "length and chunks": (_smuggled, {400}),
    "a length of minus one": (_with(Content_Length="-1"), {400}),
    "a length that is no number": (_with(Content_Length="1e3"), {400}),
    # Paths and heads
    "../ to a file": (_target("/assets/../../settings.py", Authorization=None), {401, 403, 404}),
    "%2e%2e to a file": (_target("/assets/%2e%2e/%2e%2e/settings.py"), {404}),
    "%5c to a file": (_target("/assets/..%5c..%5csettings.py"), {404}),
    "a NUL in the path": (_target("/assets/%00"), {404}),
    "an absolute path": (_target("/assets//etc/passwd"), {404}),
    "a name longer than names may be": (_target("/assets/" + "a" * 5000), {404}),
    "the folder itself": (_target("/assets/"), {404}),
    "a file id with a path": (_target("/video/..%2f..%2fetc%2fpasswd"), {404}),
    "a file id of nobody": (_target("/video/" + "0" * 26), {404}),
    "a ticket of nobody": (_target("/play/" + "0" * 43, Authorization=None), {401}),
    "a line of 64 KiB": (_target("/" + "a" * 65_536), {400, 414}),
    "a header of 64 KiB": (_with(X="a" * 65_536), {400, 431}),
    "an unknown Expect": (_with(Expect="miracles"), {417}),
    "a TLS hello": (lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), {400}),
    "no HTTP at all": (lambda _: b"\x00\xff" * 500 + b"\r\n\r\n", {400}),
    "an HTTP/2 preface": (lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 421, 505}),
    "Redis": (lambda _: b"*1\r\n$4\r\nPING\r\n\r\n", {400}),
}


@pytest.fixture
def endpoint(daemon: RunningDaemon) -> Endpoint:
    told = daemon.facts
    return Endpoint(told["port"], told["token"])


def _is_refusal(name: str, reply: Reply, expected: set[int]) -> None:
    assert reply.status in expected, f"{name}: {reply}"
    assert not [header for header in reply.headers if header.startswith("access-control-")], name
    assert "set-cookie" not in reply.headers, name
    assert reply.headers["content-type"].startswith("application/json"), name
    assert reply.headers["x-content-type-options"] == "nosniff", name
    assert set(reply.json["error"]) == ErrorInfo.model_fields.keys(), name
    assert b"Traceback" not in reply.body and b"/api/" not in reply.body, name


@pytest.mark.parametrize("name", PROBES)
async def test_refused_with_its_status_and_nothing_done(name: str, daemon: RunningDaemon, endpoint: Endpoint) -> None:
    probe, expected = PROBES[name]
    before = await daemon.traces()
    _is_refusal(name, await send(endpoint.port, probe(endpoint), half_close=False), expected)
    assert await daemon.traces() == before


async def test_the_good_request_of_these_probes_does_pass(endpoint: Endpoint) -> None:
    """Otherwise every refusal above could have another reason."""
    reply = await send(endpoint.port, request("GET", "/health", headers=endpoint.good()))
    assert (reply.status, reply.json["protocol"]) == (200, 1)
    same_origin = endpoint.good(Origin=f"http://127.0.0.1:{endpoint.port}", Sec_Fetch_Site="same-origin")
    assert (await send(endpoint.port, request("GET", "/health", headers=same_origin))).status == 200


async def test_head_of_a_refusal_has_no_body(endpoint: Endpoint) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    writer.write(request("HEAD", "/jobs", headers=endpoint.good(Authorization=None, Connection="close")))
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401") and answer.endswith(b"\r\n\r\n")


async def test_slow_body_is_given_up(daemon: RunningDaemon, endpoint: Endpoint) -> None:
    head = request(headers=endpoint.good(Content_Length="500"), body=b"{")
    before = await daemon.traces()
    _is_refusal("slow body", await send(endpoint.port, head), {408})
    assert await daemon.traces() == before


async def test_head_without_end_is_hung_up_on(endpoint: Endpoint) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Drip: ")
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()


async def test_many_idle_connections_keep_nobody_out(daemon: RunningDaemon, endpoint: Endpoint) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", endpoint.port) for _ in range(600)]
    try:
        async with daemon.talk() as client:
            assert (await client.hello())["protocol"] == 1
        # The oldest of the silent ones made room.
        reply = await send(endpoint.port, request("GET", "/health", headers=endpoint.good()))
        assert reply.status == 200
    finally:
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize("what", ["a refused request", "the page that anybody may have"])
async def test_connections_that_ask_without_a_key_keep_nobody_out(what: str, endpoint: Endpoint) -> None:
    """Another user of this computer may hold as many open as they like, and ask on each."""
    headers = {"Host": f"127.0.0.1:{endpoint.port}"}
    asked = request("GET", "/health" if what == "a refused request" else "/", headers=headers)
    async with asyncio.timeout(60):
        held = [await asyncio.open_connection("127.0.0.1", endpoint.port) for _ in range(300)]
        try:
            for reader, writer in held:
                writer.write(asked)
                await read_reply(reader)
            for _ in range(3):
                assert (await send(endpoint.port, request("GET", "/health", headers=endpoint.good()))).status == 200
        finally:
            for _, writer in held:
                writer.close()


async def test_a_pipelined_attack_behind_a_good_request_is_judged_by_itself(endpoint: Endpoint) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    good = request("GET", "/health", headers=endpoint.good())
    writer.write(good + request("GET", "/jobs", headers=endpoint.good(Host="evil.test", Connection="close")))
    async with asyncio.timeout(30):
        answers = await reader.read()
    writer.close()
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 421" in answers


async def test_only_the_loopback_number_is_listened_on(daemon: RunningDaemon) -> None:
    listening = [c.laddr for c in daemon.process.net_connections("tcp") if c.status == "LISTEN"]
    assert {address.ip for address in listening} == {"127.0.0.1"}
