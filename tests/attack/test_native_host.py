"""The native host against a hostile browser side, a hostile caller and a crowd of itself."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from api.client import CHROMIUM, FIREFOX, NATIVE_HOST, HostClient, frame, start_host
from api.running import RunningDaemon
from clipferry.protocol.base import PROTOCOL_VERSION
from clipferry_host import frames, rendezvous
from clipferry_host.__main__ import BAD_FRAME, GONE, NO_DAEMON, NOT_OURS

WITHIN_S = 30.0
HELLO = b'{"id":1,"method":"hello","params":{"client":"extension","version":"1"}}'


async def end(process: asyncio.subprocess.Process) -> tuple[int, bytes, bytes]:
    """Exit code, all of stdout and stderr, with an end of input behind what was sent."""
    async with asyncio.timeout(WITHIN_S):
        out, errors = await process.communicate(b"")
    assert process.returncode is not None
    return process.returncode, out, errors


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/",),
        (CHROMIUM.rstrip("/"),),
        (CHROMIUM + "x",),
        ("--parent-window=0", CHROMIUM),
        (FIREFOX,),
        ("/some/manifest.json", "evil@example.org"),
        (FIREFOX, "evil@example.org"),
        ("--help",),
        ("/some/manifest.json", FIREFOX, "more"),
    ],
)
async def test_a_caller_that_is_not_ours_is_refused_before_a_daemon_starts(
    argv: tuple[str, ...], tmp_path: Path
) -> None:
    env = RunningDaemon(tmp_path).env
    code, out, errors = await end(await start_host(env, argv))
    assert (code, out) == (NOT_OURS, b"")
    assert b"Traceback" not in errors
    assert not rendezvous.socket_path(env).exists()


@pytest.mark.parametrize("argv", [(CHROMIUM,), (CHROMIUM, "--parent-window=0"), ("/some/manifest.json", FIREFOX)])
async def test_our_own_extension_gets_an_answer(argv: tuple[str, ...], daemon: RunningDaemon) -> None:
    async with await HostClient.start(daemon.env, argv) as host:
        assert (await host.hello())["protocol"] == PROTOCOL_VERSION


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack("=I", 0),
        struct.pack("=I", frames.MAX_FRAME_BYTES + 1) + b"x" * 100,
        struct.pack("=I", 2**31) + b"x" * 100,
        struct.pack("=I", 0xFFFFFFF0) + b"x" * 100,
        b"\x05\x00\x00",
        struct.pack("=I", 500) + b"{",
        frame(HELLO) + struct.pack("=I", 0),
    ],
    ids=[
        "empty frame",
        "one byte too many",
        "2 GiB",
        "4 GiB",
        "a stub of a length",
        "an end inside",
        "empty after a good one",
    ],
)
async def test_a_stream_that_is_no_frames_ends_the_host(stream: bytes, daemon: RunningDaemon) -> None:
    before = await daemon.traces()
    process = await start_host(daemon.env)
    assert process.stdin is not None
    process.stdin.write(stream)
    code, out, errors = await end(process)
    assert code == BAD_FRAME
    assert b"bad frame" in errors and b"Traceback" not in errors
    while out:  # nothing but whole frames ever left it
        (size,) = struct.unpack("=I", out[:4])
        json.loads(out[4 : 4 + size])
        out = out[4 + size :]
    assert await daemon.traces() == before


async def test_a_length_that_lies_takes_no_memory(daemon: RunningDaemon) -> None:
    process = await start_host(daemon.env)
    assert process.stdin is not None
    process.stdin.write(struct.pack("=I", frames.MAX_FRAME_BYTES))
    await process.stdin.drain()
    async with await HostClient.start(
        daemon.env
    ) as other:  # one round trip later it still waits, and has taken nothing
        await other.hello()
    assert psutil.Process(process.pid).memory_info().rss < 64 << 20
    process.stdin.close()
    assert (await end(process))[0] == BAD_FRAME


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff\xfe{}", "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b'{"id":1,"method":"hello","params":{"x":NaN}}', "bad_json"),
        (b'{"id":1,"id":2,"method":"hello"}', "bad_json"),
        (b"[]", "bad_request"),
        (b"null", "bad_request"),
        (b'"hello"', "bad_request"),
        (b'{"id":-1,"method":"hello"}', "bad_request"),
        (b'{"id":"1","method":"hello"}', "bad_request"),
        (b'{"id":9007199254740993,"method":"hello"}', "bad_request"),
        (b'{"id":true,"method":"hello"}', "bad_request"),
        (b'{"method":"hello"}', "bad_request"),
        (b'{"id":77}', "bad_request"),
        (b'{"id":77,"method":"exec","params":{"cmd":"id"}}', "unknown_method"),
        (b'{"id":77,"method":"__init__"}', "unknown_method"),
        (b'{"id":77,"method":"hello","params":[]}', "bad_request"),
        (b'{"id":77,"method":"hello","more":1}', "bad_request"),
        (b'{"id":77,"method":"hello","params":{"client":"extension","version":"1","path":"/etc"}}', "bad_request"),
        (b'{"id":77,"method":"clip.create","params":{"url":"https://a.test/","downloads_dir":"/etc"}}', "bad_request"),
        (b'{"id":77,"method":"clip.create","params":{"url":"https://a.test/","output":{"kind":"exe"}}}', "bad_request"),
        (b'{"id":77,"method":"job.get","params":{"file_id":"../../../../../../etc/passwd"}}', "bad_request"),
        (b'{"id":77,"method":"clip.create","params":{"url":"' + b"a" * 5000 + b'"}}', "bad_request"),
    ],
)
async def test_a_bad_message_gets_an_error_and_the_next_one_an_answer(
    body: bytes, code: str, daemon: RunningDaemon
) -> None:
    before = await daemon.traces()
    async with await HostClient.start(daemon.env) as host:
        await host.send(body)
        answer = await host.unasked()
        assert answer["error"]["code"] == code
        assert answer["id"] == (77 if b'"id":77' in body else None)
        assert (await host.hello())["protocol"] == 1
    assert await daemon.traces() == before


async def test_a_largest_frame_passes_both_ways(daemon: RunningDaemon) -> None:
    async with await HostClient.start(daemon.env) as host:
        body = b'{"id":5,"method":"hello","params":{"client":"extension","version":"' + b"1" * 100
        await host.send(body + b" " * (frames.MAX_FRAME_BYTES - len(body) - 3) + b'"}}')
        assert (await host.unasked())["error"]["code"] == "bad_request"  # read whole, and found too long for a version


async def test_thirty_thousand_requests_at_once_are_answered_or_put_off(daemon: RunningDaemon) -> None:
    async with await HostClient.start(daemon.env) as host:
        host.writer.write(b"".join(frame(b'{"id":%d,"method":"job.list","params":{}}' % n) for n in range(100, 3100)))
        answers = [await host.unasked() for _ in range(3000)]
        assert {answer["id"] for answer in answers} == set(range(100, 3100))
        assert {(answer["error"] or {}).get("code") for answer in answers} <= {None, "busy"}


@pytest.mark.parametrize("how", ["closed", "terminated", "killed"])
async def test_the_browser_goes_and_the_daemon_stays(how: str, daemon: RunningDaemon) -> None:
    host = await HostClient.start(daemon.env)
    await host.hello()
    if how == "closed":
        host.writer.close()
    else:
        host.process.send_signal(signal.SIGTERM if how == "terminated" else signal.SIGKILL)
    async with asyncio.timeout(2):
        code = await host.process.wait()
    assert code == {"closed": GONE, "terminated": -signal.SIGTERM, "killed": -signal.SIGKILL}[how]
    await host.close()
    async with daemon.talk() as client:
        assert (await client.hello())["protocol"] == 1


async def test_the_daemon_goes_and_the_host_with_it(tmp_path: Path) -> None:
    running = RunningDaemon(tmp_path)
    await running.start()
    host = await HostClient.start(running.env)
    await host.hello()
    await running.stop()
    async with asyncio.timeout(WITHIN_S):
        assert await host.process.wait() == GONE
    await host.close()


def test_a_stray_print_does_not_reach_the_browser(daemon: RunningDaemon) -> None:
    """Python's print, and what C code or a child writes to descriptor 1."""
    run = (
        f"import sys, os; sys.path.insert(0, {str(NATIVE_HOST)!r})\n"
        "import clipferry_host.__main__ as host\n"
        "relay = host.relay\n"
        "def noisy(*all):\n"
        "    print('hello', flush=True); os.write(1, b'stray'); os.system('echo child')\n"
        "    relay(*all)\n"
        "host.relay = noisy\n"
        "host.main()\n"
    )
    asked = subprocess.run(
        [sys.executable, "-IS", "-c", run, CHROMIUM],
        input=frame(HELLO),
        capture_output=True,
        env=daemon.env,
        check=False,
    )
    assert asked.stdout == b"" or json.loads(asked.stdout[4:])["id"] == 1
    assert b"stray" in asked.stderr and b"child" in asked.stderr


