"""The hostile site answers every attack that it lists, and stays alive."""

from __future__ import annotations

import http.client

import pytest

from origin import LocalInternet
from origin.client import get
from origin.sites.hostile.site import TARGETS, Hostile


@pytest.mark.parametrize("path", Hostile().paths())
def test_every_attack_is_there(site: LocalInternet, path: str) -> None:
    proxy = site.proxy_url.removeprefix("http://")
    client = http.client.HTTPConnection(proxy, timeout=20)
    client.request("GET", f"http://hostile.example{path}?target=loopback")
    answer = client.getresponse()
    assert answer.status in (200, 302)
    body = answer.read()
    leads_there = ("redirect" in path and TARGETS["loopback"] in answer.headers["Location"]) or TARGETS[
        "loopback"
    ].encode() in body
    assert leads_there or not any(
        word in path for word in ("redirect", "segment", "key", "map", "concat", "crypto", "base", "entity", "playlist")
    )
    client.close()


def test_a_billion_laughs_is_small_on_the_wire(site: LocalInternet) -> None:
    assert len(get(site, "https://hostile.example/dash/laughs.mpd").read()) < 2000
