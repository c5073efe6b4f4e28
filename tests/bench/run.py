"""The benchmark: clips by clipferry and by yt-dlp, side by side on the local internet (50 ms latency, 100 Mbit/s, throttled as
YouTube throttles), ratios of medians from one run.

    python tests/bench/run.py [--runs 5] [--only h264 vp9 …] [--json FILE]

The first run makes its media (some minutes of encoding, kept in tests/.media). Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import clipferry
from bench import figures as f
from bench.figures import Figure, table
from bench.measure import Cost, median
from bench.peers import BEST_TUNED, Bench, current_ffmpeg
from bench.warm import Warm
from bench.works import (
    END_S,
    FULL_HD,
    PACKAGINGS,
    START_S,
    TEN_MINUTES,
    THREE_MINUTES,
    TWO_HOURS,
    Work,
    least_bytes,
    media_of,
    packaged,
    prepare,
    watch,
)
from origin import LocalInternet

FORCE = "--force-keyframes-at-cuts"
PARTS = (*PACKAGINGS, "whole", "long", "second", "memory")
WARM_OUTPUT: dict[str, dict[str, object]] = {
    "h264": {"codec": "h264"},
    "vp9": {"kind": "webm", "codec": "vp9"},
    "av1": {"codec": "av1"},
}


class Report:
    """Collects figures and the raw costs behind them, and says each as it comes."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.costs: dict[str, dict[str, object]] = {}

    def cost(self, name: str, runs: Sequence[Cost]) -> Cost:
        middle = median(runs)
        self.costs[name] = {**middle.plain(), "walls_s": [round(cost.wall_s, 3) for cost in runs]}
        print(
            f"  {name:44} {middle.wall_s:7.2f} s  cpu {middle.cpu_s:6.2f} s  {middle.peak_rss_mb:6.0f} MB  "
            f"{middle.media_bytes / 1e6:8.3f} MB in {middle.media_requests} requests",
            flush=True,
        )
        return middle

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)

    def ratio(
        self, what: str, ours: Cost, theirs: Cost, limit: float, read: Callable[[Cost], float] | None = None
    ) -> None:
        read = read or (lambda cost: cost.wall_s)
        unit = f"{read(ours):.2f} against {read(theirs):.2f}"
        self.add(Figure(what, read(ours) / read(theirs), limit, unit))


def clips(bench: Bench, report: Report, work: Work, runs: int) -> None:
    """20 s at arbitrary marks, by every program in turn."""
    name = work.name
    with ExitStack() as stack:
        kinds: dict[str, Callable[[], Cost]] = {
            "clipferry": lambda: bench.ours(work, START_S, END_S),
            "inexact": lambda: bench.ytdlp(work, START_S, END_S),
        }
        if name in f.FORCE:
            worker = stack.enter_context(Warm(bench.site, bench.env))
            tuned = (FORCE, *BEST_TUNED)
            kinds["clipferry, warm"] = lambda: worker.clip(work.url, START_S, END_S, **WARM_OUTPUT[name])
            kinds["exact"] = lambda: bench.ytdlp(work, START_S, END_S, FORCE)
            kinds["exact, tuned"] = lambda: bench.ytdlp(work, START_S, END_S, *tuned, ffmpeg=current_ffmpeg())
        taken: dict[str, list[Cost]] = {kind: [] for kind in kinds}
        for _ in range(runs):  # in turn, so that a slow moment of the machine meets all alike
            for kind, take in kinds.items():
                taken[kind].append(take())
    costs = {kind: report.cost(f"{name} {kind}", several) for kind, several in taken.items()}
    ours = costs["clipferry"]
    if name in f.FORCE:
        report.ratio(f"{name}: wall, against yt-dlp exact", ours, costs["exact"], f.FORCE[name])
        report.ratio(f"{name}: CPU, against yt-dlp exact", ours, costs["exact"], f.FORCE_CPU, lambda c: c.cpu_s)
        report.ratio(f"{name}: wall, against the best-tuned exact", ours, costs["exact, tuned"], f.TUNED[name])
        warm = costs["clipferry, warm"]
        report.ratio(f"{name}: wall from a warm worker, against yt-dlp exact", warm, costs["exact"], f.FORCE_WARM[name])
        told = f"{warm.proof_s:.3f} s of {warm.wall_s:.2f}"
        report.add(Figure(f"{name}: the proof's part of a warm clip's wall", warm.proof_s / warm.wall_s, f.PROOF, told))
        report.add(Figure(f"{name}: peak memory of a worker at 720p, MB", warm.peak_rss_mb, f.RSS_720P_MB))
        report.add(Figure(f"{name}: media requests", ours.media_requests, f.REQUESTS))
        _proof(report, name, ours)
    report.ratio(f"{name}: wall, against yt-dlp inexact", ours, costs["inexact"], f.INEXACT[name])
    least = least_bytes(work, START_S, END_S)
    limit = f.BYTES if least * 8 / (END_S - START_S) >= 1e6 else f.BYTES_BELOW_1_MBIT
    told = f"{ours.media_bytes / 1e6:.3f} against {least / 1e6:.3f} MB ({work.least})"
    report.add(Figure(f"{name}: bytes, against the least possible", ours.media_bytes / least, limit, told))


