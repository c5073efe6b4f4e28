"""The daemon's socket: this user only, whatever lay at its place before, and a page has a page's rights."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from api.client import CHROMIUM, FIREFOX, Failed, SocketClient
from api.running import RunningDaemon
from clipferry.api.socket.peer import listen
from clipferry.protocol.methods import METHODS
from clipferry_host.private_dir import UnsafeDirectory, make_private

root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
NOBODY = 65534
CONNECT = """
import socket, sys, os
asked = sys.stdin.buffer.read()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
    s.sendall(asked)
    s.settimeout(10)
    sys.stdout.buffer.write(s.recv(100))
except OSError as error:
    print(type(error).__name__)
"""


def as_nobody(path: Path) -> bytes:
    """What another user gets from the socket at ``path``."""
    body = b'{"id":1,"method":"hello","params":{"client":"cli","version":"1"}}'
    asked = len(body).to_bytes(4, sys.byteorder) + body
    return subprocess.run(
        [sys.executable, "-c", CONNECT, str(path)], input=asked, capture_output=True, check=True
    ).stdout


def test_socket_and_folder_are_ours_alone(daemon: RunningDaemon) -> None:
    assert daemon.socket_path.lstat().st_mode & 0o777 == 0o600
    assert daemon.socket_path.parent.lstat().st_mode & 0o777 == 0o700
    assert (daemon.socket_path.parent / "daemon.json").stat().st_mode & 0o777 == 0o600


@root_only
def test_another_user_does_not_reach_it(daemon: RunningDaemon) -> None:
    assert as_nobody(daemon.socket_path) == b"PermissionError\n"


@root_only
def test_another_user_is_hung_up_on_even_where_the_modes_were_opened(tmp_path_factory: pytest.TempPathFactory) -> None:
    running = RunningDaemon(tmp_path_factory.mktemp("open"))
    asyncio.run(running.start())
    try:
        for folder in (running.socket_path.parent, *running.socket_path.parent.parents):
            if folder.stat().st_mode & 0o005 != 0o005:
                folder.chmod(0o755)
        running.socket_path.chmod(0o666)
        assert as_nobody(running.socket_path) in (b"", b"ConnectionResetError\n", b"BrokenPipeError\n")
    finally:
        asyncio.run(running.stop())


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "run" / "daemon.sock"
    listen(path).close()  # closed without unlinking, as a kill leaves it
    fresh = listen(path)
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
    fresh.close()


def test_a_link_in_its_place_is_removed_and_not_followed(tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("mine")
    make_private(tmp_path / "run")
    (tmp_path / "run" / "daemon.sock").symlink_to(treasure)
    listen(tmp_path / "run" / "daemon.sock").close()
    assert treasure.read_text() == "mine"
    assert not (tmp_path / "run" / "daemon.sock").is_symlink()


def test_a_file_in_its_place_is_left_alone(tmp_path: Path) -> None:
    make_private(tmp_path / "run")
    (tmp_path / "run" / "daemon.sock").write_text("precious")
    with pytest.raises(FileExistsError):
        listen(tmp_path / "run" / "daemon.sock")
    assert (tmp_path / "run" / "daemon.sock").read_text() == "precious"


def test_a_link_instead_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeDirectory):
        listen(tmp_path / "run" / "daemon.sock")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@root_only
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    os.chown(tmp_path / "run", NOBODY, NOBODY)
    with pytest.raises(UnsafeDirectory):
        listen(tmp_path / "run" / "daemon.sock")


PERSONS_OWN = [name for name, row in METHODS.items() if not row.page]
PARAMS: dict[str, dict[str, object]] = {
    "job.move": {"file_id": "0" * 26},
    "job.pin": {"file_id": "0" * 26, "pinned": False},
    "job.path": {"file_id": "0" * 26},
    "queue.pause": {"paused": True},
    "private.allow": {"origin": "http://127.0.0.1:8000"},
}


@pytest.mark.parametrize("origin", [CHROMIUM, FIREFOX])
@pytest.mark.parametrize(
    ("method", "params"),
    [
        *((method, PARAMS.get(method, {})) for method in PERSONS_OWN),
        ("settings.set", {"retention": {"max_age_days": 1}}),
        ("settings.set", {"name_template": "{"}),
        ("settings.set", {"concurrency": 16}),
        ("settings.set", {"downloads_dir": "/etc"}),
        ("settings.set", {"network": {"proxy": "http://evil.test:1"}}),
        ("resolve", {"url": "https://www.youtube.com/watch?v=aaaaaaaaaaa", "allow_private": True}),
        ("clip.create", {"url": "https://www.youtube.com/watch?v=aaaaaaaaaaa", "allow_private": True}),
    ],
)
async def test_a_page_may_not_do_what_a_person_may(
    origin: str, method: str, params: dict[str, object], daemon: RunningDaemon
) -> None:
    before = await daemon.traces()
    async with daemon.talk(origin) as page, daemon.talk() as person:
        settings = await person.ask("settings.get")
        with pytest.raises(Failed) as refused:
            await page.ask(method, params)
        assert await person.ask("settings.get") == settings
    assert refused.value.code == "not_allowed"
    assert await daemon.traces() == before


async def test_a_page_sees_no_path_of_this_computer(daemon: RunningDaemon) -> None:
    async with daemon.talk(CHROMIUM) as page:
        told = json.dumps([await page.hello(), await page.ask("settings.get"), await page.ask("job.list")])
    assert str(daemon.root) not in told


@pytest.mark.parametrize(
    "origin",
    ["", "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/", CHROMIUM.rstrip("/"), "evil@clipferry.org", "null"],
)
async def test_a_host_of_another_extension_is_hung_up_on(origin: str, daemon: RunningDaemon) -> None:
    async with daemon.talk(origin) as page:
        assert (await page.unasked())["error"]["code"] == "bad_frame"
        await page.closed()


async def test_page_rights_cannot_be_shed_by_a_second_hello(daemon: RunningDaemon) -> None:
    async with daemon.talk(CHROMIUM) as page:
        with pytest.raises(Failed, match="unknown_method"):
            await page.ask("host.hello", {"origin": FIREFOX, "version": 1})
        await page.ask("hello", {"client": "cli", "version": "1"})
        with pytest.raises(Failed, match="not_allowed"):
            await page.ask("daemon.stop")


async def test_a_client_that_never_reads_is_dropped_and_costs_no_memory(daemon: RunningDaemon) -> None:
    before = daemon.process.memory_info().rss
    reader, writer = await asyncio.open_unix_connection(str(daemon.socket_path), limit=1)
    body = json.dumps({"id": 1, "method": "job.list", "params": {}}).encode()
    asked = len(body).to_bytes(4, sys.byteorder) + body
    for _ in range(2000):
        writer.write(asked)
    async with daemon.talk() as client:  # it answers others meanwhile
        assert (await client.hello())["protocol"] == 1
    assert daemon.process.memory_info().rss - before < 32 << 20
    writer.close()
    del reader


async def test_a_home_too_deep_for_a_socket_is_reached_all_the_same(tmp_path: Path) -> None:
    running = RunningDaemon(tmp_path / ("deep" * 30))
    await running.start()
    try:
        async with await SocketClient.connect(running.socket_path) as client:
            assert (await client.hello())["protocol"] == 1
        assert running.socket_path.parent.stat().st_mode & 0o777 == 0o700
    finally:
        await running.stop()
        running.socket_path.parent.rmdir()


async def test_more_connections_than_allowed_do_not_lock_out_for_good(daemon: RunningDaemon) -> None:
    many = [await asyncio.open_unix_connection(str(daemon.socket_path)) for _ in range(220)]
    for _, writer in many:
        writer.close()
    for _, writer in many:
        with contextlib.suppress(OSError):  # those beyond the limit were hung up on
            await writer.wait_closed()
    async with asyncio.timeout(30):
        while True:
            try:
                async with await SocketClient.connect(daemon.socket_path) as client:
                    assert (await client.hello())["protocol"] == 1
                    return
            except ConnectionError:
                await asyncio.sleep(0)
