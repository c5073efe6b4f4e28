"""HTTP/2 in front of the web server (RFC 9113): requests are handed on to it in HTTP/1.1, and the way in which the client speaks is noted.

The fingerprint is Akamai's: settings, the connection's window, priorities (0: not looked at), the order of the pseudo-header fields.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import aiohttp
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

FORWARDED, SPOKEN = "x-origin-peer", "x-origin-http2"
"""Fields by which the web server is told who the client is, and how it speaks."""
_PIECE = 16 * 1024
_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding")
Fields = Sequence[tuple[str, str]]


def from_a_browser(fingerprint: str) -> bool:
    """Chrome: windows of 6 and 15 MiB, order m,a,s,p; Firefox: m,p,a,s with a window of 128 KiB for a stream."""
    settings, window, _, order = fingerprint.split("|")
    chrome = "4:6291456" in settings and window == "15663105" and order == "m,a,s,p"
    return chrome or ("4:131072" in settings and order == "m,p,a,s")


class Http2(asyncio.Protocol):
    """One connection.

    Args:
        port: where the web server listens without TLS, on loopback.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._settings = self._window = ""
        self._requests: dict[int, tuple[Fields, bytearray]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._may_send = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connection.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._connection.receive_data(data):
                self._heard(event)
        except ProtocolError:
            assert self._transport is not None
            self._transport.close()
            return
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        for task in self._tasks.values():
            task.cancel()

    def _flush(self) -> None:
        assert self._transport is not None
        self._transport.write(self._connection.data_to_send())

    def _heard(self, event: Event) -> None:
        match event:
            case RemoteSettingsChanged() if not self._settings:
                changed = event.changed_settings.items()
                self._settings = ";".join(f"{int(code)}:{setting.new_value}" for code, setting in changed)
            case WindowUpdated():
                if event.stream_id == 0 and not self._window:
                    self._window = str(event.delta)
                self._may_send.set()
            case RequestReceived():
                fields = [(str(name), str(value)) for name, value in event.headers or ()]
                self._requests[event.stream_id or 0] = fields, bytearray()
            case DataReceived():
                self._requests[event.stream_id or 0][1].extend(event.data or b"")
                self._connection.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
            case StreamEnded():
                number = event.stream_id or 0
                self._tasks[number] = asyncio.ensure_future(self._answer(number, *self._requests.pop(number)))
            case StreamReset():
                if task := self._tasks.pop(event.stream_id or 0, None):
                    task.cancel()
            case ConnectionTerminated():
                assert self._transport is not None
                self._transport.close()

    async def _answer(self, stream: int, fields: Fields, body: bytearray) -> None:
        try:
            await self._forward(stream, fields, bytes(body))
        except (aiohttp.ClientError, OSError):
            with contextlib.suppress(ProtocolError):
                self._connection.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
        except ProtocolError:  # the client gave the stream up
            pass
        finally:
            self._tasks.pop(stream, None)
            self._flush()

    async def _forward(self, stream: int, fields: Fields, body: bytes) -> None:
        assert self._transport is not None
        pseudo = {name: value for name, value in fields if name.startswith(":")}
        headers = {name: value for name, value in fields if not name.startswith(":")}
        cookies = [value for name, value in fields if name == "cookie"]
        if cookies:
            headers["cookie"] = "; ".join(cookies)  # they may come one by one (RFC 9113, 8.2.3)
        headers["host"] = pseudo[":authority"]
        host, port = self._transport.get_extra_info("peername")[:2]
        headers[FORWARDED] = f"{host} {port}"
        order = ",".join(name[1] for name in pseudo)
        headers[SPOKEN] = f"{self._settings}|{self._window}|0|{order}"
        async with (
            aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout()) as session,
            session.request(
                pseudo[":method"],
                f"http://127.0.0.1:{self._port}{pseudo[':path']}",
                headers=headers,
                data=body,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            ) as answer,
        ):
            kept = [(name.lower(), value) for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP]
            self._connection.send_headers(stream, [(":status", str(answer.status)), *kept])
            self._flush()
            async for piece in answer.content.iter_chunked(_PIECE):
                await self._send(stream, piece)
            self._connection.end_stream(stream)

    async def _send(self, stream: int, data: bytes) -> None:
        while data:
            self._may_send.clear()
            size = min(self._connection.local_flow_control_window(stream), self._connection.max_outbound_frame_size)
            if size <= 0:
                await self._may_send.wait()
                continue
            self._connection.send_data(stream, data[:size])
            data = data[size:]
            self._flush()
