"""The progress line of a command in the foreground."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clipferry_host.printable import PrintableStream, printable

from ..clip.timecode import format_time
from ..system.byte_size import byte_size

if TYPE_CHECKING:
    from ..clip.model import Progress

_REDRAW_S = 0.1
_STEPS = {
    "unmodified": "trying yt-dlp unmodified",
    "other_clients": "trying as another kind of player",
    "no_session": "trying without your session",
}


class ProgressLine:
    """One line on the terminal, redrawn with each progress."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._drawn_at = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if not self._shown or now - self._drawn_at < _REDRAW_S:
            return
        self._drawn_at = now
        if progress.recorded_s is not None:
            parts = [f"recording {format_time(progress.recorded_s, millis=False)}"]
            parts.append(byte_size(progress.recorded_bytes or 0))
        else:
            parts = [f"{progress.stage} {progress.fraction:4.0%}", _fetched(progress)]
        if progress.speed_bps:
            parts.append(f"{byte_size(round(progress.speed_bps))}/s")
        if progress.eta_s is not None:
            parts.append(f"{format_time(progress.eta_s, millis=False)} left")
        if progress.step is not None:
            parts.append(_STEPS[progress.step])
        _redraw(" · ".join(part for part in parts if part))

    def clear(self) -> None:
        if self._drawn_at:
            _redraw("")


def _redraw(line: str) -> None:
    """Replace the cursor's line (ECMA-48, EL)."""
    stream = sys.stderr.raw if isinstance(sys.stderr, PrintableStream) else sys.stderr
    stream.write("\r\x1b[2K" + printable(line))
    stream.flush()


@contextmanager
def progress_line(shown: bool) -> Iterator[ProgressLine]:
    """Open a progress line that is cleared at the end."""
    line = ProgressLine(shown)
    try:
        yield line
    finally:
        line.clear()


def _fetched(progress: Progress) -> str:
    done = byte_size(progress.done_bytes)
    if progress.total_bytes:
        return f"{done} of {byte_size(progress.total_bytes)}"
    return done if progress.done_bytes else ""
