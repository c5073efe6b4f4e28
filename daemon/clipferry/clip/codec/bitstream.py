"""Bit-level reading and writing of NAL unit payloads, and emulation prevention (H.264 section 7.3.1, 9.1)."""

from __future__ import annotations

import re


class BitReader:
    """Reads an RBSP (without emulation prevention) bit by bit. Raises ``ValueError`` past the end."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._value = int.from_bytes(data, "big")
        self._length = len(data) * 8
        self.position = 0

    def u(self, count: int) -> int:
        """Read an unsigned number of ``count`` bits."""
        end = self.position + count
        if end > self._length:
            raise ValueError("the parameter set ends early")
        self.position = end
        return (self._value >> (self._length - end)) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.u(1) == 1

    def ue(self) -> int:
        """Read an unsigned Exp-Golomb number."""
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("a broken Exp-Golomb number")
        return (1 << zeros) - 1 + (self.u(zeros) if zeros else 0)

    def se(self) -> int:
        """Read a signed Exp-Golomb number."""
        k = self.ue()
        return (k + 1) // 2 if k % 2 else -(k // 2)

    def copy(self, start: int, end: int) -> tuple[int, int]:
        """Return the bits ``[start, end)`` as a value and a count, for :meth:`BitWriter.u`."""
        count = end - start
        return (self._value >> (self._length - end)) & ((1 << count) - 1), count


class BitWriter:
    """Collects bits; :meth:`finish` adds the stop bit."""

    def __init__(self) -> None:
        self._value = 0
        self._count = 0

    def u(self, value: int, count: int) -> None:
        self._value = (self._value << count) | value
        self._count += count

    def flag(self, value: bool) -> None:
        self.u(int(value), 1)

    def ue(self, value: int) -> None:
        length = (value + 1).bit_length()
        self.u(value + 1, 2 * length - 1)

    def finish(self) -> bytes:
        """Return the RBSP: all bits, the stop bit, zeros up to the byte."""
        self.u(1, 1)
        self.u(0, -self._count % 8)
        return self._value.to_bytes(self._count // 8, "big")


_NEEDS_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")


def unescape(nal: bytes) -> bytes:
    """Remove emulation prevention: ``00 00 03`` becomes ``00 00``."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00")


def escape(rbsp: bytes) -> bytes:
    """Insert emulation prevention: no ``00 00 00`` to ``00 00 03`` is left."""
    return _NEEDS_ESCAPE.sub(b"\x00\x00\x03", rbsp)
