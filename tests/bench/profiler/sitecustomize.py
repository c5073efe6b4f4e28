"""Record which functions a process calls, in order: for ``call_path``, which puts this folder on the ``PYTHONPATH`` of its processes.

SIGUSR1 begins, SIGUSR2 writes what was called meanwhile to ``$CLIPFERRY_CALLS/<pid>.json``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

_called: dict[CodeType, None] = {}
_recording = False


def _profile(frame: FrameType, event: str, _argument: object) -> None:
    if _recording and event == "call":
        _called.setdefault(frame.f_code)


def _begin(*_: object) -> None:
    global _recording  # noqa: PLW0603 - a profiler is one for the process
    _recording = True


def _end(*_: object) -> None:
    global _recording  # noqa: PLW0603
    _recording = False
    calls = [
        (code.co_filename, code.co_firstlineno, max(line for *_, line in code.co_lines() if line)) for code in _called
    ]
    target = Path(os.environ["CLIPFERRY_CALLS"]) / f"{os.getpid()}.json"
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(calls))
    fresh.rename(target)


if "CLIPFERRY_CALLS" in os.environ:
    signal.signal(signal.SIGUSR1, _begin)
    signal.signal(signal.SIGUSR2, _end)
    threading.setprofile(_profile)
    sys.setprofile(_profile)
