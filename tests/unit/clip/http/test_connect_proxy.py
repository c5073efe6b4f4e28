"""The loopback proxy for curl: who may use it, which hosts it connects to, and what it forwards."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from clipferry.clip.errors import BlockedAddress, InvalidUrl, NetworkError
from clipferry.clip.http import address_guard, connect_proxy
from clipferry.clip.http.connect_proxy import ConnectProxy
from clipferry.clip.http.network import Network
from origin import LocalInternet


def authorization(proxy: ConnectProxy) -> str:
    login = urlsplit(proxy.url).netloc.rpartition("@")[0]
    return f"Proxy-Authorization: Basic {b64encode(login.encode()).decode()}\r\n"


def exchange(port: int, data: bytes) -> bytes:
    """Send ``data`` and read until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        with contextlib.suppress(ConnectionError):
            raw.sendall(data)
        received = b""
        with contextlib.suppress(ConnectionError):
            while piece := raw.recv(65536):
                received += piece
        return received


def request(proxy: ConnectProxy, line: str, fields: str = "", body: bytes = b"") -> bytes:
    return exchange(proxy.port, f"{line} HTTP/1.1\r\nHost: x\r\n{authorization(proxy)}{fields}\r\n".encode() + body)


@pytest.fixture
def proxy() -> Iterator[ConnectProxy]:
    with ConnectProxy(Network()) as running:
        yield running


