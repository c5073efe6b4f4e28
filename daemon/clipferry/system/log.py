"""The log: one rotated file of JSON lines, without anything that opens a door."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from clipferry_host.printable import one_line

_MAX_BYTES = 2 << 20
_FILES = 4
_SECRETS = (
    (re.compile(r"(\w+://)[^/\s@]*@"), r"\1"),  # userinfo
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 …"),
    (
        re.compile(
            r"(?i)\b((?:set-)?cookie\w*|authorization|token|password|sig|signature|code)(\"?\s*[:=]\s*\"?)[^\s,;&\"'}]+"
        ),
        r"\1\2…",
    ),
    # A media address is a key to the media, and its path and query say what was watched by whom.
    (re.compile(r"(https?://[^/\s\"']+/(?:videoplayback|v/t\d+))[^\s\"']*"), r"\1…"),
)


def redact(text: str) -> str:
    """``text`` without userinfo, cookies, tokens and signatures."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _redact_event(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}


class _OneLine(structlog.stdlib.ProcessorFormatter):
    """A record is one line without control characters, whatever a renderer leaves in it."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record))


def start_logging(folder: Path, *, verbose: bool = False) -> None:
    """Log to ``folder/daemon.log`` as JSON lines, and warnings to standard error for who started us by hand."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]

    def formatter(renderer: structlog.typing.Processor) -> logging.Formatter:
        last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact_event, renderer]
        return _OneLine(foreign_pre_chain=shared, processors=last)

    file = logging.handlers.RotatingFileHandler(
        folder / "daemon.log", maxBytes=_MAX_BYTES, backupCount=_FILES, encoding="utf-8"
    )
    file.setFormatter(formatter(structlog.processors.JSONRenderer()))
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING)
    console.setFormatter(formatter(structlog.processors.KeyValueRenderer(key_order=["level", "event"])))
    with contextlib.suppress(OSError):  # a mount without modes; the folder is this user's alone
        (folder / "daemon.log").chmod(0o600)
    root = logging.getLogger()
    root.handlers = [file, console]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    # Every request line of the dashboard at INFO would fill the file and hold addresses of pages.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
