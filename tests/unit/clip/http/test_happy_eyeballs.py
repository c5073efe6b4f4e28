"""A host whose first address swallows packets: the second answers before the first has given up, and is asked first from then on."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from clipferry.clip.errors import BlockedAddress
from clipferry.clip.extract.ytdlp_adapter import options, warm_up
from clipferry.clip.http import happy_eyeballs
from clipferry.clip.http.network import Network, guard_connections
from clipferry.clip.http.pools import pool_for

HOST = "two-addresses.example"
DEAD, ALIVE, CLOSED = "127.0.0.2", "127.0.0.1", "127.0.0.3"
_attempts: list[str] = []
_watched = threading.Event()


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watched.is_set() and isinstance(args[1], tuple):
        _attempts.append(args[1][0])


sys.addaudithook(_hear)


@pytest.fixture
def port() -> Iterator[int]:
    """One where ``ALIVE`` answers HTTP, ``DEAD`` never does (its queue is full, so that the kernel drops what comes), ``CLOSED`` refuses."""
    with serving(http.server.ThreadingHTTPServer((ALIVE, 0), _Hello)) as number:
        yield number


@contextlib.contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    """The port of ``server``, which ``DEAD`` has as well."""
    number = int(server.server_address[1])
    with contextlib.ExitStack() as stack:
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        dead = stack.enter_context(socket.socket())
        dead.bind((DEAD, number))
        dead.listen(0)
        for _ in range(8):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex((DEAD, number))
        happy_eyeballs._answered.clear()
        _attempts.clear()
        _watched.set()
        stack.callback(_watched.clear)
        yield number


class _Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have ``HOST`` resolve to ``addresses``, in that order."""
    real = socket.getaddrinfo

    def found(host: Any, number: Any, *args: Any, **how: Any) -> Any:
        if host != HOST:
            return real(host, number, *args, **how)
        return [entry for address in addresses for entry in real(address, number, 0, socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_the_second_address_answers_while_the_first_is_silent(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, DEAD, ALIVE)
    for _ in range(3):
        with happy_eyeballs.create_connection((HOST, port), None) as connected:
            assert connected.getpeername()[0] == ALIVE
    assert _attempts == [DEAD, ALIVE, ALIVE, ALIVE]


def test_an_address_that_refuses_gives_way_at_once(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, CLOSED, DEAD, ALIVE)
    with happy_eyeballs.create_connection((HOST, port), None) as connected:
        assert connected.getpeername()[0] == ALIVE
    assert _attempts == [CLOSED, DEAD, ALIVE]


def test_what_answered_and_is_gone_is_not_the_only_one_tried(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, DEAD, ALIVE)
    happy_eyeballs._answered[HOST, port] = (CLOSED, port)
    with happy_eyeballs.create_connection((HOST, port), None) as connected:
        assert connected.getpeername()[0] == ALIVE


def test_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    six, four = "2001:db8::", "192.0.2."
    found = [(socket.AF_INET6, 1, 6, "", (f"{six}{i}", 1, 0, 0)) for i in (1, 2, 3)]
    found += [(socket.AF_INET, 1, 6, "", (f"{four}{i}", 1)) for i in (1, 2)]  # type: ignore[misc]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    order = [target[3][0] for target in happy_eyeballs._ordered(HOST, 1, None)]
    assert order == [f"{six}1", f"{four}1", f"{six}2", f"{four}2", f"{six}3"]


def test_no_address_answers(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, DEAD, CLOSED)
    with pytest.raises(TimeoutError):
        happy_eyeballs.create_connection((HOST, port), 0.6)
    resolve_to(monkeypatch, CLOSED)
    with pytest.raises(ConnectionRefusedError):
        happy_eyeballs.create_connection((HOST, port), 5)


def test_our_reader_and_yt_dlp_connect_so(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, DEAD, ALIVE)
    network = Network(allow_private=True)
    guard_connections(network)
    url = f"http://{HOST}:{port}/"
    pool = pool_for(network, url)
    pool.clear()
    answer = pool.request("GET", url, retries=False, timeout=urllib3.Timeout(connect=100, read=10))
    assert answer.data == b"hello"
    assert _attempts == [DEAD, ALIVE]
    happy_eyeballs._answered.clear()
    _attempts.clear()
    with warm_up()(network, options(None, network, None)) as ydl:
        assert ydl.urlopen(url).read() == b"hello"
    assert _attempts == [DEAD, ALIVE]


class _Socks(socketserver.BaseRequestHandler):
    """A SOCKS 5 proxy (RFC 1928) without a password, which answers every request itself."""

    def handle(self) -> None:
        self.request.recv(64)
        self.request.sendall(b"\x05\x00")
        self.request.recv(512)
        self.request.sendall(b"\x05\x00\x00\x01" + bytes(6))
        while b"\r\n\r\n" not in self.request.recv(4096):
            pass
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


def test_our_reader_and_yt_dlp_connect_so_to_a_socks_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(socketserver.ThreadingTCPServer((ALIVE, 0), _Socks)) as number:
        resolve_to(monkeypatch, DEAD, ALIVE)
        network = Network(http_proxy=f"socks5h://{HOST}:{number}", allow_private=True)
        guard_connections(network)
        url = "http://video.example/"
        answer = pool_for(network, url).request(
            "GET", url, retries=False, timeout=urllib3.Timeout(connect=100, read=10)
        )
        assert answer.data == b"hello"
        assert _attempts == [DEAD, ALIVE, ALIVE]
        happy_eyeballs._answered.clear()
        _attempts.clear()
        with warm_up()(network, options(None, network, None)) as ydl:
            assert ydl.urlopen(url).read() == b"hello"
        assert _attempts == [DEAD, ALIVE, ALIVE]


@pytest.mark.parametrize("order", [(ALIVE, "192.0.2.1"), ("192.0.2.1", ALIVE)])
def test_every_address_is_judged(port: int, monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]) -> None:
    """192.0.2.0/24 is for documentation: nobody answers there."""
    resolve_to(monkeypatch, *order)
    monkeypatch.setattr("clipferry.clip.http.network.is_private", lambda address: str(address).startswith("127."))
    guard_connections(Network())
    try:
        with pytest.raises(BlockedAddress):
            happy_eyeballs.create_connection((HOST, port), 5)
    finally:
        guard_connections(Network(allow_private=True))
