"""curl, which impersonates browsers for yt-dlp, brings its own sockets and follows redirects by itself: nothing that a site answers leads it
to a private address. The real handler of yt-dlp and the real curl, without the guard on Python's sockets, so that
the proxy is the only thing in the way.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from http.cookiejar import Cookie
from typing import Any
from urllib.parse import quote

import pytest
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import RequestError, TransportError
from yt_dlp.networking.impersonate import ImpersonateTarget

from attack.canary import Canary, canary_server
from clipferry.clip.errors import BlockedAddress, ClipError, InvalidUrl, TlsError
from clipferry.clip.extract import ytdlp_adapter
from clipferry.clip.extract.query import ask
from clipferry.clip.extract.site_query import Query
from clipferry.clip.http.network import Network
from origin import LocalInternet
from origin.sites.hostile.site import TARGETS

REEL = "https://www.instagram.com/reel/Caaaaaaaaa1/"
EMPTY = "https://www.instagram.com/reel/Eempty000001/"
"""The query gives nothing, so that the page is read."""


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with canary_server() as found:
        yield found


@contextlib.contextmanager
def impersonating(network: Network) -> Iterator[Any]:
    """yt-dlp as the pipeline makes it."""
    ydl = ytdlp_adapter.warm_up()(network, ytdlp_adapter.options(None, network, None))
    try:
        yield ydl
    finally:
        ydl.close()


def fetch(network: Network, url: str, **more: Any) -> bytes:
    """Request ``url`` as a browser. Raises our error behind yt-dlp's."""

    with impersonating(network) as ydl:
        assert ydl._impersonate_target_available(ImpersonateTarget())
        try:
            return bytes(ydl.urlopen(Request(url, extensions={"impersonate": ImpersonateTarget()}, **more)).read())
        except RequestError as error:
            raise error.cause if isinstance(error.cause, ClipError) else error from error


def network(site: LocalInternet, **more: Any) -> Network:
    return Network.from_environment(site.env(), **more)


async def test_a_request_reaches_the_site_as_a_browser(site: LocalInternet) -> None:
    """The other side of the tests below."""
    assert b"<title>" in fetch(network(site), "https://hostile.example/title")
    [entry] = site.log("hostile.example")
    assert "sec-ch-ua" in entry.headers


@pytest.mark.parametrize("target", sorted(TARGETS))
async def test_no_redirect_leads_to_a_private_address(target: str, site: LocalInternet) -> None:

    with pytest.raises((BlockedAddress, InvalidUrl, TransportError)) as caught:
        fetch(network(site), f"https://hostile.example/redirect?target={target}")
    if (
        TARGETS[target].startswith("http") and "[" not in TARGETS[target]
    ):  # curl itself gives up at an IPv6 address there
        assert isinstance(caught.value, BlockedAddress | InvalidUrl)
    assert site.refused() == [], "nor was it asked of the person's proxy"
    assert [entry.host for entry in site.log()] == ["hostile.example"]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_canary_on_this_computer_is_not_called(scheme: str, site: LocalInternet, canary: Canary) -> None:
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0177.0.0.1", "0x7f.1"):
        to = quote(f"{scheme}://{host}:{canary.port}/", safe="")
        with pytest.raises((BlockedAddress, InvalidUrl, TransportError)):
            fetch(network(site), f"https://hostile.example/redirect?to={to}")
    assert canary.visits == 0


