"""Which program a client is, by its TLS ClientHello: what sites that let in browsers only look at.

The ClientHello is read before the handshake (RFC 8446, 4.1.2; GREASE values: RFC 8701) and named as JA4 does (FoxIO's JA4 specification).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from . import http2

SNI, GROUPS, SIGNATURES, ALPN, COMPRESS_CERTIFICATE, VERSIONS = 0, 10, 13, 16, 27, 43
_PEEKED = 16 * 1024
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Hello:
    """A ClientHello. GREASE values are left out of the lists, and counted."""

    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    signatures: tuple[int, ...]
    groups: tuple[int, ...]
    alpn: tuple[str, ...]
    grease: int

    @property
    def ja4(self) -> str:
        version = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10"}.get(self.version, "00")
        name = "d" if SNI in self.extensions else "i"
        alpn = self.alpn[0][0] + self.alpn[0][-1] if self.alpn else "00"
        counts = f"{min(len(self.ciphers), 99):02}{min(len(self.extensions), 99):02}"
        others = sorted(f"{one:04x}" for one in self.extensions if one not in (SNI, ALPN))
        signed = "_".join((",".join(others), ",".join(f"{one:04x}" for one in self.signatures)))
        ciphers = ",".join(sorted(f"{one:04x}" for one in self.ciphers))
        return f"t{version}{name}{counts}{alpn}_{_short(ciphers)}_{_short(signed)}"

    @property
    def like_a_browser(self) -> bool:
        """Chrome, Firefox and Safari of today: HTTP/2 first, certificates compressed; OpenSSL, which Python uses, offers neither."""
        return self.version == 0x0304 and self.alpn[:1] == ("h2",) and COMPRESS_CERTIFICATE in self.extensions


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def from_a_browser(hello: Hello | None, headers: Mapping[str, str]) -> bool:
    """Whether handshake, header fields (lower case) and, where it is spoken, HTTP/2 are a browser's, and of the same one. ``None``: the
    handshake could not be seen."""
    if http2.SPOKEN in headers and not http2.from_a_browser(headers[http2.SPOKEN]):
        return False
    agent = headers.get("user-agent", "")
    hints = "sec-ch-ua" in headers
    if "sec-fetch-mode" not in headers or hints != ("Chrome/" in agent):
        return False
    return hello is None or (hello.like_a_browser and (hello.grease > 0) == hints)


def parse(record: bytes) -> Hello | None:
    """Read a TLS record that holds a whole ClientHello; ``None``: it is none."""
    reader = _Reader(record)
    try:
        if reader.number(1) != 22:
            return None
        reader.take(4)
        if reader.number(1) != 1:
            return None
        reader.take(3)
        version = reader.number(2)
        reader.take(32)
        reader.take(reader.number(1))
        ciphers = _numbers(reader.take(reader.number(2)))
        reader.take(reader.number(1))
        found: dict[int, bytes] = {}
        fields = _Reader(reader.take(reader.number(2)))
        while fields.left:
            kind = fields.number(2)
            found[kind] = fields.take(fields.number(2))
    except IndexError:
        return None
    versions = [one for one in _numbers(found.get(VERSIONS, b"")[1:]) if not _greased(one)]
    plain = tuple(one for one in ciphers if not _greased(one))
    kinds = tuple(one for one in found if not _greased(one))
    return Hello(
        version=max(versions, default=version),
        ciphers=plain,
        extensions=kinds,
        signatures=_numbers(found.get(SIGNATURES, b"")[2:]),
        groups=tuple(one for one in _numbers(found.get(GROUPS, b"")[2:]) if not _greased(one)),
        alpn=_names(found.get(ALPN, b"")[2:]),
        grease=len(ciphers) - len(plain) + len(found) - len(kinds),
    )


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.left = data

    def take(self, size: int) -> bytes:
        if len(self.left) < size:
            raise IndexError
        taken, self.left = self.left[:size], self.left[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2))


def _names(data: bytes) -> tuple[str, ...]:
    reader, names = _Reader(data), []
    while reader.left:
        names.append(reader.take(reader.number(1)).decode("latin-1"))
    return tuple(names)


def _greased(number: int) -> bool:
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


async def peek(transport: asyncio.Transport) -> Hello | None:
    """Read the ClientHello that is coming in without taking it out of the socket. Reading must be paused.

    ``None``: it is no TLS, or within another TLS.
    """
    known = transport.get_extra_info("socket")
    if known is None or transport.get_extra_info("sslcontext") is not None:
        return None
    with socket.socket(fileno=os.dup(known.fileno())) as same:
        async with asyncio.timeout(_WAIT_S):
            while True:
                try:
                    data = same.recv(_PEEKED, socket.MSG_PEEK)
                except BlockingIOError:
                    data = b"\x16"
                if not data or data[0] != 22 or len(data) == _PEEKED:
                    return None
                if len(data) >= 5 + int.from_bytes(data[3:5].ljust(2, b"\xff"), "big"):
                    return parse(data)
                await asyncio.sleep(0.002)
