"""Addresses that must never be opened, through every door: refused at entry, with no job, no connection and nothing written."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from api.client import CHROMIUM, FIREFOX, Failed
from api.running import RunningDaemon
from attack.canary import Canary, canary_server

NOT_OPENED = {
    "file": "file:///etc/passwd",
    "file with a host": "file://localhost/etc/passwd",
    "data": "data:video/mp4;base64,AAAA",
    "javascript": "javascript:alert(1)",
    "ftp": "ftp://ftp.example.org/a.mp4",
    "concat": "concat:/etc/passwd|/etc/hosts",
    "subfile": "subfile,,start,0,end,9,,:/etc/passwd",
    "crypto": "crypto:https://a.example.org/x",
    "a search of yt-dlp": "ytsearch5:cats",
    "an internal scheme of yt-dlp": "youtube:dQw4w9WgXcQ",
    "another one": "http:ytsearch:cats",
    "UNC": "\\\\server\\share\\a.mp4",
    "UNC with slashes": "//server/share/a.mp4",
    "a drive": "C:\\Windows\\win.ini",
    "a path": "/etc/passwd",
    "an option": "--exec=touch /tmp/owned",
    "an output option": "-o/tmp/owned",
    "a config option": "--config-locations=/tmp/evil",
    "an option behind a space": " --exec=id",
    "user and password": "https://user:secret@www.youtube.com/watch?v=aaaaaaaaaaa",
    "a host that only looks like YouTube": "https://www.youtube.com@evil.test/",
    "CR LF": "https://a.example.org/\r\nHost: evil.test",
    "CR LF, escaped host": "https://a.example.org%0d%0aX:1/",
    "NUL": "https://a.example.org/\x00.mp4",
    "a tab": "https://a.exa\tmple.org/",
    "a space": "https://a.example.org/a b",
    "a backslash": "https://www.youtube.com\\@127.0.0.1/",
    "an invisible character": "https://a.example.org/\u200bx",
    "a direction mark": "https://a.example.org/\u202ex",
    "no host": "https:///watch",
    "a port too far": "https://a.example.org:99999/",
    "port zero": "https://a.example.org:0/",
    "an open bracket": "https://[::1/",
    "only spaces": "   ",
}
PRIVATE = {
    "loopback": "http://127.0.0.1/a.mp4",
    "loopback, another number": "http://127.255.255.254/",
    "its name": "http://localhost:8804/",
    "its name with a dot": "http://localhost./",
    "below its name": "http://a.localhost/",
    "its name in capitals": "http://LOCALHOST/",
    "as one number": "http://2130706433/",
    "in hexadecimal": "http://0x7f000001/",
    "in hexadecimal and short": "http://0x7f.1/",
    "in octal": "http://0177.0.0.1/",
    "short": "http://127.1/",
    "zero": "http://0/",
    "0.0.0.0": "http://0.0.0.0/",
    "10/8": "http://10.1.2.3/",
    "172.16/12": "http://172.31.255.1/",
    "192.168/16": "http://192.168.1.1/",
    "carrier's NAT": "http://100.64.0.1/",
    "cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata as one number": "http://2852039166/",
    "metadata of IPv6": "http://[fd00:ec2::254]/",
    "multicast": "http://224.0.0.1/",
    "broadcast": "http://255.255.255.255/",
    "documentation": "http://192.0.2.1/",
    "IPv6 loopback": "http://[::1]/",
    "IPv6 nothing": "http://[::]/",
    "IPv6 link-local": "http://[fe80::1]/",
    "IPv6 unique local": "http://[fc00::1]/",
    "IPv4 in IPv6": "http://[::ffff:127.0.0.1]/",
    "IPv4 in IPv6, in hexadecimal": "http://[::ffff:7f00:1]/",
    "IPv4-compatible": "http://[::127.0.0.1]/",
    "NAT64": "http://[64:ff9b::7f00:1]/",
    "NAT64 of one's own": "http://[64:ff9b:1::a00:1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "a name that means this computer": f"http://{socket.gethostname()}/",
}
SPELLED_ODDLY = {
    "its name in full width": "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/",
    "in full width": "http://\uff11\uff12\uff17.0.0.1/",
    "with ideographic stops": "http://127\u30020\u30020\u30021/",
}
"""Some readers see an address of this computer, some none."""


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with canary_server() as found:
        yield found


def cases() -> Iterator[object]:
    for name, url in NOT_OPENED.items():
        yield pytest.param(url, {"invalid_url", "unsupported_site", "bad_request"}, id=name)
    for name, url in PRIVATE.items():
        yield pytest.param(url, {"blocked_address"}, id=name)
    for name, url in SPELLED_ODDLY.items():
        yield pytest.param(url, {"blocked_address", "invalid_url"}, id=name)
    yield pytest.param("https://a.example.org/" + "a" * 70_000, {"bad_request"}, id="64 KiB")


@pytest.mark.parametrize(("url", "codes"), list(cases()))
async def test_refused_on_every_transport(url: str, codes: set[str], daemon: RunningDaemon) -> None:
    before = await daemon.traces()
    for origin in (CHROMIUM, FIREFOX, None):
        async with daemon.talk(origin) as client:
            for method in ("clip.create", "resolve"):
                with pytest.raises(Failed) as refused:
                    await client.ask(method, {"url": url})
                assert refused.value.code in codes, (origin, method)
                assert "secret" not in refused.value.message + refused.value.hint
    async with daemon.http() as http:
        status, answer = await http.post("/download", {"url": url})
        assert (status, answer["error"]["code"]) in {(422, c) for c in codes} | {
            (403, "blocked_address"),
            (413, "too_large"),
        }
    assert await daemon.traces() == before


async def test_a_private_port_that_answers_is_not_even_called(daemon: RunningDaemon, canary: Canary) -> None:
    async with daemon.talk(CHROMIUM) as page:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", socket.gethostname()):
            with pytest.raises(Failed, match="blocked_address"):
                await page.ask("resolve", {"url": f"http://{host}:{canary.port}/a.mp4"})
    assert canary.visits == 0


async def test_a_person_may_after_the_warning_and_then_it_is_called(daemon: RunningDaemon, canary: Canary) -> None:
    """The other side of the test above: the canary does sing."""
    url = f"http://127.0.0.1:{canary.port}/a.mp4"
    async with daemon.talk() as person:
        with pytest.raises(Failed, match="blocked_address"):
            await person.ask("resolve", {"url": url})
        with pytest.raises(Failed) as failed:
            await person.ask("resolve", {"url": url, "allow_private": True})
    assert failed.value.code != "blocked_address"
    assert canary.visits > 0


async def test_what_the_demo_allowed_is_one_origin_and_ends(daemon: RunningDaemon, canary: Canary) -> None:
    async with daemon.talk() as person, daemon.talk(CHROMIUM) as page:
        await person.ask("private.allow", {"origin": f"http://127.0.0.1:{canary.port}", "seconds": 1})
        with pytest.raises(Failed, match="blocked_address"):
            await page.ask("resolve", {"url": f"http://127.0.0.1:{canary.port + 1}/a.mp4"})
        with pytest.raises(Failed, match="blocked_address"):
            await page.ask("resolve", {"url": f"http://localhost:{canary.port}/a.mp4"})
        with contextlib.suppress(Failed):
            await page.ask("resolve", {"url": f"http://127.0.0.1:{canary.port}/a.mp4"})
        assert canary.visits > 0
        await asyncio.sleep(1.1)  # the allowance itself is what is waited for
        with pytest.raises(Failed, match="blocked_address"):
            await page.ask("resolve", {"url": f"http://127.0.0.1:{canary.port}/b.mp4"})


async def test_an_url_is_no_option_of_any_program(daemon: RunningDaemon) -> None:
    owned = daemon.root / "owned"
    async with daemon.talk() as person:
        for url in (
            f"--exec=touch {owned}",
            f"https://a.example.org/$(touch${{IFS}}{owned})",
            f"https://a.example.org/`touch {owned}`",
        ):
            with pytest.raises(Failed):
                await person.ask("resolve", {"url": url})
    assert not owned.exists()