async def test_the_environment_opens_no_way_around(
    site: LocalInternet, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """curl reads ``NO_PROXY`` and other variables by itself."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    for name in ("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    with pytest.raises(BlockedAddress):
        fetch(
            network(site), f"https://hostile.example/redirect?to={quote(f'http://127.0.0.1:{canary.port}/', safe='')}"
        )
    assert b"<title>" in fetch(network(site), "https://hostile.example/title")
    assert canary.visits == 0


async def test_a_proxy_of_the_request_opens_no_way_around(site: LocalInternet, canary: Canary) -> None:
    """An extractor may name a proxy for one request."""
    proxies = {"all": f"http://127.0.0.1:{canary.port}", "no": "*"}
    assert b"<title>" in fetch(network(site), "https://hostile.example/title", proxies=proxies)
    assert canary.visits == 0


async def test_a_name_that_changes_its_address_is_not_followed(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a proxy: the attacker's DNS gives its server first, and this computer from then on."""
    answers = [ipaddress.ip_address("93.184.215.14")]
    dialled: list[object] = []

    def lookup(host: str, port: int) -> list[Any]:
        return [answers.pop(0)] if answers else [ipaddress.ip_address("127.0.0.1")]

    def connect_to(addresses: list[Any], port: int, timeout: float) -> socket.socket:
        dialled.extend(addresses)
        return socket.create_connection(("127.0.0.1", canary.port)) if "127" in str(addresses) else _gone()

    monkeypatch.setattr("clipferry.clip.http.network.lookup", lookup)
    monkeypatch.setattr("clipferry.clip.http.happy_eyeballs.connect_to", connect_to)
    with pytest.raises(ClipError) as first:
        fetch(Network(), "http://rebind.example/")
    assert not isinstance(first.value, BlockedAddress)
    with pytest.raises(BlockedAddress):
        fetch(Network(), "http://rebind.example/")
    assert (len(dialled), canary.visits) == (1, 0)


def _gone() -> socket.socket:
    raise ConnectionRefusedError


@pytest.mark.parametrize("path", ["/", "/api/v1/web/get_ruling_for_content/*", "/api/graphql*", "/p/*"])
async def test_a_known_site_that_redirects_inwards_is_not_followed(
    path: str, site: LocalInternet, canary: Canary
) -> None:
    """The unmodified extractor of Instagram."""
    site.fault("redirect", host="www.instagram.com", path=path, times=0, location=f"http://127.0.0.1:{canary.port}/")
    with contextlib.suppress(ClipError):
        ask(Query(EMPTY if path == "/p/*" else REEL, network(site)))
    assert canary.visits == 0
    assert any(entry.fault == "redirect" for entry in site.log("www.instagram.com"))


async def test_tls_is_verified_by_the_persons_authorities_alone(site: LocalInternet) -> None:
    with pytest.raises(TlsError):
        ask(Query(REEL, Network(https_proxy=site.proxy_url)))
    assert site.log() == []


async def test_cookies_go_to_their_site_only(site: LocalInternet) -> None:
    """curl keeps its own jar; what a site redirects to gets nothing of it."""

    site.fault("redirect", host="www.instagram.com", path="/", times=0, location="http://hostile.example/title")
    with impersonating(network(site)) as ydl:
        assert ydl._impersonate_target_available(ImpersonateTarget())
        _put(ydl.cookiejar, "www.instagram.com", "sessionid", "SECRETCOOKIE")
        ydl.urlopen(Request("https://www.instagram.com/", extensions={"impersonate": ImpersonateTarget()})).read()
    sent = {entry.host: entry.headers.get("cookie", "") for entry in site.log()}
    assert "SECRETCOOKIE" in sent["www.instagram.com"]
    assert "SECRETCOOKIE" not in sent["hostile.example"]
    assert all("proxy-authorization" not in entry.headers for entry in site.log())


def _put(jar: Any, domain: str, name: str, value: str) -> None:

    jar.set_cookie(
        Cookie(0, name, value, None, False, domain, False, False, "/", True, True, None, False, None, None, {})
    )


KILLED = """
import os, sys, time
from clipferry.clip.http.connect_proxy import ConnectProxy
from clipferry.clip.http.network import Network
proxy = ConnectProxy(Network())
print(proxy.port, flush=True)
sys.stdin.read()
os.kill(os.getpid(), 9)
"""


def test_the_proxy_ends_with_its_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        port = int(child.stdout.readline())
        socket.create_connection(("127.0.0.1", port)).close()
        child.stdin.close()
        child.wait()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