def test_host_imports_the_standard_library_only() -> None:
    for path in (NATIVE_HOST / "clipferry_host").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(node.module or "")
            assert not [name for name in names if name.split(".")[0] not in sys.stdlib_module_names], path


# One daemon ---------------------------------------------------------------------------------------------------------


async def test_a_hundred_hosts_at_once_make_one_daemon(tmp_path: Path) -> None:
    running = RunningDaemon(tmp_path)
    hosts = await asyncio.gather(*(HostClient.start(running.env) for _ in range(100)))
    try:
        await asyncio.gather(*(host.hello() for host in hosts))
        daemons = [p for p in psutil.process_iter(["cmdline"]) if "clipferry.daemon" in (p.info["cmdline"] or [])]
        ours = [p for p in daemons if p.environ().get("CLIPFERRY_HOME") == str(running.home)]
        assert [p.pid for p in ours] == [running.facts["pid"]]
    finally:
        await asyncio.gather(*(host.close() for host in hosts))
        await running.stop()


def standard_streams(pid: int) -> set[str]:
    return {Path(f"/proc/{pid}/fd/{n}").readlink().as_posix() for n in (0, 1, 2)}


async def test_the_daemon_takes_nothing_of_the_browser_along(tmp_path: Path) -> None:
    running = RunningDaemon(
        tmp_path, {"LD_LIBRARY_PATH": "/snap/x", "PYTHONPATH": "/evil", "MOZ_X": "1", "HTTPS_PROXY": "http://p:1"}
    )
    async with await HostClient.start(running.env) as host:
        await host.hello()
        process = running.process
        assert process.environ().keys().isdisjoint({"LD_LIBRARY_PATH", "PYTHONPATH", "MOZ_X"})
        assert process.environ()["HTTPS_PROXY"] == "http://p:1"
        assert process.cwd() == "/"
        assert os.getsid(process.pid) == process.pid
        assert standard_streams(process.pid) == {"/dev/null", str(running.home / "run" / "daemon.stderr")}
    await running.stop()


