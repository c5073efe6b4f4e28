"""What a hostile or careless site may not make us do: open private addresses, carry cookies elsewhere, read local files."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from clipferry.clip.errors import BadMedia, BlockedAddress, ClipError, DrmProtected, InvalidUrl, TlsError
from clipferry.clip.http import pools
from clipferry.clip.http.media_url import Link
from clipferry.clip.http.network import Network
from clipferry.clip.http.small_files import fetch_small
from clipferry.clip.model import Delivery, Fragment
from faults.reading import QUICK, Bench, watch

PRIVATE = [
    "http://127.0.0.1:9/x",
    "http://localhost:9/x",
    "http://[::1]:9/x",
    "http://169.254.169.254/latest/meta-data",
    "http://2130706433/x",
    "http://0x7f.1/x",
    "http://10.0.0.1/x",
    "http://[::ffff:127.0.0.1]/x",
]


@pytest.mark.parametrize("target", PRIVATE)
def test_a_redirect_to_a_private_address_is_refused(bench: Bench, target: str) -> None:
    url = bench.media("h264", "fmp4")
    bench.site.fault("redirect", path="/media/*", times=0, location=target)
    source = bench.source(url)
    try:
        with pytest.raises(BlockedAddress):
            source.prepare()
    finally:
        source.close()
    assert bench.site.refused() == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://video.example/x", "data:text/plain,x", "gopher://x/"])
def test_a_redirect_to_another_scheme_is_refused(bench: Bench, target: str) -> None:
    url = bench.media("h264", "fmp4")
    bench.site.fault("redirect", path="/media/*", times=0, location=target)
    with pytest.raises(InvalidUrl):
        fetch_small(Link(url), network=bench.network, retry_policy=QUICK)


@pytest.mark.parametrize("target", [*PRIVATE, "file:///etc/passwd"])
@pytest.mark.parametrize("where", ["segment", "key", "map"])
def test_a_playlist_that_points_inside_is_refused(bench: Bench, target: str, where: str) -> None:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:4"]
    lines += [f'#EXT-X-KEY:METHOD=AES-128,URI="{target}"'] if where == "key" else []
    lines += [f'#EXT-X-MAP:URI="{target}"'] if where == "map" else []
    lines += ["#EXTINF:4,", target if where == "segment" else "https://video.example/x.ts", "#EXT-X-ENDLIST"]
    url = bench.site.put("https://video.example/evil.m3u8", "\n".join(lines), content_type="application/x-mpegurl")
    source = bench.source(url, Delivery.HLS, "mpegts")
    try:
        with pytest.raises((BlockedAddress, InvalidUrl)):
            watch(source, 0.0, 1.0)
    finally:
        source.close()
    assert bench.site.refused() == []


def test_a_fragment_that_points_inside_is_refused(bench: Bench) -> None:
    fragments = (Fragment("http://127.0.0.1:9/init"), Fragment("http://127.0.0.1:9/1", duration_s=4.0))
    source = bench.source("https://video.example/x", Delivery.FRAGMENTS, fragments=fragments)
    try:
        with pytest.raises(BlockedAddress):
            watch(source, 0.0, 1.0)
    finally:
        source.close()


def test_cookies_and_headers_stay_with_their_host(bench: Bench) -> None:
    away_url = bench.site.put("https://www.youtube.com/moved", "WEBVTT", content_type="text/vtt")
    url = bench.site.put("https://video.example/first", "WEBVTT", content_type="text/vtt")
    bench.site.fault("redirect", host="video.example", path="/first", location=away_url)
    sent = {"User-Agent": "Mozilla/5.0 test", "Referer": "https://site.example/page?secret=1", "Authorization": "t0ken"}
    got = fetch_small(Link(url, sent, "sid=s3cret"), network=bench.network, retry_policy=QUICK)
    assert got == b"WEBVTT"
    (home,) = bench.site.log("video.example", "/first")
    (away,) = bench.site.log("www.youtube.com", "/moved")
    assert home.headers["cookie"] == "sid=s3cret"
    assert home.headers["authorization"] == "t0ken"
    assert home.headers["referer"] == "https://site.example/page?secret=1"
    assert "cookie" not in away.headers
    assert "authorization" not in away.headers
    assert away.headers["referer"] == "https://site.example/"
    assert away.headers["user-agent"] == "Mozilla/5.0 test"


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST",
        "<MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>",
        "ffconcat version 1.0\nfile /etc/passwd",
    ],
)
def test_a_manifest_that_calls_itself_mp4_is_not_followed(bench: Bench, text: str) -> None:
    url = bench.site.put("https://video.example/video.mp4", text, content_type="video/mp4", ranges=True)
    source = bench.source(url)
    try:
        with pytest.raises(BadMedia):
            watch(source, 0.0, 1.0)
    finally:
        source.close()


def test_sample_encryption_is_called_by_its_name(bench: Bench) -> None:
    lines = ["#EXTM3U", '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"']
    lines += ["#EXTINF:4,", "x.ts", "#EXT-X-ENDLIST"]
    url = bench.site.put("https://video.example/drm.m3u8", "\n".join(lines), content_type="application/x-mpegurl")
    source = bench.source(url, Delivery.HLS, "mpegts")
    try:
        with pytest.raises(DrmProtected):
            source.prepare()
    finally:
        source.close()


@pytest.mark.parametrize("variable", ["", "SSL_CERT_FILE"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Whatever the process's environment says meanwhile, as it does once yt-dlp has been called for another network."""
    pools._pool.cache_clear()  # so that the connection is set up in this environment
    if variable:
        monkeypatch.setenv(variable, str(bench.site.ca_file))
    url = bench.media("h264", "fmp4")
    with pytest.raises(TlsError):
        fetch_small(Link(url), network=replace(bench.network, ca_file=None), retry_policy=QUICK)
    assert bench.site.counters("video.example").requests == 0


