"""Log formatting that is safe from injection: each record begins one line, and its further lines are indented."""

from __future__ import annotations

import logging
import textwrap
from types import TracebackType

from clipferry_host.printable import one_line, printable

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """The usual text format with messages on one line and indented tracebacks."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return one_line(super().formatMessage(record))

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - logging's own name
        return textwrap.indent(printable(super().formatException(ei)), "    ", lambda _: True)
