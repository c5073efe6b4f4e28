"""The daemon's protocol for programs with an event loop: requests by id, events as they come.

Frames are those of :mod:`clipferry_host.frames`. Parameters and results stay JSON objects: the desktop process, which is the
client that lives longest, would pay 13 MB for the models of :mod:`clipferry.protocol`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from clipferry_host import rendezvous
from clipferry_host.frames import BadFrame, frame, read_body_async, read_size_async
from clipferry_host.private_dir import UnsafeDirectory, check_private

from .. import __version__

ANSWER_WITHIN_S = 30.0

Json = dict[str, Any]


class ConnectionClosed(Exception):
    """The daemon is not there, or went away."""


class CallFailed(Exception):
    """The daemon's answer is an error.

    Attributes: ``code``, ``message`` and ``hint`` as in ``protocol.ErrorInfo``.
    """

    def __init__(self, error: Mapping[str, Any]) -> None:
        self.code = str(error.get("code", "internal"))
        self.message = str(error.get("message", ""))
        self.hint = str(error.get("hint", ""))
        super().__init__(f"{self.code}: {self.message}")


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event of ``protocol.EVENTS``: its name and its data."""

    name: str
    data: Json


class AsyncClient:
    """One connection. Made by :func:`connect`; an async context manager.

    Several calls may wait at once. Iterate :meth:`events` in one place.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._events: asyncio.Queue[ServerEvent | None] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._listening.cancel()
        self._writer.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening

    async def hello(self, client: str) -> Json:
        """Introduce ourselves; events come from here on. Gives ``protocol.HelloResult``."""
        return await self.call("hello", {"client": client, "version": __version__})

    async def call(self, method: str, params: Json | None = None, *, within_s: float = ANSWER_WITHIN_S) -> Json:
        """Call a method and wait for its result.

        Raises:
            CallFailed: the answer is an error.
            ConnectionClosed: there is no answer any more.
            TimeoutError: none came within ``within_s``.
        """
        self._last_id += 1
        number = self._last_id
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            self._writer.write(frame({"id": number, "method": method, "params": params or {}}))
            await self._writer.drain()
            return await asyncio.wait_for(answer, within_s)
        except OSError as error:
            raise ConnectionClosed(str(error)) from error
        finally:
            self._answers.pop(number, None)

    async def events(self) -> AsyncIterator[ServerEvent]:
        """Events as they come; ends with the connection."""
        while (event := await self._events.get()) is not None:
            yield event

    async def _listen(self) -> None:
        try:
            while (size := await read_size_async(self._reader)) is not None:
                self._take(json.loads(await read_body_async(self._reader, size)))
        except (OSError, BadFrame, ValueError):
            pass  # the end of the connection, which its users learn below
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ConnectionClosed("the daemon hung up"))
            self._events.put_nowait(None)

    def _take(self, message: object) -> None:
        if not isinstance(message, dict):
            return
        if isinstance(name := message.get("event"), str):
            data = message.get("data")
            self._events.put_nowait(ServerEvent(name, data if isinstance(data, dict) else {}))
        elif (answer := self._answers.get(message.get("id", 0))) is not None and not answer.done():
            if isinstance(error := message.get("error"), dict):
                answer.set_exception(CallFailed(error))
            else:
                answer.set_result(message.get("result") or {})


async def connect(env: Mapping[str, str] = os.environ) -> AsyncClient:
    """A connection to the running daemon, as this person's own client.

    Raises:
        ConnectionClosed: none is running, or its folder is not this person's alone.
    """
    try:
        if sys.platform == "win32":
            loop = asyncio.get_running_loop()
            assert isinstance(loop, asyncio.ProactorEventLoop)
            reader = asyncio.StreamReader()
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await loop.create_pipe_connection(lambda: protocol, rendezvous.pipe_name(env))
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        else:
            path = rendezvous.socket_path(env)
            check_private(path.parent)
            reader, writer = await asyncio.open_unix_connection(path)
    except (OSError, UnsafeDirectory) as error:
        raise ConnectionClosed(str(error)) from error
    return AsyncClient(reader, writer)
