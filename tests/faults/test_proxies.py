"""Ways out: SOCKS, proxies that ask for a password, proxies that are not there, hosts that need none."""

from __future__ import annotations

import base64
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from clipferry.clip.errors import NetworkError
from clipferry.clip.extract.resolve import Query, resolve
from clipferry.clip.http.media_url import Link
from clipferry.clip.http.network import Network
from clipferry.clip.http.proxies import credentials
from clipferry.clip.http.retry_policy import RetryPolicy
from clipferry.clip.http.small_files import fetch_small
from faults.reading import Bench

ONCE = RetryPolicy(connect_s=10, stall_s=10, tries=1)


class Gateway(socketserver.ThreadingTCPServer):
    """Speaks SOCKS 5 (RFC 1928) or HTTP CONNECT with a password on its front, and goes on to the local internet's own proxy."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, onward: str, login: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        parts = urlsplit(onward)
        self.onward = (parts.hostname or "", parts.port or 0)
        self.login = login
        self.socks_login: tuple[bytes, bytes] | None = None
        self.asked: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Conversation(socketserver.BaseRequestHandler):
    server: Gateway
    request: socket.socket

    def handle(self) -> None:
        first = self.request.recv(1, socket.MSG_PEEK)
        target = self._socks() if first == b"\x05" else self._connect()
        if target is None:
            return
        self.server.asked.append(target)
        with socket.create_connection(self.server.onward) as onward:
            onward.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += onward.recv(4096)
            back = threading.Thread(target=self._pump, args=(onward, self.request), daemon=True)
            back.start()
            self._pump(self.request, onward)
            back.join()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += self.request.recv(count - len(data))
        return data

    def _socks(self) -> str | None:
        _, methods = self._exactly(2)
        self._exactly(methods)
        if self.server.socks_login is None:
            self.request.sendall(b"\x05\x00")
        else:  # RFC 1929
            self.request.sendall(b"\x05\x02")
            _, length = self._exactly(2)
            user = self._exactly(length)
            password = self._exactly(self._exactly(1)[0])
            right = (user, password) == self.server.socks_login
            self.request.sendall(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return None
        _, _, _, kind = self._exactly(4)
        assert kind == 3, "a name was to be sent, not an address"
        name = self._exactly(self._exactly(1)[0]).decode()
        port = struct.unpack(">H", self._exactly(2))[0]
        self.request.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        return f"{name}:{port}"

    def _connect(self) -> str | None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        wanted = b"Basic " + base64.b64encode(self.server.login or b"")
        if wanted not in head:
            self.request.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            return None
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return head.split()[1].decode()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@pytest.fixture
def gateway(bench: Bench) -> Iterator[Gateway]:
    with Gateway(bench.site.proxy_url, b"me:p@ss") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def get(bench: Bench, network: Network) -> bytes:
    url = bench.site.put("https://video.example/small.vtt", "WEBVTT", content_type="text/vtt")
    return fetch_small(Link(url), network=network, retry_policy=ONCE)


def test_socks_carries_the_name_to_the_proxy(bench: Bench, gateway: Gateway) -> None:
    network = replace(bench.network, https_proxy=f"socks5h://127.0.0.1:{gateway.port}")
    assert get(bench, network) == b"WEBVTT"
    assert gateway.asked == ["video.example:443"]


@pytest.mark.parametrize(
    "login", ["me:p@ss", "jörg:pä ss", "j%C3%B6rg:p%C3%A4%20ss", "me:a:b/c"], ids=["at", "raw", "encoded", "reserved"]
)
def test_a_socks_proxy_is_given_the_password(login: str, bench: Bench, gateway: Gateway) -> None:
    """By our own reader and by yt-dlp; a wrong one is called that."""
    gateway.socks_login = credentials(f"socks5h://{login}@h:1")
    address = f"127.0.0.1:{gateway.port}"
    configured = Network.from_environment({}, proxy=f"socks5h://{login}@{address}", ca_file=bench.network.ca_file)
    assert get(bench, configured) == b"WEBVTT"
    assert resolve(Query(bench.site.media_url("h264", "mp4-front", seconds=4), configured)).formats
    wrong = Network.from_environment({}, proxy=f"socks5h://x{login}@{address}", ca_file=bench.network.ca_file)
    with pytest.raises(NetworkError, match="refuses the user name or password") as caught:
        get(bench, wrong)
    assert (gateway.socks_login or (b"", b""))[1].decode() not in caught.value.detail
    with pytest.raises(NetworkError, match="proxy refuses") as caught:  # yt-dlp cannot tell it from another refusal
        resolve(Query("https://video.example/other.mp4", wrong))
    assert "password" in caught.value.hint


def test_a_password_is_given_to_the_proxy(bench: Bench, gateway: Gateway) -> None:
    network = replace(bench.network, https_proxy=f"http://me:p%40ss@127.0.0.1:{gateway.port}")
    assert get(bench, network) == b"WEBVTT"
    with pytest.raises(NetworkError) as caught:
        get(bench, replace(bench.network, https_proxy=f"http://me:wrong@127.0.0.1:{gateway.port}"))
    assert "proxy" in caught.value.sentence
    assert "wrong" not in caught.value.detail


@pytest.mark.parametrize(
    "login",
    ["jörg:pä ss", "j%C3%B6rg:p%C3%A4%20ss", "me:p@ss", "me:50%", "me:a+b/c?d#e", "me:a:b"],
    ids=["raw", "encoded", "at", "percent", "reserved", "colon"],
)
def test_credentials_in_any_spelling(login: str, bench: Bench, gateway: Gateway) -> None:
    """By our own reader and by yt-dlp."""
    gateway.login = b":".join(credentials(f"http://{login}@h:1") or ())
    assert gateway.login.decode() == unquote(login)
    proxy = f"http://{login}@127.0.0.1:{gateway.port}"
    assert get(bench, replace(bench.network, https_proxy=proxy)) == b"WEBVTT"
    configured = Network.from_environment({}, proxy=proxy, ca_file=bench.network.ca_file)
    found = resolve(Query(bench.site.media_url("h264", "mp4-front", seconds=4), configured))
    assert found.formats
    refused = f"http://x{login}@127.0.0.1:{gateway.port}"
    wrong = Network.from_environment({}, proxy=refused, ca_file=bench.network.ca_file)
    for ask in (lambda: get(bench, wrong), lambda: resolve(Query("https://video.example/other.mp4", wrong))):
        with pytest.raises(NetworkError, match="user name or password"):
            ask()


def test_a_proxy_that_is_not_there_is_named_as_the_reason(bench: Bench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for scheme in ("http", "socks5h"):
            with pytest.raises(NetworkError) as caught:
                get(bench, replace(bench.network, https_proxy=f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"))
            assert "proxy" in caught.value.sentence


def test_a_host_without_proxy_is_reached_directly(bench: Bench) -> None:
    url = bench.site.plain_url.rstrip("/")
    network = Network(http_proxy="http://127.0.0.1:9", no_proxy="127.0.0.1", allow_private=True)
    with pytest.raises(NetworkError) as caught:
        fetch_small(Link(f"{url}/nowhere"), network=network, retry_policy=ONCE)
    assert caught.value.code == "url_expired"  # it answered, with 404
