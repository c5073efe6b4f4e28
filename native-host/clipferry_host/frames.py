"""Frames: a 32-bit length in native byte order and that many bytes of JSON. The host reads the length only.

Format: developer.chrome.com/docs/extensions/develop/concepts/native-messaging; Firefox uses the same.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

MAX_FRAME_BYTES = 512 * 1024
"""Body bytes, both ways; the same as ``clipferry.protocol.MAX_FRAME_BYTES`` (a test holds them together)."""

_LENGTH = struct.Struct("=I")

Read = Callable[[int], bytes]
"""Returns 1 … n bytes, or none at the end of the stream: ``os.read`` on a descriptor, ``socket.recv``."""


class BadFrame(Exception):
    """The stream is no sequence of frames: one is empty or oversized, or the stream ends within one."""


def read_frame(read: Read) -> bytes | None:
    """Read the next frame including its length; ``None`` at the end of the stream.

    Raises:
        BadFrame: length 0 or above ``MAX_FRAME_BYTES``, or the stream ends inside the frame.
    """
    head = _read_exactly(read, _LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise BadFrame("the stream ended inside a length")
    (size,) = _LENGTH.unpack(head)
    if not 0 < size <= MAX_FRAME_BYTES:
        raise BadFrame(f"a frame of {size} bytes")
    body = _read_exactly(read, size)
    if len(body) < size:
        raise BadFrame("the stream ended inside a frame")
    return head + body


def frame(message: object) -> bytes:
    """Encode ``message`` as one frame."""
    body = json.dumps(message, ensure_ascii=False).encode()
    return _LENGTH.pack(len(body)) + body


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
