"""Replies → bytes on the wire: ranges (RFC 9110, 14), throttling, latency, and the faults that are switched on."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import re
import socket
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO

from aiohttp import web

from .faults import BODY_KINDS, Fault, Kind
from .log import Entry, Log
from .reply import Reply

PIECE = 64 * 1024
HTML = b"<!doctype html><html><head><title>Sorry</title></head><body><h1>Something went wrong</h1></body></html>"


@dataclass(slots=True)
class Shape:
    """How the network behaves. Rates are bytes per second; ``None``: as fast as the machine."""

    latency_s: float = 0.0
    """Before every answer."""
    link_bps: int | None = None
    """All connections together."""
    throttle: bool = True
    """Whether googlevideo slows long answers down at all."""
    throttle_over: int = 10 * 1024 * 1024
    """Answers longer than this are slowed …"""
    throttle_free: int = 1024 * 1024
    """… after this many bytes …"""
    throttle_bps: int = 100_000
    """… to this."""
    _link_free_at: float = field(default=0.0, repr=False)

    async def pace_link(self, size: int) -> None:
        """Wait for the turn of ``size`` bytes on the shared link."""
        if not self.link_bps:
            return
        now = time.monotonic()
        self._link_free_at = max(self._link_free_at, now) + size / self.link_bps
        await asyncio.sleep(max(0.0, self._link_free_at - now - 0.02))


class Broken(Exception):
    """A fault ended the answer."""


@dataclass
class Delivery:
    """One answer on its way."""

    request: web.BaseRequest
    entry: Entry
    log: Log
    shape: Shape
    fault: Fault | None
    released: asyncio.Event

    async def send(self, reply: Reply) -> web.StreamResponse:
        fault = self.fault
        if fault:
            self.entry.fault = fault.kind.value
            reply = await self._before(fault, reply)
        if self.request.method == "HEAD" or reply.file is None:
            source: IO[bytes] = io.BytesIO(reply.body)
            whole = len(reply.body) if reply.file is None else reply.file.stat().st_size
        else:
            source = reply.file.open("rb")
            whole = reply.file.stat().st_size
        with source:
            return await self._send(reply, source, whole)

    async def _send(self, reply: Reply, source: IO[bytes], whole: int) -> web.StreamResponse:
        kind = self.fault.kind if self.fault else None
        base, whole = (reply.part[0], min(reply.part[1], whole) - reply.part[0]) if reply.part else (0, whole)
        first, last, status = 0, whole, reply.status
        headers = dict(reply.headers)
        headers["Content-Type"] = reply.content_type
        etag = '"' + hashlib.sha256(f"{reply.file} {whole}".encode()).hexdigest()[:16] + '"' if reply.file else ""
        if reply.ranges and kind is not Kind.NO_RANGE:
            headers["Accept-Ranges"] = "bytes"
            asked = _asked(self.request.headers.get("Range"), whole)
            if asked == "unsatisfiable":
                return await self._plain(416, b"", {**headers, "Content-Range": f"bytes */{whole}"})
            if isinstance(asked, tuple):
                first, last = asked
                status = 206
                if kind is Kind.WRONG_RANGE and self.fault:
                    first = min(first + self.fault.shift, whole - 1)
                    last = min(max(last + self.fault.shift, first + 1), whole)
                claimed = whole + 1000 if kind is Kind.CHANGED else whole
                headers["Content-Range"] = f"bytes {first}-{last - 1}/{claimed}"
        if etag:
            headers["ETag"] = '"replaced"' if kind is Kind.CHANGED else etag
        self.entry.first_byte = base + first
        self.entry.length = last - first
        self.entry.status = status
        response = web.StreamResponse(status=status, headers=headers)
        if kind is Kind.ENDLESS:
            response.enable_chunked_encoding()
        elif kind is Kind.HUGE_LENGTH:
            response.content_length = 1 << 62
        else:
            response.content_length = last - first
        if kind in (Kind.HUGE_LENGTH, Kind.TRUNCATE):
            response.force_close()
        await response.prepare(self.request)
        if self.request.method == "HEAD":
            return response
        if kind is Kind.ENDLESS:
            await self._endless(response)
        async for piece in self._pieces(source, base + first, last - first, reply.throttle):
            await response.write(piece)
            self.entry.sent += len(piece)
            await self.log.changed()
        if kind in (Kind.HUGE_LENGTH,):
            self._close(reset=False)
            raise Broken
        await response.write_eof()
        return response

    async def _pieces(self, source: IO[bytes], start: int, length: int, throttle: bool) -> AsyncIterator[bytes]:
        """The body, broken or slowed where a fault or the shape says so."""
        source.seek(start)
        slow = throttle and self.shape.throttle and length > self.shape.throttle_over
        self.entry.throttled = slow
        breaks_at = self._break_point(start, length)
        done = 0
        while done < length:
            size = min(PIECE, length - done)
            if slow and done >= self.shape.throttle_free:
                size = min(size, max(1, self.shape.throttle_bps // 20))
                await asyncio.sleep(size / self.shape.throttle_bps)
            if self.fault and breaks_at is not None:
                if done == breaks_at:
                    await self._break(self.fault)
                    if self.fault.kind is Kind.CORRUPT:
                        breaks_at = done
                    elif self.fault.kind is Kind.HOLD:
                        breaks_at = None
                if breaks_at is not None and done < breaks_at:
                    size = min(size, breaks_at - done)
                elif self.fault.kind is Kind.DRIP:
                    size = min(size, max(1, self.fault.rate_bps // 10))
                    await asyncio.sleep(size / self.fault.rate_bps)
            await self.shape.pace_link(size)
            piece = source.read(size)
            if self.fault and self.fault.kind is Kind.CORRUPT and breaks_at is not None and done >= breaks_at:
                piece = bytes(len(piece))
            yield piece
            done += len(piece)
            if not piece:
                break
        if self.fault and breaks_at is not None and done == breaks_at == length:
            await self._break(self.fault)

    def _break_point(self, start: int, length: int) -> int | None:
        """After how many bytes of this body the fault strikes; ``None``: not in here."""
        fault = self.fault
        if fault is None or fault.kind not in BODY_KINDS:
            return None
        if fault.at_byte is None:
            return min(fault.after_bytes, length)
        return fault.at_byte - start if start <= fault.at_byte < start + length else None

    async def _break(self, fault: Fault) -> None:
        await self.log.changed()
        if fault.kind is Kind.RESET:
            self._close(reset=True)
            raise Broken
        if fault.kind is Kind.TRUNCATE:
            self._close(reset=False)
            raise Broken
        if fault.kind is Kind.STALL:
            await asyncio.Event().wait()
        if fault.kind is Kind.HOLD:
            await self.released.wait()

    async def _before(self, fault: Fault, reply: Reply) -> Reply:
        """Faults that replace the answer."""
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
                return Reply(
                    200,
                    await asyncio.to_thread(_bomb),
                    content_type=reply.content_type,
                    headers={"Content-Encoding": "gzip"},
                )
            case _:
                return reply

    async def _endless(self, response: web.StreamResponse) -> None:
        while True:
            await response.write(b"\0" * PIECE)
            self.entry.sent += PIECE
            await asyncio.sleep(0.002)

    async def _plain(self, status: int, body: bytes, headers: dict[str, str]) -> web.StreamResponse:
        self.entry.status = status
        response = web.Response(status=status, body=body, headers=headers)
        await response.prepare(self.request)
        await response.write_eof()
        return response

    def _close(self, *, reset: bool) -> None:
        transport = self.request.transport
        if transport is None:
            return
        raw = transport.get_extra_info("socket")
        if reset and raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()


def _asked(header: str | None, whole: int) -> tuple[int, int] | str | None:
    """The one range that is asked for as (first, after the last); ``None`` if there is none that we honour."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", (header or "").strip())
    if not found or found[0] == "bytes=-":
        return None
    left, right = found.groups()
    if not left:
        return (max(0, whole - int(right)), whole) if int(right) else "unsatisfiable"
    if int(left) >= whole:
        return "unsatisfiable"
    last = min(int(right) + 1, whole) if right else whole
    return (int(left), last) if last > int(left) else None


def _bomb() -> bytes:
    """Two gigabytes of zeros, gzipped (members one after another are one stream, RFC 1952, 2.2)."""
    return gzip.compress(bytes(16 << 20)) * 128