def test_a_certificate_file_adds_to_the_systems_authorities(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local internet's authority is the system's here, and the file has another: both are trusted, in any environment."""
    other = trustme.CA()
    with other.cert_pem.tempfile() as path, bench.site.ca_file.open() as system:
        paths = ssl.get_default_verify_paths()
        nowhere = paths._replace(openssl_cafile=system.name, openssl_capath=str(Path(path).parent / "none"))
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
        monkeypatch.setenv("SSL_CERT_FILE", path)
        pools._pool.cache_clear()
        for ca_file in (None, path):
            url = bench.site.put("https://video.example/subs", "WEBVTT", content_type="text/vtt")
            assert (
                fetch_small(Link(url), network=replace(bench.network, ca_file=ca_file), retry_policy=QUICK) == b"WEBVTT"
            )
    pools._pool.cache_clear()


def test_a_certificate_file_that_is_none_is_said_as_such(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(TlsError):
            fetch_small(
                Link("https://video.example/"), network=replace(bench.network, ca_file=str(path)), retry_policy=QUICK
            )


GUARDED = """
import sys
sys.path[:0] = [sys.argv[1]]
import socket, urllib.request
import urllib3
from clipferry.clip.errors import BlockedAddress
from clipferry.clip.http.network import Network, guard_connections
port = int(sys.argv[2])
proxy = sys.argv[3] if len(sys.argv) > 3 else None
guard_connections(Network(http_proxy=proxy, https_proxy=proxy))
ways = {
    "socket": lambda: socket.create_connection(("127.0.0.1", port), 2),
    "name": lambda: socket.create_connection(("localhost", port), 2),
    "urllib": lambda: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/"),
    "urllib3": lambda: urllib3.PoolManager().request("GET", f"http://127.0.0.1:{port}/", retries=False),
}
if proxy:
    ways = {
        "http by proxy": lambda: urllib3.ProxyManager(proxy).request("GET", "http://10.1.2.3/x", retries=False),
        "https by proxy": lambda: urllib3.ProxyManager(proxy).request("GET", "https://127.0.0.1/x", retries=False),
        "urllib by proxy": lambda: urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": proxy, "https": proxy})
        ).open("https://[::ffff:127.0.0.1]/"),
    }
