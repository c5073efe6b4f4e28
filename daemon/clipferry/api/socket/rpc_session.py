"""One connection on the daemon's socket, from its first frame to its last.

Frames as in native messaging (``protocol``). A connection whose first frame is ``host.hello`` comes from the browser: its
caller is a *page*, with a page's rights. Any other is one of our own programs, run by the person. ``host.hello`` gets no
answer, because the host passes on whatever comes and the extension did not ask.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

from pydantic import Field

from clipferry_host.frames import BadFrame, read_body_async, read_size_async

from ...clip.errors import ClipError
from ...jobs.errors import UnknownMethod
from ...permissions import Principal
from ...protocol.base import PROTOCOL_VERSION, Message
from ...protocol.envelope import Answer, Request
from ...protocol.methods import METHODS
from ...service import Service
from .. import strict_json
from ..authentication import Authenticator, ExtensionOrigin, SocketPeer
from ..errors import Busy, NotAFrame, TimedOut
from ..http.responses import error_info
from ..validation import validated
from .frame_limit import answer_frame, event_frame

FIRST_FRAME_WITHIN_S = 10.0
BODY_WITHIN_S = 10.0
"""From a frame's length to its last byte; between two frames a port may rest for as long as its browser runs."""
SEND_WITHIN_S = 20.0
"""A client that takes nothing for so long is dropped: what it does not read would fill our memory."""
MAX_WAITING = 32
"""Requests of one connection that may wait for their answers at once."""

_log = logging.getLogger(__name__)


class HostHello(Message):
    """The native host's own first frame: the id of the calling extension, from the browser."""

    origin: Annotated[str, Field(max_length=200)]
    version: Literal[1]


class RpcSession:
    """Reads requests, runs each as a task of its own, and writes answers and events in whole frames.

    Args:
        on_message: called once the first frame has arrived, valid or not.
    """

    def __init__(
        self,
        service: Service,
        authenticator: Authenticator,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        on_message: Callable[[], object] = lambda: None,
    ) -> None:
        self._service, self._reader, self._writer, self._on_message = service, reader, writer, on_message
        self._authenticator = authenticator
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._receives_events = False
        self._newer = False
        """The client speaks a newer version of the protocol: what is unknown in its requests is ignored."""

    async def run(self) -> None:
        """Run until the client disconnects or sends what is no frame."""
        try:
            async with asyncio.timeout(FIRST_FRAME_WITHIN_S):
                first = await self._read()
            self._on_message()
            if first is not None:
                await self._serve(first)
        except NotAFrame as error:
            _log.warning("hung up on a client: %s", error.detail)
            await self._send(Answer(id=None, error=error_info(error)))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> bytes | None:
        """The next frame's body; ``None`` when the other end is done."""
        try:
            size = await read_size_async(self._reader)
            if size is None:
                return None
            async with asyncio.timeout(BODY_WITHIN_S):
                return await read_body_async(self._reader, size)
        except BadFrame as error:
            raise NotAFrame(detail=str(error)) from error

    async def _serve(self, first: bytes) -> None:
        credential = _credential(first)
        caller = self._authenticator.authenticate(credential)
        if caller is None:
            raise NotAFrame(detail=f"nobody authenticates with {credential}")
        if isinstance(credential, SocketPeer):
            await self._take(caller, first)
        while (body := await self._read()) is not None:
            await self._take(caller, body)

    async def _take(self, caller: Principal, body: bytes) -> None:
        number: int | None = None
        try:
            raw = strict_json.loads(body)
            number = _number(raw)
            request = validated(Request, raw)
            if request.method not in METHODS:
                raise UnknownMethod
            if len(self._tasks) > MAX_WAITING:
                raise Busy
        except ClipError as error:
            await self._send(Answer(id=number, error=error_info(error)))
            return
        self._begin(self._answer(caller, request))

    async def _answer(self, caller: Principal, request: Request) -> None:
        try:
            method = METHODS[request.method]
            if request.method == "hello":
                self._newer = _is_newer(request.params)
            params = validated(method.params, request.params, ignore_unknown=self._newer)
            async with asyncio.timeout(method.timeout_s):
                result = await self._service.call(request.method, params, caller=caller)
            answer = Answer(id=request.id, result=result)
        except TimeoutError:
            answer = Answer(id=request.id, error=error_info(TimedOut()))
        except ClipError as error:
            answer = Answer(id=request.id, error=error_info(error))
        except Exception:  # noqa: BLE001 - the last line of defence: logged, and answered as an internal error
            _log.exception("%s asked by %s failed", request.method, caller.name)
            answer = Answer(id=request.id, error=error_info(ClipError()))
        if request.method == "hello" and answer.error is None and not self._receives_events:
            self._receives_events = True
            self._begin(self._send_events(caller))
        await self._send(answer)

    async def _send_events(self, caller: Principal) -> None:
        with self._service.subscribe(caller) as events:
            async for event in events:
                if (made := event_frame(event)) is not None:
                    await self._write(made)

    async def _send(self, answer: Answer) -> None:
        await self._write(answer_frame(answer))

    async def _write(self, made: bytes) -> None:
        try:
            async with self._writing, asyncio.timeout(SEND_WITHIN_S):
                self._writer.write(made)
                await self._writer.drain()
        except (ConnectionError, TimeoutError):
            self._writer.transport.abort()  # wakes run(), which ends every task of this connection

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _credential(first: bytes) -> SocketPeer | ExtensionOrigin:
    """Return whose connection this is, by its first frame. Raises ``NotAFrame`` for a ``host.hello`` that is none."""
    try:
        request = validated(Request, strict_json.loads(first))
    except ClipError:
        return SocketPeer()
    if request.method != "host.hello":
        return SocketPeer()
    try:
        return ExtensionOrigin(validated(HostHello, request.params).origin)
    except ClipError as error:
        raise NotAFrame(detail=f"host.hello: {error.sentence}") from error


def _is_newer(hello: object) -> bool:
    """Return whether the params of ``hello`` name a version of the protocol that is newer than this daemon's."""
    version = hello.get("protocol") if isinstance(hello, dict) else None
    return isinstance(version, int) and version > PROTOCOL_VERSION


def _number(raw: object) -> int | None:
    """The id of a request that is wrong otherwise, so that its asker learns of it."""
    number = raw.get("id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**53 else None