def _proof(report: Report, name: str, ours: Cost) -> None:
    proof = json.loads(ours.output)["proof"]
    report.add(
        Figure(f"{name}: frames copied bit for bit", proof["copied_frames"] / proof["frames"], f.COPIED, at_most=False)
    )


def whole(bench: Bench, report: Report, full: Work, runs: int) -> None:
    """The whole video, which must cost no more than yt-dlp's, and no more memory than a short one."""
    files = (media_of(THREE_MINUTES, 136), media_of(THREE_MINUTES, 140))
    short = Work("short", watch(THREE_MINUTES), full.ours, full.theirs, "mp4", files)
    ours, theirs, brief = [], [], []
    for _ in range(runs):
        ours.append(bench.ours(full, None, None))
        theirs.append(bench.ytdlp(full, None, None))
        brief.append(bench.ours(short, None, None))
    mine, other = report.cost("whole clipferry", ours), report.cost("whole yt-dlp", theirs)
    report.ratio("whole video: wall, against yt-dlp", mine, other, f.WHOLE)
    report.ratio("whole video: bytes, against yt-dlp", mine, other, 1.001, lambda c: c.media_bytes / 1e6)
    small = report.cost("whole clipferry, 3 min", brief)
    report.ratio("whole video: peak memory, 10 min against 3 min", mine, small, f.LONG, lambda c: c.peak_rss_mb)


def long(bench: Bench, report: Report, runs: int) -> None:
    """A clip deep in two hours against one of three minutes."""
    options, theirs = ("--codec", "h264", "--height", "360"), ("-f", "134+140")
    far, near = (
        Work(name, watch(video), options, theirs, "mp4", (media_of(video, 134), media_of(video, 140)))
        for name, video in (("2 h", TWO_HOURS), ("3 min", THREE_MINUTES))
    )
    deep, shallow = [], []
    for _ in range(runs):
        deep.append(bench.ours(far, 7143.457, 7163.457))
        shallow.append(bench.ours(near, 103.457, 123.457))
    a, b = report.cost("20 s at 1:59 of 2 h", deep), report.cost("20 s of 3 min", shallow)
    report.ratio("20 s deep in 2 h: wall, against 20 s of 3 min", a, b, f.LONG)
    report.ratio("20 s deep in 2 h: peak memory, against 20 s of 3 min", a, b, f.LONG, lambda c: c.peak_rss_mb)


