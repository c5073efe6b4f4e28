"""Replies → bytes on the wire: the range that was asked for, at the network's pace, broken where a fault says so."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import IO

from aiohttp import web

from .faults import BODY_KINDS, Fault, Kind
from .log import Entry, Log
from .reply import Reply
from .shape import Shape
from .span import Span, span_of

PIECE = 64 * 1024
HUGE = 1 << 62
HTML = b"<!doctype html><html><head><title>Sorry</title></head><body><h1>Something went wrong</h1></body></html>"


class Broken(Exception):
    """A fault ended the answer and the connection."""


@dataclass
class Delivery:
    """One answer on its way."""

    request: web.BaseRequest
    entry: Entry
    log: Log
    shape: Shape
    faults: list[Fault]
    released: asyncio.Event

    async def send(self, reply: Reply) -> web.StreamResponse:
        span = self._span(reply, ranges=reply.ranges)
        struck = [fault for fault in self.faults if fault.strikes(self.entry, span)]
        self._fault = struck[0] if struck else None
        if self._fault:
            self.entry.fault = self._fault.kind.value
            reply = await self._instead(self._fault, reply)
            span = self._distorted(self._span(reply, ranges=reply.ranges and self._fault.kind is not Kind.NO_RANGE))
        with reply.file.open("rb") if reply.file else io.BytesIO(reply.body) as source:
            return await self._send(reply, span, source)

    def _span(self, reply: Reply, *, ranges: bool) -> Span:
        whole = reply.file.stat().st_size if reply.file else len(reply.body)
        if reply.part:
            whole = min(reply.part[1], whole) - reply.part[0]
        headers = self.request.headers
        fresh = headers.get("If-Range") in (None, _etag(reply))
        return span_of(whole, reply.status, headers.get("Range") if ranges and fresh else None)

    def _distorted(self, span: Span) -> Span:
        if self._fault and self._fault.kind is Kind.WRONG_RANGE and span.status == 206:
            return span.shifted(self._fault.shift)
        if self._fault and self._fault.kind is Kind.CHANGED:
            return replace(span, whole=span.whole + 1000)
        return span

    async def _send(self, reply: Reply, span: Span, source: IO[bytes]) -> web.StreamResponse:
        start = span.first + (reply.part[0] if reply.part else 0)
        self.entry.first_byte, self.entry.length, self.entry.status = start, span.length, span.status
        response = web.StreamResponse(status=span.status, headers=self._headers(reply, span))
        kind = self._fault.kind if self._fault else None
        if kind is Kind.ENDLESS:
            response.enable_chunked_encoding()
        else:
            response.content_length = HUGE if kind is Kind.HUGE_LENGTH else span.length
        await response.prepare(self.request)
        if self.request.method == "HEAD":
            return response
        if kind is Kind.ENDLESS:
            await self._endless(response)
        async for piece in self._pieces(source, start, span.length, reply.throttle):
            await response.write(piece)
            self.entry.sent += len(piece)
            await self.log.changed()
        if kind is Kind.HUGE_LENGTH:
            self._close(reset=False)
            raise Broken
        await response.write_eof()
        return response

    def _headers(self, reply: Reply, span: Span) -> dict[str, str]:
        headers = {**reply.headers, "Content-Type": reply.content_type}
        kind = self._fault.kind if self._fault else None
        if reply.ranges and kind is not Kind.NO_RANGE:
            headers["Accept-Ranges"] = "bytes"
        if span.content_range:
            untold = kind is Kind.UNTOLD_SIZE
            headers["Content-Range"] = f"{span.content_range.split('/')[0]}/*" if untold else span.content_range
        if kind is Kind.UNTOLD_SIZE and span.status == 416:
            del headers["Content-Range"]
        if etag := _etag(reply):
            headers["ETag"] = '"replaced"' if kind is Kind.CHANGED else etag
        return headers

    async def _pieces(self, source: IO[bytes], start: int, length: int, throttle: bool) -> AsyncIterator[bytes]:
        """The body, broken or slowed where a fault or the shape says so."""
        source.seek(start)
        slow = self.entry.throttled = throttle and self.shape.slows(length)
        strike = self._strike(start, length)
        done, struck = 0, False
        while True:
            if done == strike and not struck:
                await self._break()
                struck = True
            if done == length:
                return
            size = min(PIECE, length - done) if struck or strike is None else min(PIECE, strike - done, length - done)
            if struck and self._fault and self._fault.kind is Kind.DRIP:
                size = await _trickle(size, self._fault.rate_bps)
            elif slow and done >= self.shape.throttle_free:
                size = await _trickle(size, self.shape.throttle_bps)
            await self.shape.pace_link(size)
            piece = source.read(size)
            if not piece:
                return
            yield bytes(len(piece)) if struck and self._fault and self._fault.kind is Kind.CORRUPT else piece
            done += len(piece)

    def _strike(self, start: int, length: int) -> int | None:
        """After how many bytes of this body the fault strikes; ``None``: not in the body."""
        fault = self._fault
        if fault is None or fault.kind not in BODY_KINDS:
            return None
        return min(fault.after_bytes, length) if fault.at_byte is None else fault.at_byte - start

    async def _break(self) -> None:
        """What happens at the byte where the fault strikes; comes back if the body goes on."""
        match self._fault.kind if self._fault else None:
            case Kind.RESET:
                self._close(reset=True)
                raise Broken
            case Kind.TRUNCATE:
                self._close(reset=False)
                raise Broken
            case Kind.STALL:
                await asyncio.Event().wait()
            case Kind.HOLD:
                await self.released.wait()

    async def _instead(self, fault: Fault, reply: Reply) -> Reply:
        """The answer that a fault puts in the place of the site's."""
        match fault.kind:
            case Kind.REFUSE:
                self._close(reset=True)
                raise Broken
            case Kind.SLOW_START:
                await asyncio.sleep(fault.delay_s)
                return reply
            case Kind.STATUS:
                return Reply(fault.status, b"fault\n", content_type="text/plain", headers=fault.headers)
            case Kind.HTML:
                return Reply(200, HTML)
            case Kind.REDIRECT:
                return Reply(302, headers={"Location": fault.location})
            case Kind.GZIP_BOMB:
                bomb = await asyncio.to_thread(_bomb)
                return Reply(200, bomb, content_type=reply.content_type, headers={"Content-Encoding": "gzip"})
            case _:
                return reply

    async def _endless(self, response: web.StreamResponse) -> None:
        while True:
            await response.write(bytes(PIECE))
            self.entry.sent += PIECE
            await asyncio.sleep(0.002)

    def _close(self, *, reset: bool) -> None:
        transport = self.request.transport
        if transport is None:
            return
        raw = transport.get_extra_info("socket")
        if reset and raw is not None:
            # Closing with a linger time of nothing sends RST in place of FIN (socket(7)).
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()


async def _trickle(size: int, rate_bps: int) -> int:
    """Wait as long as a small part of ``size`` bytes takes at that rate; gives that part's size."""
    part = min(size, max(1, rate_bps // 20))
    await asyncio.sleep(part / rate_bps)
    return part


def _etag(reply: Reply) -> str | None:
    if reply.file is None or not reply.etag:
        return None
    return '"' + hashlib.sha256(f"{reply.file} {reply.file.stat().st_size}".encode()).hexdigest()[:16] + '"'


def _bomb() -> bytes:
    """Two gigabytes of zeros, gzipped (members one after another are one stream, RFC 1952, 2.2)."""
    return gzip.compress(bytes(16 << 20)) * 128
