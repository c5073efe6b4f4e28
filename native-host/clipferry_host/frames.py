"""Frames: a 32-bit length in native byte order and that many bytes of JSON. The host reads the length only.

The one definition for the browser's port, the daemon's socket and the pipes of its workers. Standard library only, and without
asyncio, so that the host starts in tens of milliseconds.
Format: developer.chrome.com/docs/extensions/develop/concepts/native-messaging; Firefox uses the same.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Protocol

MAX_FRAME_BYTES = 512 * 1024
"""Body bytes between browser, host and daemon, both ways: browsers take 1 MiB from a host, and every answer is paged to stay
far below."""

_LENGTH = struct.Struct("=I")
HEAD_BYTES = _LENGTH.size

Read = Callable[[int], bytes]
"""Returns 1 … n bytes, or none at the end of the stream: ``os.read`` on a descriptor, ``socket.recv``."""


class AsyncReader(Protocol):
    """``asyncio.StreamReader``, as far as frames need it."""

    async def readexactly(self, n: int, /) -> bytes:
        """Read ``n`` bytes. Raises ``EOFError`` with what there was as ``partial``."""


class BadFrame(Exception):
    """The stream is no sequence of frames: one is empty or oversized, or the stream ends within one."""


def frame(message: object) -> bytes:
    """Encode ``message`` as one frame."""
    return pack(json.dumps(message, ensure_ascii=False).encode())


def pack(body: bytes) -> bytes:
    """Return the frame of a body that is JSON already."""
    return _LENGTH.pack(len(body)) + body


def read_frame(read: Read, max_bytes: int = MAX_FRAME_BYTES) -> bytes | None:
    """Read the next frame including its length; ``None`` at the end of the stream.

    Raises:
        BadFrame: length 0 or above ``max_bytes``, or the stream ends inside the frame.
    """
    head = _read_exactly(read, HEAD_BYTES)
    if not head:
        return None
    if len(head) < HEAD_BYTES:
        raise BadFrame("the stream ended inside a length")
    size = _size(head, max_bytes)
    body = _read_exactly(read, size)
    if len(body) < size:
        raise BadFrame("the stream ended inside a frame")
    return head + body


async def read_size_async(reader: AsyncReader, max_bytes: int = MAX_FRAME_BYTES) -> int | None:
    """Read the length of the next frame's body, for ``read_body_async``; ``None`` at the end of the stream. Raises ``BadFrame``."""
    try:
        return _size(await reader.readexactly(HEAD_BYTES), max_bytes)
    except EOFError as error:
        if getattr(error, "partial", b""):
            raise BadFrame("the stream ended inside a length") from error
        return None


async def read_body_async(reader: AsyncReader, size: int) -> bytes:
    """Read the body of a frame. Raises ``BadFrame`` where the stream ends inside it."""
    try:
        return await reader.readexactly(size)
    except EOFError as error:
        raise BadFrame("the stream ended inside a frame") from error


def _size(head: bytes, max_bytes: int) -> int:
    (size,) = _LENGTH.unpack(head)
    if not 0 < size <= max_bytes:
        raise BadFrame(f"a frame of {size} bytes")
    return int(size)


def _read_exactly(read: Read, size: int) -> bytes:
    parts: list[bytes] = []
    missing = size
    while missing:
        part = read(missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
