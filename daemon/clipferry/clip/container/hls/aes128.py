"""AES-128 segments, and initialisation segments (RFC 8216, section 5.2), read as if they were plain."""

from __future__ import annotations

from Cryptodome.Cipher import AES
from Cryptodome.Util.Padding import unpad

from ...download.remote_file import CancellationScope, RemoteFile
from ...errors import BadMedia

_BLOCK = 16
_STEP = 64 * 1024


def plain(data: bytes, key: bytes, iv: bytes) -> bytes:
    """Return the whole of ``data``, decrypted.

    Raises:
        BadMedia: it is not encrypted so.
    """
    if len(key) != _BLOCK or not data or len(data) % _BLOCK:
        raise BadMedia("decryption", detail=f"{len(data)} bytes, a key of {len(key)}")
    return _unpadded(AES.new(key, AES.MODE_CBC, iv=iv).decrypt(data))


def _unpadded(data: bytes) -> bytes:
    try:
        return unpad(data, _BLOCK)
    except ValueError as error:
        raise BadMedia("decryption", detail=str(error)) from error


class DecryptedFile:
    """A decrypted view of ``cipher``: CBC, so that any block can be read with the one before it; PKCS #7 padding cut off."""

    def __init__(self, cipher: RemoteFile, key: bytes, iv: bytes) -> None:
        if len(key) != _BLOCK:
            raise BadMedia(detail=f"a key of {len(key)} bytes")
        self._cipher = cipher
        self._key = key
        self._iv = iv
        self._size: int | None = None

    @property
    def size(self) -> int | None:
        return self._size

    def want(
        self, start: int, end: int | None, scope: CancellationScope | None = None, *, urgent: bool = False
    ) -> None:
        first = max(0, start // _BLOCK * _BLOCK - _BLOCK)
        self._cipher.want(first, None if end is None else -(-end // _BLOCK) * _BLOCK, scope, urgent=urgent)

    def read(self, position: int, count: int) -> bytes:
        if self._size is not None and position >= self._size:
            return b""
        first = position // _BLOCK * _BLOCK
        length = min(-(-(position + count) // _BLOCK) * _BLOCK - first, _STEP)
        start = max(0, first - _BLOCK)
        if not self._cipher.read(first, 1):
            return b""
        total = self._cipher.size
        end = first + length if total is None else min(first + length, total)
        if (end - first) % _BLOCK:
            raise BadMedia(detail="encrypted data of a length that is no multiple of 16")
        data = self._cipher.read_exactly(start, end - start)
        iv, body = (self._iv, data) if first == 0 else (data[:_BLOCK], data[_BLOCK:])
        opened = AES.new(self._key, AES.MODE_CBC, iv=iv).decrypt(body)
        if total is not None and end == total:
            opened = _unpadded(opened)
            self._size = first + len(opened)
        return opened[position - first :][:count]

    def read_exactly(self, position: int, count: int) -> bytes:
        parts: list[bytes] = []
        while count > 0:
            data = self.read(position, count)
            if not data:
                raise BadMedia(detail="encrypted data ends too soon")
            parts.append(data)
            position, count = position + len(data), count - len(data)
        return b"".join(parts)
