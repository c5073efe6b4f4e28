"""A proxy that is none, or is not there: the clip says so, the daemon goes on and answers everybody, and once the setting is right
the clip goes on by itself."""

from __future__ import annotations

import json
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from api.client import CHROMIUM
from clipferry.system.paths import Paths
from origin import LocalInternet, verify

from .companion import Companion, Json, Refused

CLIP = {"url": "https://www.youtube.com/watch?v=AAAAAAAAAA1", "start_time": 10.0, "end_time": 12.0}
NONSENSE = ("no proxy at all", "%%%", "ftp://proxy:21", "http://", "http://proxy:99999", "http://pro xy:1")


@pytest.fixture
def closed() -> Iterator[str]:
    """A proxy at a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def set_proxy(companion: Companion, proxy: str | None) -> None:
    settings = companion.ask("settings.get")
    companion.ask("settings.set", **{**settings, "network": {**settings["network"], "proxy": proxy}})


def create(companion: Companion) -> str:
    return str(companion.ask("clip.create", **CLIP, output={"max_height": 360})["file_id"])


def through_host(companion: Companion) -> Json:
    """What the extension is told when it says hello."""
    body = json.dumps({"id": 1, "method": "hello", "params": {"client": "extension", "version": "1"}}).encode()
    asked = subprocess.Popen(
        [sys.executable, "-m", "clipferry_host", CHROMIUM],
        env=companion.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with asked:
        assert asked.stdin
        assert asked.stdout
        asked.stdin.write(struct.pack("=I", len(body)) + body)
        asked.stdin.flush()
        (size,) = struct.unpack("=I", asked.stdout.read(4))
        answer: Json = json.loads(asked.stdout.read(size))
        asked.stdin.close()
    return answer


def everybody_is_answered(companion: Companion) -> None:
    assert companion.ask("hello", client="cli", version="1")["protocol"] == 1
    assert through_host(companion)["result"]["protocol"] == 1


def wait_done(companion: Companion, file_id: str) -> None:
    job = companion.wait_for(file_id, ("done", "failed"))
    assert job["state"] == "done", job
    assert verify.pictures(companion.downloads / job["file_name"]).faults(300, 359) == []


def test_a_proxy_that_is_none_is_refused_when_it_is_set(companion: Companion) -> None:
    companion.start()
    before = companion.ask("settings.get")
    for proxy in NONSENSE:
        with pytest.raises(Refused, match="is not a proxy address"):
            set_proxy(companion, proxy)
    assert companion.ask("settings.get") == before
    everybody_is_answered(companion)
    wait_done(companion, create(companion))


def test_one_that_is_there_already_does_not_count_and_is_named(companion: Companion) -> None:
    """Written into the file by hand, or by an earlier version, while a clip was waiting: the environment's proxy is used."""
    companion.start()
    companion.ask("queue.pause", paused=True)
    file_id = create(companion)
    settings: dict[str, Any] = companion.ask("settings.get")
    assert companion.stop() == 0
    file = Paths.from_environment(companion.env).settings
    file.write_text(json.dumps({**settings, "network": {**settings["network"], "proxy": "no proxy at all"}}))
    companion.start()
    everybody_is_answered(companion)
    assert any("network.proxy" in notice for notice in companion.ask("hello", client="cli", version="1")["notices"])
    assert companion.ask("settings.get") == settings
    companion.ask("queue.pause", paused=False)
    wait_done(companion, file_id)


def test_one_that_is_not_there_is_named_and_waited_for(companion: Companion, site: LocalInternet, closed: str) -> None:
    companion.start()
    set_proxy(companion, closed)
    file_id = create(companion)
    job = companion.wait_for(file_id, ("waiting", "failed", "done"))
    assert (job["state"], job["wait_reason"]) == ("waiting", "network")
    assert job["error"]["message"] == "The proxy could not be reached."
    assert job["error"]["hint"] == "Check the proxy in the settings. The clip goes on by itself."
    everybody_is_answered(companion)
    companion.kill()  # as if it had tried often by now: the next try would be in a quarter of an hour
    with closing(sqlite3.connect(companion.home / "data" / "jobs.sqlite3")) as database, database:
        database.execute(
            "UPDATE jobs SET state = 'waiting', wait_reason = 'network', not_before = ?", (time.time() + 900,)
        )
    companion.start()
    set_proxy(companion, site.proxy_url)
    wait_done(companion, file_id)


def test_one_in_the_environment_that_is_none_keeps_nobody_from_the_daemon(
    companion: Companion, site: LocalInternet
) -> None:
    companion.env |= {"HTTPS_PROXY": "%%%", "https_proxy": "%%%"}
    companion.start()
    everybody_is_answered(companion)
    with pytest.raises(Refused, match="is not a proxy address"):
        create(companion)
    set_proxy(companion, site.proxy_url)
    wait_done(companion, create(companion))
