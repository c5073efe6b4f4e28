"""Which way out is taken, and which addresses are refused, in every spelling."""

from __future__ import annotations

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import BlockedAddress, ClipError, InvalidUrl, NetworkError
from clipferry.clip.http.address_guard import is_private, literal_address
from clipferry.clip.http.network import Network

BLOCKED = [
    "127.0.0.1",
    "127.0.0.1:80",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "017700000001",
    "2130706433",
    "0",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "localhost.localdomain",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[ff02::1]",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
]
INVALID = [
    "",
    "x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ftp://site.example/",
    "//site.example/",
    "https://",
    "https:///x",
    "https://user:pass@site.example/",
    "https://user@site.example/",
    "https://site.example:0/",
    "https://site.example:99999/",
    "https://site.example:x/",
    "https://site.example/\r\nHost: evil",
    "https://site.example/\0",
    "https://site.example\\@evil.example/",
    "https://site example/",
    "https://%31%32%37.0.0.1/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "https://1.2.3.4.5/",
    "https://256.256.256.256/",
    "https://site.example/" + "x" * 20_000,
]


@pytest.mark.parametrize("host", BLOCKED)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_private_addresses_are_refused(host: str, scheme: str) -> None:
    with pytest.raises(BlockedAddress):
        Network().check(f"{scheme}://{host}/x", resolve=False)
    Network(allow_private=True).check(f"{scheme}://{host}/x")


@pytest.mark.parametrize("url", INVALID)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl):
        Network().check(url, resolve=False)


@pytest.mark.parametrize(
    "host", ["93.184.216.34", "[2606:4700::1111]", "www.youtube.com", "münchen.example", "1x.example"]
)
def test_public_addresses_are_not(host: str) -> None:
    Network().check(f"https://{host}/", resolve=False)


def test_a_name_that_means_this_computer_is_refused_unless_a_proxy_looks_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(host: str, port: int) -> list[ipaddress.IPv4Address]:
        return [ipaddress.IPv4Address("93.184.216.34"), ipaddress.IPv4Address("192.168.1.5")]

    monkeypatch.setattr("clipferry.clip.http.network.lookup", lookup)
    with pytest.raises(BlockedAddress):
        Network().check("https://rebound.example/")
    Network(https_proxy="http://proxy.example:8080").check("https://rebound.example/")


def test_only_the_allowed_origin_is_allowed() -> None:
    network = Network(private_origins=frozenset({"http://127.0.0.1:8123"}))
    network.check("http://127.0.0.1:8123/watch")
    for other in ("http://127.0.0.1:8124/", "https://127.0.0.1:8123/", "http://127.0.0.1/", "http://127.0.0.2:8123/"):
        with pytest.raises(BlockedAddress):
            network.check(other)


@given(st.integers(0, 2**32 - 1))
def test_all_spellings_of_an_address_are_one(value: int) -> None:
    address = ipaddress.IPv4Address(value)
    a, b, c, d = address.packed
    for text in (
        str(address),
        str(value),
        hex(value),
        f"0{value:o}",
        f"{a}.{value & 0xFFFFFF}",
        f"{a:#x}.{b:#o}.{c * 256 + d}",
    ):
        assert literal_address(text.replace("0o", "0")) == address
    assert is_private(ipaddress.IPv6Address(f"::ffff:{address}")) == is_private(address)
    assert is_private(ipaddress.IPv6Address(f"64:ff9b::{address}")) == is_private(address)


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for url in (text, f"https://{text}", f"http://{text}/"):
        try:
            Network().check(url, resolve=False)
        except ClipError:
            continue
        assert url.lower().startswith(("http://", "https://"))


def test_the_environment_is_heeded() -> None:
    env = {
        "HTTPS_PROXY": "http://one:1",
        "https_proxy": "http://two:2",
        "ALL_PROXY": "socks5h://three:3",
        "NO_PROXY": "localhost, .internal.example,10.0.0.0/8,exact.example:8443",
        "SSL_CERT_FILE": "/ca.pem",
    }
    network = Network.from_environment(env)
    assert network.proxy_for("https://www.youtube.com/") == "http://two:2"
    assert network.proxy_for("http://www.youtube.com/") == "socks5h://three:3"
    assert network.proxy_for("https://a.internal.example/") is None
    assert network.proxy_for("https://internal.example/") is None
    assert network.proxy_for("https://notinternal.example/") == "http://two:2"
    assert network.proxy_for("http://10.9.8.7/") is None
    assert network.proxy_for("https://exact.example:8443/") is None
    assert network.proxy_for("https://exact.example/") == "http://two:2"
    assert network.ca_file == "/ca.pem"
    assert Network.from_environment({**env, "NO_PROXY": "*"}).proxy_for("https://x.example/") is None


def test_what_a_person_configured_comes_first() -> None:
    network = Network.from_environment(
        {"HTTPS_PROXY": "http://env:1", "NO_PROXY": "*", "SSL_CERT_FILE": "/env.pem"},
        proxy="mine:3128",
        no_proxy="",
        ca_file="/mine.pem",
    )
    assert network.proxy_for("https://x.example/") == network.proxy_for("http://x.example/") == "http://mine:3128"
    assert network.ca_file == "/mine.pem"


@pytest.mark.parametrize(
    "proxy",
    [
        *("ftp://x:1", "http://", "http://x:99999", "://", "file:///x"),
        *("no proxy at all", "http://a b:1", "%%%", "http://x\n:1", "<script>", "http://[::1:80"),
    ],
)
def test_a_proxy_that_is_none_is_said_as_such(proxy: str) -> None:
    with pytest.raises(NetworkError):
        Network.from_environment({}, proxy=proxy)


def test_it_travels_as_json() -> None:
    network = Network(
        http_proxy="http://a:1", speed_limit_bps=5, private_origins=frozenset({"http://127.0.0.1:1", "http://[::1]:2"})
    )
    assert Network.from_json(json.loads(json.dumps(network.to_json()))) == network


def test_it_becomes_an_environment() -> None:
    assert Network(https_proxy="http://a:1", ca_file="/ca").to_environment() == {
        "HTTPS_PROXY": "http://a:1",
        "SSL_CERT_FILE": "/ca",
    }