def second(bench: Bench, report: Report, full: Work) -> None:
    """A second clip of a video that is resolved asks the site for no page."""
    with Warm(bench.site, bench.env) as worker:
        worker.clip(full.url, START_S, END_S, **WARM_OUTPUT["h264"])
        report.cost("second clip", [worker.clip(full.url, START_S + 60, END_S + 60, **WARM_OUTPUT["h264"])])
        asked = bench.site.counters("www.youtube.com").requests  # the cover picture is asked of another host
    report.add(Figure("second clip: requests for pages and players", asked, 0))


def memory(bench: Bench, report: Report) -> None:
    """The largest resident set of a worker, each job in a worker of its own: a clip, a long clip, a whole video."""
    jobs: tuple[tuple[str, str, int, float | None, float | None], ...] = (
        ("20 s of 720p", TEN_MINUTES, 720, START_S, END_S),
        ("4 min of 720p", TEN_MINUTES, 720, START_S, START_S + 240),
        ("10 min of 720p, whole", TEN_MINUTES, 720, None, None),
        ("20 s of 1080p", FULL_HD, 1080, 103.457, 123.457),
        ("2 min of 1080p", FULL_HD, 1080, 33.457, 153.457),
        ("3 min of 1080p, whole", FULL_HD, 1080, None, None),
    )
    for name, video, height, start_s, end_s in jobs:
        with Warm(bench.site, bench.env) as worker:
            cost = report.cost(
                f"worker, {name}", [worker.clip(watch(video), start_s, end_s, codec="h264", max_height=height)]
            )
        limit = f.RSS_720P_MB if height == 720 else f.RSS_1080P_MB
        report.add(Figure(f"peak memory of a worker, MB: {name}", cost.peak_rss_mb, limit))


def as_installed() -> None:
    """Compile clipferry, as pip compiles what it installs (yt-dlp here, too). In a work tree the first import would, unless the
    environment forbids it, as that of the tests does: then every start would compile 14,000 lines."""
    compileall.compile_dir(Path(clipferry.__file__).parent, quiet=1)


def measure(site: LocalInternet, folder: Path, runs: int, only: Sequence[str]) -> Report:
    as_installed()
    report = Report()
    bench = Bench(site, folder, {**os.environ, **site.env()})
    site.shape(latency_s=0.05, link_bps=12_500_000, throttle=True)
    for video in _videos(only):
        prepare(video)
    for name in PACKAGINGS:
        if name in only:
            clips(bench, report, packaged(name, site, folder), runs)
    if "whole" in only:
        whole(bench, report, packaged("h264", site, folder), runs)
    if "long" in only:
        long(bench, report, runs)
    if "second" in only:
        second(bench, report, packaged("h264", site, folder))
    if "memory" in only:
        memory(bench, report)
    return report


def _videos(only: Sequence[str]) -> Iterator[str]:
    if {"h264", "vp9", "av1", "whole", "second", "memory"} & set(only):
        yield TEN_MINUTES
    if {"whole", "long"} & set(only):
        yield THREE_MINUTES
    if "long" in only:
        yield TWO_HOURS
    if "memory" in only:
        yield FULL_HD


def main() -> None:
    parser = argparse.ArgumentParser(description="clipferry and yt-dlp, side by side on the local internet.")
    parser.add_argument("--runs", type=int, default=5, help="of each program; the median counts")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path, help="write figures and raw costs there")
    asked = parser.parse_args()
    with LocalInternet() as site, tempfile.TemporaryDirectory(prefix="clipferry-bench-") as folder:
        report = measure(site, Path(folder), asked.runs, asked.only)
    print("\n" + table(report.figures))
    if asked.json is not None:
        data = {"runs": asked.runs, "figures": [one.plain() for one in report.figures], "costs": report.costs}
        asked.json.write_text(json.dumps(data, indent=1) + "\n")
    missed = [one.what for one in report.figures if not one.reached]
    print(f"\n{len(report.figures) - len(missed)} of {len(report.figures)} figures reached.")


if __name__ == "__main__":
    main()
