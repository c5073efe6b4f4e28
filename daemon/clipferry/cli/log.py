"""The log of the command line: ``cli.log`` in the log folder."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from pathlib import Path

from clipferry_host.private_dir import UnsafeDirectory, make_private

from ..system.log_lines import LineFormatter

_LARGEST_BYTES = 2_000_000


class _LogFile(logging.FileHandler):
    """Opened with the first line, truncated when it has grown large; without write access there is no log."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        try:
            make_private(path.parent)  # in somebody else's, cli.log could be a link to a file of the person's
            if path.exists() and path.stat().st_size > _LARGEST_BYTES:
                path.replace(path.with_suffix(".old.log"))
            return super()._open()
        except (OSError, UnsafeDirectory):
            return Path(os.devnull).open("w", encoding="utf-8")


def log_to_file() -> None:
    """Send log records to the file instead of the terminal."""
    from ..system.paths import Paths

    handler = _LogFile(Paths.from_environment(os.environ).log_dir / "cli.log", encoding="utf-8", delay=True)
    handler.setFormatter(LineFormatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)
