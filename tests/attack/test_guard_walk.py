"""Every route there is, whoever added it: shut without a key, to other hosts and to other pages, and wrapped in our headers."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from api.running import RunningDaemon
from attack.raw import request, send
from clipferry.api.authentication import LocalAuthenticator
from clipferry.api.http.guard import OPEN, OPEN_FOLDERS
from clipferry.api.http.http_server import make_app
from clipferry.api.http.websocket import Events
from clipferry.api.tokens import Sessions
from clipferry.service import Service


def routes(tmp_path: Path) -> list[tuple[str, str]]:
    """Method and path of every route of the app, parameters filled in."""
    sessions = Sessions(lambda: 0.0)
    app = make_app(cast(Service, None), sessions, Events(cast(Service, None), LocalAuthenticator(sessions)), tmp_path)
    found = []
    for route in app.router.routes():
        assert route.resource is not None
        path = (
            route.resource.canonical.replace("{path}", "x.js")
            .replace("{file_id}", "0" * 26)
            .replace("{method}", "hello")
            .replace("{ticket}", "x")
        )
        found.append((route.method, path))
    return found


def test_what_is_open_is_what_was_decided(tmp_path: Path) -> None:
    """A new route is shut; opening one is a change to guard.py and to this line."""
    open_routes = {(m, p) for m, p in routes(tmp_path) if (m, p) in OPEN or p.startswith(OPEN_FOLDERS)}
    assert open_routes == {
        *(("GET", "/"), ("HEAD", "/"), ("GET", "/events"), ("POST", "/session")),
        *(("GET", "/play/x"), ("HEAD", "/play/x"), ("GET", "/assets/x.js"), ("HEAD", "/assets/x.js")),
    }


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        ({}, 401),
        ({"Host": "evil.test"}, 421),
        ({"Origin": "http://evil.test"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
    ids=["no key", "rebound name", "foreign origin", "another port's page"],
)
async def test_every_route_is_shut(attack: dict[str, str], status: int, daemon: RunningDaemon, tmp_path: Path) -> None:
    port = daemon.facts["port"]
    tried = 0
    for method, path in routes(tmp_path):
        is_open = (method, path) in OPEN or path.startswith(OPEN_FOLDERS)
        if status == 401 and is_open:
            continue
        headers = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json", "Connection": "close"} | attack
        reply = await send(
            port, request(method, path, headers=headers, body=b"{}" if method in ("POST", "PATCH") else b"")
        )
        assert reply.status == status, (method, path, reply)
        assert reply.headers["content-security-policy"].startswith("default-src 'none'"), path
        assert reply.headers["cache-control"] == "no-store", path
        tried += 1
    assert tried > 10
