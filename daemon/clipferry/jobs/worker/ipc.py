"""Messages between daemon and worker over the worker's pipes: length-prefixed JSON objects, both ways.

One object that both sides build and read by name; the daemon trusts its worker no more than needed: sizes are capped, and
what comes from a site stays text.
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import IO, Any

Frame = dict[str, Any]

_LENGTH = struct.Struct("=I")
MAX_BYTES = 8 << 20
"""A resolved video with thousands of chapters stays far below."""


class BrokenPipe(Exception):
    """The other side has gone, or speaks something else."""


def pack(frame: Frame) -> bytes:
    body = json.dumps(frame, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def read(stream: IO[bytes]) -> Frame:
    """The next frame of a blocking stream. Raises ``BrokenPipe`` at its end."""
    return _parse(_exactly(stream, _length(_exactly(stream, _LENGTH.size))))


async def read_async(stream: asyncio.StreamReader) -> Frame:
    """The next frame. Raises ``BrokenPipe`` at the stream's end."""
    try:
        return _parse(await stream.readexactly(_length(await stream.readexactly(_LENGTH.size))))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise BrokenPipe from error


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise BrokenPipe
    return data


def _length(head: bytes) -> int:
    (size,) = _LENGTH.unpack(head)
    if not 2 <= size <= MAX_BYTES:
        raise BrokenPipe(f"a frame of {size} bytes")
    return int(size)


def _parse(body: bytes) -> Frame:
    try:
        frame = json.loads(body)
    except ValueError as error:
        raise BrokenPipe("not JSON") from error
    if not isinstance(frame, dict):
        raise BrokenPipe("not an object")
    return frame
