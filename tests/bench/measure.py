"""Running a program and reading what it cost: wall, processor time, memory, and what the local internet gave it."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from origin import LocalInternet

LAUNCHER = Path(__file__).with_name("launch.py")
PAGES = ("www.youtube.com", "*.ytimg.com")
"""Hosts whose answers are not media."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took. Memory is the largest resident set of any of its processes."""

    wall_s: float
    cpu_s: float
    peak_rss_mb: float
    media_bytes: int
    media_requests: int
    page_requests: int
    output: str = ""
    proof_s: float = 0.0
    """How much of the wall the finished file's proof took, where that is told."""

    def plain(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if name != "output"}


def run(site: LocalInternet, command: Sequence[str | Path], env: Mapping[str, str], log: Path) -> Cost:
    """Run ``command`` to its end and count.

    Raises:
        RuntimeError: it failed; the last of what it said is in the message.
    """
    site.clear_log()
    told = log.with_suffix(".cost")
    with log.open("wb") as errors:
        done = subprocess.run(
            [sys.executable, "-I", "-S", LAUNCHER, told, shutil.which(command[0], path=env.get("PATH")) or command[0], *command[1:]],
            env=dict(env), stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    output = done.stdout.decode()
    if done.returncode != 0:
        raise RuntimeError(f"{done.returncode} from {command}\n{output[-1000:]}\n{log.read_text()[-2000:]}")
    cost = json.loads(told.read_text())
    return Cost(cost["wall_s"], cost["cpu_s"], cost["peak_rss_mb"], *traffic(site), output)


def traffic(site: LocalInternet) -> tuple[int, int, int]:
    """Media bytes, media requests and requests for pages since the log was cleared."""
    everything = site.counters()
    pages = [site.counters(host) for host in PAGES]
    page_requests = sum(one.requests for one in pages)
    return everything.bytes - sum(one.bytes for one in pages), everything.requests - page_requests, page_requests


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""

    def middle(read: Callable[[Cost], float]) -> float:
        return statistics.median(read(cost) for cost in costs)

    return Cost(
        middle(lambda c: c.wall_s),
        middle(lambda c: c.cpu_s),
        max(c.peak_rss_mb for c in costs),
        round(middle(lambda c: c.media_bytes)),
        round(middle(lambda c: c.media_requests)),
        round(middle(lambda c: c.page_requests)),
        costs[-1].output,
        middle(lambda c: c.proof_s),
    )
