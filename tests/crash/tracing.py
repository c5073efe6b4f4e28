"""System calls of a running process, recorded and broken: what ``strace`` does for these tests (strace.io, ``-e inject``)."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

# What is written and read, on disks, pipes and sockets, and what makes processes; the telling ones first. "?": machines differ.
CALLS = (
    *("pwrite64", "write", "rename", "fsync", "openat", "unlink", "fdatasync", "sendto", "ftruncate", "mkdir", "recvfrom"),
    *("pread64", "read", "connect", "close", "lseek", "mmap", "clone3", "clone", "execve", "sendmsg", "renameat2", "rmdir"),
)  # fmt: skip
LETS_GO_S = 5.0
_CALL = re.compile(r"\d+ +(\w+)\((.*)")


@dataclass(frozen=True, slots=True)
class Point:
    """A system call, and the how-many-th of its kind since ``strace`` came: counted for each thread, as it does."""

    call: str
    number: int


@contextlib.contextmanager
def traced(pid: int, trace: Path, *options: str) -> Iterator[None]:
    """``strace`` on all threads of a process and on what it starts; from here on, until this ends or the process does."""
    command = ["strace", "-f", "-o", str(trace), *options, "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        while "attached" not in (said := tracer.stderr.readline()):
            assert said, f"strace ended with {tracer.wait()}"
        try:
            yield
        finally:
            if lives(pid):
                tracer.send_signal(signal.SIGINT)  # it lets go
            try:
                tracer.communicate(timeout=LETS_GO_S)
            except subprocess.TimeoutExpired:  # it can wait for ever for a process that died under it
                tracer.kill()


def lives(pid: int) -> bool:
    """Whether the process is there, and more than a zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def recording() -> list[str]:
    """Options for ``traced``: note every call of ``CALLS``, with enough of what is written to read a frame in it."""
    return ["-s", "400", "-e", "trace=" + ",".join(f"?{call}" for call in CALLS), "-e", "signal=none"]


def killing(point: Point) -> list[str]:
    """Options for ``traced``: the process dies at ``point``, before the call is made."""
    return ["-e", f"trace={point.call}", "-e", f"inject={point.call}:signal=KILL:when={point.number}"]


def points(trace: Path, key: str, stages: Iterable[str]) -> dict[str, list[Point]]:
    """Where a recorded process can be killed, by the stage that it was in, in the order of time, counted from the stage's beginning.

    Args:
        key: of the frames that tell the stage, such as ``"stage":"cutting"``.
        stages: in their order; the first is what it begins with.
    """
    names = list(stages)
    now, counts = names[0], Counter[tuple[str, str]]()
    found: dict[str, dict[Point, None]] = {name: {} for name in names}
    with trace.open(errors="replace") as lines:
        for line in lines:
            if (call := _CALL.match(line)) is None:
                continue
            thread = line.partition(" ")[0]
            counts[thread, call[1]] += 1
            found[now].setdefault(Point(call[1], counts[thread, call[1]]))
            told = next((name for name in names if f'\\"{key}\\":\\"{name}\\"' in call[2]), now)
            if told != now:
                now = told
                counts.clear()
    return {name: list(those) for name, those in found.items()}


def spread(candidates: list[Point], count: int) -> list[Point]:
    """``count`` of the candidates: every kind of call in turn, each at ever new parts of the stage (1/2, 1/4, 3/4, 1/8 …)."""
    kinds = {call: same for call in CALLS if (same := [one for one in candidates if one.call == call])}
    chosen: dict[Point, None] = {}
    for turn in range(1, 1 + len(candidates)):
        for same in kinds.values():
            if len(chosen) < count:
                chosen.setdefault(same[int(_van_der_corput(turn) * len(same))])
    return list(chosen)


def _van_der_corput(number: int) -> float:
    """The binary digits of ``number`` mirrored behind the point: fills [0, 1) ever more evenly."""
    value, weight = 0.0, 0.5
    while number:
        value += weight * (number & 1)
        number >>= 1
        weight /= 2
    return value