async def test_a_daemon_that_cannot_start_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    running = RunningDaemon(tmp_path)
    running.home.mkdir()
    (running.home / "data").write_text("a file where a folder has to be")
    said = []
    for _ in range(4):
        process = await start_host(running.env)
        code, out, _ = await end(process)
        assert code == NO_DAEMON
        event = json.loads(out[4:])
        assert event["event"] == "host.error" and event["data"]["code"] == "no_daemon"
        said.append(event["data"]["message"])
    assert said[0] == said[1] == said[2] != said[3]
    (running.home / "run" / "start-failures.json").unlink()  # the minute is over
    (running.home / "data").unlink()
    async with await HostClient.start(running.env) as host:
        assert (await host.hello())["protocol"] == 1
    await running.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
async def test_a_meeting_place_of_somebody_else_is_not_entered(tmp_path: Path) -> None:
    running = RunningDaemon(tmp_path)
    (running.home / "run").mkdir(parents=True)
    diary = tmp_path / "diary"
    diary.write_text("mine")
    (running.home / "run" / "host.log").symlink_to(diary)
    os.chown(running.home / "run", 65534, 65534)
    code, out, _ = await end(await start_host(running.env))
    assert code == NO_DAEMON
    assert json.loads(out[4:])["data"]["code"] == "no_daemon"
    assert diary.read_text() == "mine", "a link in somebody else's folder was written through"
