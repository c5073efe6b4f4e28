"""A companion that has nothing to do does nothing: not one system call, with a warm worker, a client and waiting nobody."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from .companion import Companion

WINDOW_S = 4.0
"""Longer than any pause between two looks at something that might have changed."""
WINDOWS = 15
"""What was under way just now (a commit, a flush of progress, a worker that gets ready) may take so many to end."""
MOST_PRIVATE = 45 << 20
"""Bytes of the daemon's memory that it shares with no other process."""
BLOCKED = ("<unfinished ...>", "<detached ...>")
URL = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


def calls(pids: Sequence[int], folder: Path) -> list[str]:
    """The system calls of these processes, all threads, that returned within a window."""
    trace = folder / "trace"
    command = ["strace", "-f", "-qq", "-o", str(trace), *(word for pid in pids for word in ("-p", str(pid)))]
    with subprocess.Popen(command) as strace:
        try:
            strace.wait(WINDOW_S)
        except subprocess.TimeoutExpired:
            strace.send_signal(signal.SIGINT)
    return [line for line in trace.read_text().splitlines() if not line.endswith(BLOCKED)]


@pytest.mark.parametrize("before", ["nothing", "a clip", "a look at a video, and a client that stays"])
def test_an_idle_companion_and_its_warm_worker_never_wake_up(companion: Companion, before: str, tmp_path: Path) -> None:
    companion.start()
    assert companion.process is not None
    line = companion.line()
    if before == "a clip":
        made = companion.ask("clip.create", url=URL, start_time=1.0, end_time=2.0, output={"max_height": 360})
        assert companion.wait_for(made["file_id"], ("done", "failed"))["state"] == "done"
    elif before != "nothing":
        line.ask("hello", client="script", version="test")
        line.ask("resolve", url=URL)
    pids = [companion.process.pid, *(worker.pid for worker in companion.workers())]
    assert (len(pids) > 1) == (before != "nothing"), "a worker was kept warm"
    seen: list[str] = []
    for _ in range(WINDOWS):
        if not (seen := calls(pids, tmp_path)):
            break
    line.close()
    assert seen == []


def test_an_idle_companion_is_small(companion: Companion, record_property: Callable[[str, object], None]) -> None:
    companion.start()
    assert companion.process is not None
    companion.ask("hello", client="script", version="test")
    memory = psutil.Process(companion.process.pid).memory_full_info()
    for name in ("rss", "pss", "uss"):
        record_property(f"{name}_mb", round(getattr(memory, name) / 1e6, 1))
    assert memory.uss <= MOST_PRIVATE