for name, way in ways.items():
    try:
        way()
    except BlockedAddress:
        print(name, "blocked")
    except Exception as error:
        print(name, type(error).__name__, error)
    else:
        print(name, "open")
if proxy:
    print(urllib3.ProxyManager(proxy).request("GET", "http://video.example/nowhere", retries=False).status)
"""


def guarded(bench: Bench, *words: str) -> list[str]:
    root = Path(__file__).parents[2] / "daemon"
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, str(root), *words], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


def test_the_guard_stops_whoever_connects(bench: Bench) -> None:
    port = bench.site.plain_url.rpartition(":")[2].strip("/")
    assert guarded(bench, port) == ["socket blocked", "name blocked", "urllib blocked", "urllib3 blocked"]


def test_the_guard_sees_through_the_proxy_and_lets_the_proxy_itself_be_reached(bench: Bench) -> None:
    *blocked, answer = guarded(bench, "1", bench.site.proxy_url)
    assert blocked == ["http by proxy blocked", "https by proxy blocked", "urllib by proxy blocked"]
    assert answer == "404"
    assert bench.site.refused() == []


def test_a_private_origin_that_was_allowed_is_reached(bench: Bench) -> None:
    url = bench.site.plain_url.rstrip("/")
    allowed = Network(private_origins=frozenset({url}))
    allowed.check(f"{url}/nowhere")
    with pytest.raises(BlockedAddress):
        allowed.check("http://127.0.0.1:9/")
    with pytest.raises(ClipError) as caught:
        fetch_small(Link(f"{url}/nowhere"), network=allowed, retry_policy=QUICK)
    assert not isinstance(caught.value, BlockedAddress)


PROXY_GUARD = """
import http.client, json, socket, threading
from clipferry.clip.errors import BlockedAddress
from clipferry.clip.http.network import Network, guard_connections

heard = []
server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]

def serve():
    while True:
        caller, _ = server.accept()
        heard.append(caller.recv(4096).partition(b"\\r\\n")[0].decode())
        caller.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
        caller.close()

threading.Thread(target=serve, daemon=True).start()
guard_connections(Network(http_proxy=f"http://127.0.0.1:{port}", https_proxy=f"http://127.0.0.1:{port}", no_proxy="127.0.0.1"))

def as_page():
    http.client.HTTPConnection("127.0.0.1", port).request("GET", "/admin?off=1")

def by_tunnel():
    inner = http.client.HTTPSConnection("127.0.0.1", port)
    inner.set_tunnel("127.0.0.1", port)
    inner.request("GET", "/admin")

def as_proxy():
    way = http.client.HTTPConnection("127.0.0.1", port)
    way.request("GET", "http://video.example/x")
    way.getresponse().read()  # so that it was heard

said = {}
for ask in (as_page, by_tunnel, as_proxy):
    try:
        ask()
        said[ask.__name__] = "asked"
    except BlockedAddress:
        said[ask.__name__] = "refused"
print(json.dumps([said, heard]))
"""


def test_a_proxy_is_spoken_to_as_one_and_never_as_a_page() -> None:
    """Its address is excused, its own pages are not: neither directly nor through itself."""
    done = subprocess.run([sys.executable, "-c", PROXY_GUARD], capture_output=True, text=True, check=True, timeout=60)
    said, heard = json.loads(done.stdout)
    assert said == {"as_page": "refused", "by_tunnel": "refused", "as_proxy": "asked"}
    assert [line for line in heard if line] == ["GET http://video.example/x HTTP/1.1"]
