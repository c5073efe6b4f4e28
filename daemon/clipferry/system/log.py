"""The log: one rotated file of JSON lines, with secrets redacted."""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

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
    """Return ``text`` without userinfo, cookies, tokens and signatures."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class _Formatter(logging.Formatter):
    """A record is one line without secrets and control characters. Subclasses write its fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        fields["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return one_line(self.write({name: redact(text) for name, text in fields.items()}))

    def write(self, fields: dict[str, str]) -> str:
        """Format ``fields`` as JSON."""
        return json.dumps(fields)


class _ConsoleFormatter(_Formatter):
    def write(self, fields: dict[str, str]) -> str:
        """Format ``fields`` for a terminal."""
        return " ".join(f"{name}={text!r}" for name, text in fields.items())


def start_logging(folder: Path, *, verbose: bool = False) -> None:
    """Log to ``folder/daemon.log`` as JSON lines, and warnings to standard error, for a daemon started by hand."""
    file = logging.handlers.RotatingFileHandler(
        folder / "daemon.log", maxBytes=_MAX_BYTES, backupCount=_FILES, encoding="utf-8"
    )
    file.setFormatter(_Formatter())
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING)
    console.setFormatter(_ConsoleFormatter())
    with contextlib.suppress(OSError):  # a mount without modes; the folder is this user's alone
        (folder / "daemon.log").chmod(0o600)
    root = logging.getLogger()
    root.handlers = [file, console]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    # Every request line of the dashboard at INFO would fill the file and hold addresses of pages.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
