"""Make untrusted text safe for terminals and logs. Standard library only.

A title may hold escape sequences that a terminal obeys (ECMA-48: C0, ``ESC``, and the C1 controls, which need no ``ESC``), marks
that turn the writing round so that a line reads as another one (Unicode annex 9), or line breaks that make two log lines of one.
Each becomes ``\\uXXXX``: visible, and inside a JSON text the same character still.
"""

from __future__ import annotations

import io
import re
import sys
from typing import TextIO

_NOT_NEWLINE = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""The property Bidi_Control."""
_OTHERS = "\u2028\u2029\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
"""Line and paragraph separators, interlinear marks, lone surrogates, tags: all invisible."""
_UNSAFE = re.compile(f"[{_NOT_NEWLINE}{_TURNING}{_OTHERS}]")
_UNSAFE_IN_LINE = re.compile(f"[\t\n{_NOT_NEWLINE}{_TURNING}{_OTHERS}]")


def printable(text: str) -> str:
    """``text`` with newlines and tabs, and without control sequences of terminals."""
    return _UNSAFE.sub(_escaped, text)


def one_line(text: str) -> str:
    """``text`` as a part of one line: line breaks are shown as well."""
    return _UNSAFE_IN_LINE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


class PrintableStream(io.TextIOBase):
    """A text stream to a terminal, a file or a pipe that passes on nothing but printable text, whatever its encoding.

    It has no ``buffer``: there is no way around it but ``raw``.
    """

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw
        """The wrapped stream, for terminal control by this program itself."""

    def write(self, text: str, /) -> int:
        safe = printable(text)
        encoding = self.raw.encoding or "utf-8"
        self.raw.write(safe.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def flush(self) -> None:
        self.raw.flush()

    def isatty(self) -> bool:
        return self.raw.isatty()

    def fileno(self) -> int:
        return self.raw.fileno()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a plain attribute
        return self.raw.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return "backslashreplace"


def guard_output() -> None:
    """Make everything that this process prints printable: its own text, tracebacks, the output of libraries."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, PrintableStream):
            setattr(sys, name, PrintableStream(stream))
