"""Count what a reader follows from the browser's request for a clip to the published file: ``python tests/bench/call_path.py``.

A clip goes the real way (native host, daemon, worker, local internet) with a profiler in each process. Printed are the files whose
functions were called between ``clip.create`` and the state *done*, in the order of their first call, each with the lines of those
functions; the clip engine (``clip/``) is one black box. The counts in docs/ARCHITECTURE.md come from here. Linux only.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from clipferry.client.blocking_client import through_host  # noqa: E402
from clipferry.protocol.jobs import ClipCreateParams, Job  # noqa: E402
from clipferry.protocol.videos import ResolveParams, VideoInfo  # noqa: E402
from clipferry_host.identity import ours  # noqa: E402
from crash.companion import Companion  # noqa: E402
from origin import LocalInternet  # noqa: E402

FILM = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
WITHIN_S = 60.0
PACKAGES = (TESTS.parent / "daemon", TESTS.parent / "native-host")


def main() -> None:
    with LocalInternet() as internet, tempfile.TemporaryDirectory() as folder:
        lines = _lines(_calls(internet, Path(folder)))
    rest = {path: found for path, found in lines.items() if "/clip/" not in path}
    for path, found in rest.items():
        print(f"{len(found):5}  {path}")
    print(
        f"{sum(map(len, rest.values())):5} lines in {len(rest)} files; the clip engine besides: {len(lines) - len(rest)} files"
    )


def _calls(internet: LocalInternet, folder: Path) -> Iterator[tuple[str, int, int]]:
    """Iterate over the functions called: file, first and last line; the host's first, then the daemon's, then the worker's."""
    with Companion(folder, internet.env()) as companion:
        companion.env |= {"PYTHONPATH": str(TESTS / "bench" / "profiler"), "CLIPFERRY_CALLS": str(folder)}
        companion.start()
        launcher = folder / "host"
        launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -m clipferry_host "$@"\n')
        launcher.chmod(0o755)
        with through_host(launcher, [ours().chromium[0]], companion.env) as client:
            client.hello("extension")
            client.ask("resolve", ResolveParams(url=FILM), VideoInfo)  # as the open panel does: a worker is warm
            profiled = [process for process in psutil.Process().children(recursive=True) if _rank(process) is not None]
            for process in profiled:
                process.send_signal(signal.SIGUSR1)
            client.ask("clip.create", ClipCreateParams(url=FILM, start_time=3, end_time=5), Job)
            ended = (event.data for event in client.events(timeout_s=WITHIN_S) if event.event == "job")
            assert any(job["state"] == "done" for job in ended)
            for process in sorted(profiled, key=lambda one: _rank(one) or 0):
                process.send_signal(signal.SIGUSR2)
                yield from _written(folder / f"{process.pid}.json")


def _rank(process: psutil.Process) -> int | None:
    """Return the place of a process on the way: 0 the host, 1 the daemon, 2 a worker; ``None``: it is none of them."""
    command = process.cmdline()
    for rank, module in enumerate(("clipferry_host", "clipferry.daemon", "clipferry.jobs.worker")):
        if module in command and os.path.basename(command[0]).startswith("python"):  # noqa: PTH119 - a name, not a path
            return rank
    return None


def _written(path: Path) -> list[tuple[str, int, int]]:
    until = time.monotonic() + WITHIN_S
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.05)
    return [(str(name), int(first), int(last)) for name, first, last in json.loads(path.read_text())]


def _lines(calls: Iterator[tuple[str, int, int]]) -> dict[str, set[int]]:
    """Return the lines of the called functions of ours by file, in the order of the first call."""
    lines: dict[str, set[int]] = {}
    for name, first, last in calls:
        for package in PACKAGES:
            if Path(name).is_relative_to(package):
                lines.setdefault(Path(name).relative_to(package).as_posix(), set()).update(range(first, last + 1))
    return lines


if __name__ == "__main__":
    main()