class Server:
    """Plain HTTP on loopback: answers every connection with ``answer`` and closes it; keeps what it received."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") -> None:
        self.answer = answer
        self.received: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.network = Network(private_origins=frozenset({f"http://127.0.0.1:{self.port}"}))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            with contextlib.suppress(ConnectionError):
                raw, _ = self._listening.accept()
                with raw:
                    data = raw.recv(65536)
                    if not data:
                        return
                    self.received.append(data)
                    raw.sendall(self.answer)
                    raw.shutdown(socket.SHUT_WR)
                    while piece := raw.recv(65536):
                        self.received[-1] += piece

    def close(self) -> None:
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listening.close()


@contextlib.contextmanager
def serving(answer: bytes | None = None) -> Iterator[Server]:
    server = Server(answer) if answer is not None else Server()
    try:
        yield server
    finally:
        server.close()


@pytest.mark.parametrize("line", ["CONNECT site.example:443", "GET http://site.example/"])
@pytest.mark.parametrize(
    "fields",
    [
        "",
        "Proxy-Authorization: Basic Y2xpcGZlcnJ5Og==\r\n",
        "Authorization: {}\r\n",
        "Proxy-Authorization: Bearer x\r\n",
    ],
)
def test_without_the_password_nothing_is_connected(proxy: ConnectProxy, line: str, fields: str) -> None:
    own = authorization(proxy).partition(": ")[2].strip()
    head = f"{line} HTTP/1.1\r\nHost: site.example\r\n{fields.format(own)}\r\n"
    assert exchange(proxy.port, head.encode()).startswith(b"HTTP/1.1 407 ")
    assert proxy.take_failure() is None


def test_passwords_differ_and_it_is_reachable_from_this_computer_only(proxy: ConnectProxy) -> None:
    with ConnectProxy(Network()) as other:
        assert urlsplit(other.url).password != urlsplit(proxy.url).password
        assert len(urlsplit(proxy.url).password or "") >= 40
    assert {one.getsockname()[0] for one in proxy._server.sockets} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "LOCALHOST.", "a.localhost", "[::1]",
        "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fe80::1]", "0.0.0.0", "100.64.0.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "line", ["CONNECT {}:443", "CONNECT {}:80", "CONNECT {}:22", "GET http://{}/", "POST http://{}:8080/"]
)
def test_private_hosts_are_refused(proxy: ConnectProxy, host: str, line: str) -> None:
    assert request(proxy, line.format(host)).startswith(b"HTTP/1.1 403 ")
    assert isinstance(proxy.take_failure(), BlockedAddress)
    assert proxy.take_failure() is None, "told once"


@pytest.mark.parametrize("scheme", ["http", "socks5h", "socks5", "socks4a"])
def test_private_hosts_are_refused_before_the_persons_proxy_is_asked(scheme: str) -> None:
    with serving() as server:
        way = f"{scheme}://127.0.0.1:{server.port}"
        with ConnectProxy(Network(http_proxy=way, https_proxy=way)) as proxy:
            for line in ("CONNECT 10.0.0.1:443", "GET http://localhost/", "CONNECT [::ffff:169.254.169.254]:443"):
                assert request(proxy, line).startswith(b"HTTP/1.1 403 ")
        assert server.received == []


@pytest.mark.parametrize(
    ("line", "fields", "body"),
    [
        ("CONNECT site.example", "", b""),
        ("CONNECT site.example:", "", b""),
        ("CONNECT site.example:0", "", b""),
        ("CONNECT site.example:99999", "", b""),
        ("CONNECT site.example:443/x", "", b""),
        ("CONNECT somebody@site.example:443", "", b""),
        ("CONNECT site.example:443@127.0.0.1:80", "", b""),
        ("CONNECT http://site.example:443", "", b""),
        ("CONNECT 127.0.0.1:9#site.example:443", "", b""),
        ("CONNECT site.example:443", "Content-Length: 5\r\n", b"hello"),
        ("CONNECT site.example:443", "Content-Length: 0\r\n", b""),
        ("CONNECT site.example:443", "Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        ("CONNECT site.example:443", "", b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n"),
        ("GET https://site.example/", "", b""),
        ("GET ftp://site.example/", "", b""),
        ("GET file:///etc/passwd", "", b""),
        ("GET /", "", b""),
        ("GET http://somebody@site.example/", "", b""),
        ("GET http://site.example\\@127.0.0.1/", "", b""),
    ],
)
def test_requests_that_could_be_read_in_two_ways_are_refused(
    proxy: ConnectProxy, line: str, fields: str, body: bytes
) -> None:
    assert request(proxy, line, fields, body).startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
    assert isinstance(proxy.take_failure(), InvalidUrl)


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\nProxy-Authorization : x\r\n\r\n",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        b"POST http://a.example/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST http://a.example/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET http://a.example/ HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512),
    ],
)
def test_heads_that_are_no_http_are_refused(proxy: ConnectProxy, head: bytes) -> None:
    answer = exchange(proxy.port, head)
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"407", b"431", b"501")


def test_slow_heads_end(proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_proxy, "HEAD_TIMEOUT_S", 0.05)
    assert exchange(proxy.port, b"CONNECT site.exa") == b""


def test_connections_are_counted(proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_proxy, "MAX_CONNECTIONS", 1)
    with socket.create_connection(("127.0.0.1", proxy.port)) as first:
        first.sendall(b"GET ")
        assert exchange(proxy.port, b"GET http://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n") == b""
    gc.collect()


def test_each_request_is_forwarded_on_a_connection_of_its_own_without_the_password() -> None:
    with serving() as server, ConnectProxy(server.network) as proxy:
        there = f"http://127.0.0.1:{server.port}"
        fields = "Proxy-Connection: keep-alive\r\nConnection: X-One\r\nX-One: 1\r\nX-Two: 2\r\nCookie: a=b\r\nContent-Length: 4\r\n"
        second = f"GET {there}/second HTTP/1.1\r\nHost: x\r\n{authorization(proxy)}\r\n".encode()
        answer = request(proxy, f"POST {there}/first?q=1", fields, b"body" + second)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"ok")
        assert b"\r\nconnection: close\r\n" in answer.lower()
        assert request(proxy, f"GET {there}/third").endswith(b"ok")
    first, third = server.received
    assert first.startswith(b"POST /first?q=1 HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{server.port}\r\n".encode() in first
    assert b"X-Two: 2" in first
    assert b"Cookie: a=b" in first
    assert first.endswith(b"\r\n\r\nbody")
    assert third.startswith(b"GET /third ")
    assert all(word not in one.lower() for one in server.received for word in (b"proxy-", b"x-one", b"keep-alive"))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_responses_that_are_no_http_are_an_error(answer: bytes) -> None:
    with serving(answer) as server, ConnectProxy(server.network) as proxy:
        assert request(proxy, f"GET http://127.0.0.1:{server.port}/").startswith(b"HTTP/1.1 502 ")
        assert isinstance(proxy.take_failure(), NetworkError)


def test_interim_responses_are_dropped() -> None:
    answer = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with serving(answer) as server, ConnectProxy(server.network) as proxy:
        assert request(proxy, f"GET http://127.0.0.1:{server.port}/").startswith(b"HTTP/1.1 200 OK\r\n")


def test_only_the_allowed_origin_is_excused() -> None:
    with serving() as server, serving() as other, ConnectProxy(server.network) as proxy:
        assert request(proxy, f"GET http://127.0.0.1:{other.port}/").startswith(b"HTTP/1.1 403 ")
        assert request(proxy, f"CONNECT 127.0.0.1:{other.port}").startswith(b"HTTP/1.1 403 ")
        assert other.received == []


def test_a_name_is_resolved_once_and_all_its_addresses_are_judged(
    proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    dialled: list[object] = []
    public, private = ipaddress.ip_address("93.184.215.14"), ipaddress.ip_address("127.0.0.1")

    def lookup(host: str, port: int) -> list[address_guard.IpAddress]:
        asked.append(host)
        return [public, private] if host == "both.example" else [public] if asked.count(host) == 1 else [private]

    def connect_to(addresses: list[address_guard.IpAddress], port: int, timeout: float) -> socket.socket:
        dialled.extend(addresses)
        raise ConnectionRefusedError

    monkeypatch.setattr("clipferry.clip.http.network.lookup", lookup)
    monkeypatch.setattr("clipferry.clip.http.happy_eyeballs.connect_to", connect_to)
    assert request(proxy, "CONNECT both.example:443").startswith(b"HTTP/1.1 403 "), "one private address is enough"
    assert request(proxy, "CONNECT rebind.example:443").startswith(b"HTTP/1.1 502 ")
    assert (asked.count("rebind.example"), dialled) == (1, [public]), "what was judged is what is connected to"
    assert request(proxy, "CONNECT rebind.example:443").startswith(b"HTTP/1.1 403 ")
    assert request(proxy, "GET http://rebind.example/").startswith(b"HTTP/1.1 403 ")
    assert dialled == [public]


def test_an_unknown_name_and_a_closed_port_are_network_errors() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with ConnectProxy(Network(private_origins=frozenset({f"http://127.0.0.1:{port}"}))) as proxy:
        for line in (f"GET http://127.0.0.1:{port}/", "CONNECT no-such-host.invalid:443"):
            assert request(proxy, line).startswith(b"HTTP/1.1 502 ")
            assert isinstance(proxy.take_failure(), NetworkError)


def test_a_proxy_that_refuses_the_password_is_named(site: LocalInternet) -> None:
    wrong = site.auth_proxy_url.replace("somebody:", "nobody:")
    with ConnectProxy(Network(https_proxy=wrong)) as proxy:
        assert request(proxy, "CONNECT www.instagram.com:443").startswith(b"HTTP/1.1 502 ")
        failure = proxy.take_failure()
    assert failure is not None
    assert failure.sentence == "The proxy refuses the user name or password."


def test_it_ends_with_its_owner() -> None:
    before = threading.active_count()
    with ConnectProxy(Network()) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as held:
        held.sendall(b"GET ")
        proxy.close()
        with contextlib.suppress(ConnectionResetError):
            assert held.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port))
    assert threading.active_count() <= before
