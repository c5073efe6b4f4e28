"""Small clients for tests: the daemon's socket, its HTTP server, and the native host as a browser would run it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from clipferry_host import rendezvous
from clipferry_host.identity import ours

Json = Any
FINAL = frozenset({"done", "failed", "cancelled"})
WITHIN_S = 60.0
"""How long a test waits for an answer or an event before it gives up; a bound for hangs, not a measure."""

CHROMIUM = ours().chromium[0]
FIREFOX = ours().firefox
NATIVE_HOST = Path(__file__).parents[2] / "native-host"
_LENGTH = struct.Struct("=I")


class Failed(Exception):
    """An answer with an error in it."""

    def __init__(self, error: Mapping[str, str]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code, self.message, self.hint = error["code"], error["message"], error["hint"]


def frame(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


class FrameClient:
    """Asks over any pair of streams that carry frames; keeps events until somebody waits for them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.events: list[Json] = []
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._unasked: asyncio.Queue[Json] = asyncio.Queue()
        self._news = asyncio.Condition()
        self._next = 0
        self._reading = asyncio.create_task(self._read())

    async def ask(self, method: str, params: Json = None) -> Json:
        """The result of ``method``. Raises ``Failed``."""
        self._next += 1
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[self._next] = answer
        await self.send(json.dumps({"id": self._next, "method": method, "params": params or {}}).encode())
        async with asyncio.timeout(WITHIN_S):
            told = await answer
        if told.get("error"):
            raise Failed(told["error"])
        return told["result"]

    async def hello(self) -> Json:
        return await self.ask("hello", {"client": "script", "version": "test"})

    async def send(self, body: bytes) -> None:
        """A frame of any bytes."""
        self.writer.write(frame(body))
        await self.writer.drain()

    async def unasked(self) -> Json:
        """The next answer whose id nobody waits for: what bad frames get."""
        async with asyncio.timeout(WITHIN_S):
            return await self._unasked.get()

    async def event(
        self, name: str, fits: Callable[[Json], bool] = lambda _: True, *, within_s: float = WITHIN_S
    ) -> Json:
        """The data of the first event so far, or to come, that ``fits``. Needs ``hello`` before."""
        async with asyncio.timeout(within_s), self._news:
            while True:
                for event in self.events:
                    if event["event"] == name and fits(event["data"]):
                        return event["data"]
                await self._news.wait()

    async def job(self, file_id: str, states: frozenset[str] = FINAL, *, within_s: float = WITHIN_S) -> Json:
        """The job once it is in one of ``states``."""
        now = await self.ask("job.get", {"file_id": file_id})
        if now["state"] in states:
            return now
        fits: Callable[[Json], bool] = lambda job: job["file_id"] == file_id and job["state"] in states  # noqa: E731
        return await self.event("job", fits, within_s=within_s)

    async def closed(self) -> None:
        """Wait until the other end hangs up."""
        async with asyncio.timeout(WITHIN_S):
            await asyncio.shield(self._reading)

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (size,) = _LENGTH.unpack(await self.reader.readexactly(_LENGTH.size))
                message = json.loads(await self.reader.readexactly(size))
                async with self._news:
                    if "event" in message:
                        self.events.append(message)
                        self._news.notify_all()
                    elif waiting := self._waiting.pop(message["id"], None):
                        waiting.set_result(message)
                    else:
                        self._unasked.put_nowait(message)
        for waiting in self._waiting.values():
            waiting.set_exception(ConnectionResetError("hung up before the answer"))

    async def close(self) -> None:
        self._reading.cancel()
        self.writer.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class SocketClient(FrameClient):
    """On the daemon's socket: ``origin`` makes it a page, as the native host does; without it, it is the person."""

    @classmethod
    async def connect(cls, path: Path, *, origin: str | None = None) -> Self:
        client = cls(*await asyncio.open_unix_connection(str(path)))
        if origin is not None:
            hello = {"id": 0, "method": "host.hello", "params": {"origin": origin, "version": 1}}
            await client.send(json.dumps(hello).encode())
        return client


class HostClient(FrameClient):
    """The native host as a process of its own, started as a browser starts it."""

    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, env: Mapping[str, str], argv: Sequence[str] = (CHROMIUM,)) -> Self:
        process = await start_host(env, argv)
        assert process.stdin is not None and process.stdout is not None
        client = cls(process.stdout, process.stdin)
        client.process = process
        return client

    async def close(self) -> None:
        """As a browser does it: close the pipe, and wait for the host to go."""
        await super().close()
        async with asyncio.timeout(WITHIN_S):
            await self.process.communicate()


async def start_host(env: Mapping[str, str], argv: Sequence[str] = (CHROMIUM,)) -> asyncio.subprocess.Process:
    """The host's process; ``-IS`` as its launcher does: no site-packages, nothing from the environment or the folder."""
    run = f"import sys; sys.path.insert(0, {str(NATIVE_HOST)!r}); from clipferry_host.__main__ import main; main()"
    pipe = asyncio.subprocess.PIPE
    program = (sys.executable, "-IS", "-c", run, *argv)
    return await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe, stderr=pipe, env={**env})


@dataclass
class HttpClient:
    """On the HTTP server, with the token unless told otherwise."""

    session: aiohttp.ClientSession
    base: str
    token: str

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, port: int, token: str) -> AsyncIterator[Self]:
        base = f"http://127.0.0.1:{port}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with aiohttp.ClientSession(headers=headers) as session:
            yield cls(session, base, token)

    async def get(self, path: str, **more: Any) -> tuple[int, Json]:
        return await self._json("GET", path, **more)

    async def post(self, path: str, body: Json = None, **more: Any) -> tuple[int, Json]:
        return await self._json("POST", path, json={} if body is None else body, **more)

    async def _json(self, method: str, path: str, **more: Any) -> tuple[int, Json]:
        async with self.session.request(method, self.base + path, **more) as answer:
            return answer.status, await answer.json()


def facts(env: Mapping[str, str]) -> Json:
    """``daemon.json`` of the daemon that ``env`` leads to."""
    return json.loads(rendezvous.facts_path(env).read_text())


def daemon_environment(home: Path, downloads: Path, **more: str) -> dict[str, str]:
    """What a daemon of its own under ``home`` is started with; nothing of this machine's proxies or sessions."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "CLIPFERRY_HOME": str(home), "CLIPFERRY_DOWNLOADS": str(downloads), **more}
