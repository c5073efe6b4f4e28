"""The WebSocket of the dashboard: sends every event of the service to an authenticated client."""

from __future__ import annotations

import asyncio
import weakref

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from ...clip.errors import ClipError
from ...permissions import Principal
from ...protocol.envelope import Answer, HelloParams
from ...service import Service, Subscription
from .. import strict_json
from ..authentication import Authenticator, BearerToken
from ..validation import validated
from .connection import has_key
from .messages import EventsHello

TOKEN_WITHIN_S = 2.0
HEARTBEAT_S = 20.0
SEND_WITHIN_S = 20.0
"""A client that takes nothing for so long is dropped: its events would fill our memory, not its own."""
MAX_MESSAGE_BYTES = 64 * 1024
NO_TOKEN = 4401
"""Close code of our own (RFC 6455, 7.4.2), after HTTP's 401."""


class Events:
    """Handler of ``GET /events``. The guard has checked Host and Origin; the key comes in the first message."""

    def __init__(self, service: Service, authenticator: Authenticator) -> None:
        self._service, self._authenticator = service, authenticator
        self._open: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        # Uncompressed: a small deflated message may otherwise unfold without end.
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_MESSAGE_BYTES, compress=False)
        await socket.prepare(request)
        try:
            async with asyncio.timeout(TOKEN_WITHIN_S):
                first = await socket.receive()
        except TimeoutError:  # the page, or we, were kept busy: its key may be a good one
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"no key in time")
            return socket
        caller = self._caller(first)
        if caller is None:
            await socket.close(code=NO_TOKEN, message=b"no valid key")
            return socket
        has_key(request)
        self._open.add(socket)
        with self._service.subscribe(caller) as events:
            hello = HelloParams(client="dashboard", version="")
            answer = await self._service.call("hello", hello, caller=caller)
            await socket.send_str(Answer(id=0, result=answer).model_dump_json())
            sending = asyncio.create_task(self._send_events(socket, events))
            try:
                async for message in socket:
                    if message.type is not WSMsgType.TEXT or message.data != "ping":
                        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"nothing is asked here")
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        return socket

    async def close(self) -> None:
        """Close every connection."""
        goodbyes = (
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"clipferry is closing") for socket in [*self._open]
        )
        await asyncio.gather(*goodbyes, return_exceptions=True)

    def _caller(self, first: WSMessage) -> Principal | None:
        if first.type is not WSMsgType.TEXT:
            return None
        try:
            token = validated(EventsHello, strict_json.loads(first.data.encode())).token
        except (ValueError, ClipError):
            return None
        return self._authenticator.authenticate(BearerToken(token))

    @staticmethod
    async def _send_events(socket: web.WebSocketResponse, events: Subscription) -> None:
        try:
            async for event in events:
                async with asyncio.timeout(SEND_WITHIN_S):
                    await socket.send_str(event.model_dump_json())
        except (TimeoutError, ConnectionError):
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
