"""How long the chain itself takes: the companion's start, one message through the host, and from a click to the file.

    python tests/bench/chain.py [--runs 5] [--json FILE]

Everything is real (host, daemon, worker, yt-dlp, the local internet without latency) but the browser, whose part is measured
elsewhere: the host is spoken to as a browser does. Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from clipferry.client.blocking_client import BlockingClient, over_socket, stop_daemon, through_host
from clipferry.protocol.base import Empty
from clipferry.protocol.jobs import ClipCreateParams, Job, JobState
from clipferry.protocol.videos import ResolveParams, VideoInfo
from e2e.desk import Desk, wait_final
from origin import LocalInternet

WATCH = "https://www.youtube.com/watch?v="
MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; seconds."""

    what: str
    median_s: float
    worst_s: float
    must_reach_s: float | None = None

    @classmethod
    def of(cls, what: str, seconds: list[float], must_reach_s: float | None = None) -> Row:
        return cls(what, statistics.median(seconds), max(seconds), must_reach_s)


def measure(runs: int) -> list[Row]:
    cold, warm, clicked, marked, second = [], [], [], [], []
    with LocalInternet() as internet, Desk(internet) as desk:
        internet.prepare("AAAAAAAAAA1")
        launcher = desk.set_up().launcher
        caller = [desk.machine.who.chrome_origin]

        def browser() -> BlockingClient:
            return through_host(launcher, caller, desk.env)

        for _ in range(runs):
            stop_daemon(desk.env)
            cold.append(_timed(lambda: _hello(browser())))
            warm.append(_timed(lambda: _hello(browser())))
        with browser() as talk:
            talk.hello("extension")
            relayed = [_timed(lambda: talk.ask("worker.warm", Empty(), Empty)) for _ in range(MESSAGES)]
        with over_socket(desk.env) as talk:
            talk.hello("script")
            direct = [_timed(lambda: talk.ask("worker.warm", Empty(), Empty)) for _ in range(MESSAGES)]
        for number in range(runs):
            with browser() as talk:
                talk.hello("extension")
                start = 10.0 + number  # another clip each time: the same one would be answered with the first
                clicked.append(_timed(partial(_resolve, talk)))
                marked.append(_timed(partial(_take, talk, start)))
                second.append(_timed(partial(_take, talk, start + 0.5)))
    return [
        Row.of("first answer, daemon not running", cold, 3.0),
        Row.of("first answer, daemon running (a new host process)", warm),
        Row.of("one message through the host", relayed),
        Row.of("the same over the socket, without the host", direct),
        Row.of("button pressed → qualities known", clicked),
        Row.of("Download pressed → file in Downloads, 5 s of 720p H.264", marked),
        Row.of("the next clip of the same video", second),
    ]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _hello(talk: BlockingClient) -> None:
    with talk:
        talk.hello("extension")


def _resolve(talk: BlockingClient) -> None:
    talk.ask("resolve", ResolveParams(url=f"{WATCH}AAAAAAAAAA1"), VideoInfo)


def _take(talk: BlockingClient, start_s: float) -> None:
    wanted = ClipCreateParams(url=f"{WATCH}AAAAAAAAAA1", start_time=start_s, end_time=start_s + 5)
    job = talk.ask("clip.create", wanted, Job)
    assert wait_final(talk, job.file_id).state is JobState.DONE


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows = measure(chosen.runs)
    print("| what | median | worst | must reach |\n|---|---|---|---|")
    for row in rows:
        goal = f"≤ {row.must_reach_s:g} s" if row.must_reach_s else ""
        print(f"| {row.what} | {row.median_s * 1000:.1f} ms | {row.worst_s * 1000:.1f} ms | {goal} |")
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    return int(any(row.must_reach_s and row.median_s > row.must_reach_s for row in rows))


if __name__ == "__main__":
    sys.exit(main())
