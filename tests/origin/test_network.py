"""How bytes travel: ranges, throttling, faults, the proxy. Seen by a plain HTTP client."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from urllib3.contrib.socks import SOCKSProxyManager

from origin import Kind, LocalInternet
from origin.client import get

SIZE = 300_000


@pytest.fixture
def url(site: LocalInternet, tmp_path: Path) -> str:
    path = tmp_path / "bytes.mp4"
    path.write_bytes(bytes(range(250)) * (SIZE // 250))
    return site.publish(path)


@contextmanager
def connection(
    site: LocalInternet, host: str = "video.example", port: int = 443
) -> Iterator[http.client.HTTPSConnection]:
    proxy = site.proxy_url.removeprefix("http://")
    client = http.client.HTTPSConnection(
        proxy, context=ssl.create_default_context(cafile=str(site.ca_file)), timeout=20
    )
    client.set_tunnel(host, port)
    try:
        yield client
    finally:
        client.close()


def content(first: int, last: int) -> bytes:
    return bytes(at % 250 for at in range(first, last))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        (f"bytes={SIZE - 1}-{SIZE + 50}", SIZE - 1, SIZE),
    ],
)
def test_gives_the_range_that_is_asked_for(site: LocalInternet, url: str, asked: str, first: int, last: int) -> None:
    answer = get(site, url, Range=asked)
    assert (answer.status, answer.headers["Content-Range"]) == (206, f"bytes {first}-{last - 1}/{SIZE}")
    assert answer.read() == content(first, last)
    (entry,) = site.log("video.example", "/file/*")
    assert (entry.first_byte, entry.length, entry.sent, entry.broken) == (first, last - first, last - first, False)


def test_a_range_behind_the_end_is_416(site: LocalInternet, url: str) -> None:
    answer = get(site, url, Range=f"bytes={SIZE}-")
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{SIZE}")


def test_the_proxy_leads_plain_http_too_and_refuses_all_that_is_outside(site: LocalInternet, url: str) -> None:
    assert get(site, url.replace("https:", "http:"), Range="bytes=0-3").read() == content(0, 4)
    assert get(site, "http://example.org/x").status == 403
    assert get(site, "http://169.254.169.254/latest").status == 403
    with connection(site, "example.org") as client, pytest.raises(OSError, match="403"):
        client.request("GET", "/")
    with connection(site, "video.example", 8443) as client, pytest.raises(OSError, match="403"):
        client.request("GET", "/")
    assert [one.host for one in site.refused()] == ["example.org", "169.254.169.254", "example.org", "video.example"]


@pytest.mark.parametrize("way", ["proxy_url", "auth_proxy_url", "tls_proxy_url", "socks_url"])
def test_every_kind_of_proxy_leads_in_and_not_out(site: LocalInternet, url: str, way: str) -> None:
    ca_file = str(site.ca_file)
    address: str = getattr(site, way)
    if way == "socks_url":
        manager: urllib3.PoolManager = SOCKSProxyManager(address, ca_certs=ca_file)
    else:
        credentials = urllib3.util.parse_url(address).auth
        headers = urllib3.make_headers(proxy_basic_auth=credentials) if credentials else None
        manager = urllib3.ProxyManager(
            address,
            ca_certs=ca_file,
            proxy_headers=headers,
            proxy_ssl_context=ssl.create_default_context(cafile=ca_file),
        )
    assert manager.request("GET", url, headers={"Range": "bytes=5-9"}).data == content(5, 10)
    for outside in ("https://example.org/", "http://169.254.169.254/"):
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            assert manager.request("GET", outside, retries=False).status == 403
    assert len(site.refused()) == 2


def test_a_proxy_that_wants_to_know_who_asks(site: LocalInternet, url: str) -> None:
    host = site.auth_proxy_url.rpartition("@")[2]
    manager = urllib3.ProxyManager(f"http://{host}", ca_certs=str(site.ca_file))
    with pytest.raises(urllib3.exceptions.HTTPError, match="407"):
        manager.request("GET", url, retries=False)


def test_a_connection_is_used_again(site: LocalInternet, url: str) -> None:
    path = url.removeprefix("https://video.example")
    with connection(site) as client:
        for _ in range(3):
            client.request("GET", path, headers={"Range": "bytes=0-99"})
            assert client.getresponse().read() == content(0, 100)


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.TRUNCATE])
def test_breaks_off_at_the_byte_that_is_named(site: LocalInternet, url: str, kind: Kind) -> None:
    site.fault(kind, path="/file/*", at_byte=150_000)
    got = bytearray()
    answer = get(site, url, Range="bytes=100000-")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError, ssl.SSLError)):
        while piece := answer.read1(10_000):
            got += piece
        raise http.client.IncompleteRead(bytes(got))
    if kind is Kind.TRUNCATE:
        assert bytes(got) == content(100_000, 150_000)
    (entry,) = site.wait_for("video.example", finished=1)
    assert (entry.sent, entry.broken, entry.fault) == (50_000, True, kind.value)
    assert get(site, url).read() == content(0, SIZE), "the fault strikes once"


def test_a_fault_leaves_answers_alone_that_do_not_hold_its_byte(site: LocalInternet, url: str) -> None:
    site.fault("reset", at_byte=200_000, times=0)
    assert get(site, url, Range="bytes=0-199999").read() == content(0, 200_000)


def test_holds_an_answer_until_it_is_released(site: LocalInternet, url: str) -> None:
    site.fault("hold", after_bytes=1000)
    answer = get(site, url)
    assert answer.read(1000) == content(0, 1000)
    (entry,) = site.wait_for("video.example", sent=1000)
    assert (entry.sent, entry.end_s) == (1000, None)
    site.release()
    assert answer.read() == content(1000, SIZE)


def test_stalls_until_the_client_gives_up(site: LocalInternet, url: str) -> None:
    site.fault("stall", after_bytes=500)
    answer = get(site, url)
    assert answer.read(500) == content(0, 500)
    answer.close()
    (entry,) = site.wait_for("video.example", finished=1)
    assert entry.broken


@pytest.mark.parametrize(
    ("fault", "status", "check"),
    [
        (
            {"kind": "status", "status": 429, "headers": {"Retry-After": "7"}},
            429,
            lambda answer: answer.headers["Retry-After"] == "7",
        ),
        ({"kind": "html"}, 200, lambda answer: answer.read().startswith(b"<!doctype html>")),
        (
            {"kind": "no_range"},
            200,
            lambda answer: "Accept-Ranges" not in answer.headers and answer.read() == content(0, SIZE),
        ),
        (
            {"kind": "wrong_range", "shift": 10},
            206,
            lambda answer: answer.headers["Content-Range"] == f"bytes 110-209/{SIZE}",
        ),
        ({"kind": "changed"}, 206, lambda answer: answer.headers["Content-Range"] == f"bytes 100-199/{SIZE + 1000}"),
        ({"kind": "corrupt", "after_bytes": 50}, 206, lambda answer: answer.read() == content(100, 150) + bytes(50)),
        ({"kind": "huge_length"}, 206, lambda answer: answer.headers["Content-Length"] == str(1 << 62)),
        (
            {"kind": "gzip_bomb"},
            200,
            lambda answer: answer.headers["Content-Encoding"] == "gzip" and answer.read(2) == b"\x1f\x8b",
        ),
        ({"kind": "endless"}, 206, lambda answer: len(answer.read(SIZE * 4)) == SIZE * 4),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_answers_wrongly_on_request(
    site: LocalInternet, url: str, fault: dict[str, Any], status: int, check: object
) -> None:
    site.fault(**fault, path="/file/*", nth=2)
    assert get(site, url, Range="bytes=100-199").read() == content(100, 200)
    answer = get(site, url, Range="bytes=100-199")
    assert answer.status == status
    assert callable(check)
    assert check(answer)
    answer.close()
    assert [fault.hits for fault in site.faults()] == [1]


def test_refuses_a_connection_before_any_answer(site: LocalInternet, url: str) -> None:
    site.fault("refuse", path="/file/*")
    with pytest.raises(OSError):
        get(site, url)
    assert get(site, url).status == 200


@pytest.mark.parametrize(
    "fault", [{"kind": "drip", "after_bytes": SIZE - 2000, "rate_bps": 20_000}, {"kind": "slow_start", "delay_s": 0.05}]
)
def test_slow_answers_are_whole(site: LocalInternet, url: str, fault: dict[str, Any]) -> None:
    site.fault(**fault)
    assert get(site, url).read() == content(0, SIZE)
    assert site.log()[0].fault == fault["kind"]


def test_redirects_where_it_is_told(site: LocalInternet, url: str) -> None:
    path = url.removeprefix("https://video.example")
    site.fault("redirect", path="/file/*", location="http://127.0.0.1:1/x")
    with connection(site) as client:
        client.request("GET", path)
        answer = client.getresponse()
        assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:1/x")


def test_long_googlevideo_answers_are_throttled_and_short_ones_are_not(site: LocalInternet) -> None:
    site.shape(throttle_over=100_000, throttle_free=50_000, throttle_bps=2_000_000)
    page = get(site, "https://www.youtube.com/watch?v=AAAAAAAAAA2").read().decode()
    media = page.split('"src":"')[1].split('"')[0]
    assert len(get(site, media, Range="bytes=0-99999").read()) == 100_000
    assert len(get(site, media, Range="bytes=0-100000").read()) == 100_001
    assert [entry.throttled for entry in site.log("*.googlevideo.com")] == [False, True]


def test_many_connections_at_once(site: LocalInternet, url: str) -> None:
    got: list[bytes] = []
    threads = [threading.Thread(target=lambda: got.append(get(site, url).read())) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [content(0, SIZE)] * 24
    assert site.counters("video.example").bytes == 24 * SIZE


def test_reset_forgets_everything(site: LocalInternet, url: str) -> None:
    site.fault("html", times=0)
    site.put("https://hostile.example/own", "mine")
    site.reset()
    assert get(site, "https://hostile.example/own").status == 404
    assert get(site, url).status == 404
    assert site.faults() == []
    assert len(site.log()) == 2


def test_a_test_can_put_a_page_anywhere(site: LocalInternet) -> None:
    site.put("https://www.youtube.com/own?x=1", "<b>mine</b>", headers={"X-Own": "1"}, status=203)
    answer = get(site, "https://www.youtube.com/own?x=2")
    assert (answer.status, answer.headers["X-Own"], answer.read()) == (203, "1", b"<b>mine</b>")


def test_waiting_for_what_does_not_happen_ends(site: LocalInternet) -> None:
    with pytest.raises(TimeoutError):
        site.wait_for("nobody.example", timeout_s=0.1)


def test_a_byte_that_is_not_in_the_answer_uses_no_fault_up(site: LocalInternet, url: str) -> None:
    site.fault("status", status=403, at_byte=200_000)
    assert get(site, url, Range="bytes=0-9").status == 206
    assert get(site, url, Range="bytes=199999-200000").status == 403
    assert get(site, url, Range="bytes=199999-200000").status == 206


def test_faults_count_requests_each_for_itself(site: LocalInternet, url: str) -> None:
    site.fault("status", status=500, nth=1)
    site.fault("status", status=503, nth=2)
    assert [get(site, url).status for _ in range(3)] == [500, 503, 200]


def test_a_range_of_what_was_replaced_gives_the_whole(site: LocalInternet, url: str) -> None:
    etag = get(site, url, Range="bytes=0-1").headers["ETag"]
    assert get(site, url, Range="bytes=0-1", If_Range=etag).status == 206
    assert get(site, url, Range="bytes=0-1", If_Range='"other"').status == 200


def test_a_setting_that_does_not_exist_is_an_error(site: LocalInternet) -> None:
    with pytest.raises(RuntimeError, match="400"):
        site.settings(no_such=1)
    with pytest.raises(RuntimeError, match="400"):
        site.shape(no_such=1)
