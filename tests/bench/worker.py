"""A warm worker's own side: reads one JSON request a line, answers with what the clip took inside. Imports the engine and
nothing of the tests, so that its memory is a worker's."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from clipferry.clip.deferred_imports import warm_up
from clipferry.clip.extract.resolve import Query, ResolveCache, Resolving, resolve
from clipferry.clip.http.network import Network, guard_connections
from clipferry.clip.memory import give_back
from clipferry.clip.model import ClipRequest, Output, OutputKind, Progress, Stage
from clipferry.clip.pipeline import make_clip
from clipferry.clip.progress import ProgressMeter
from clipferry.clip.run_context import RunContext


def own_peak_mb() -> float:
    """The largest resident set of this process since its ``exec`` (proc(5), ``VmHWM``); ``ru_maxrss`` counts the parent's as well."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def serve() -> None:
    network = Network.from_environment(os.environ)
    guard_connections(network)
    warm_up()
    print("{}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        cache = ResolveCache(Path(folder) / "videos")
        for number, line in enumerate(sys.stdin):
            asked = json.loads(line)
            if asked["do"] == "resolve":
                resolve(Query(asked["url"], network), Resolving(cache))
                print("{}", flush=True)
                continue
            wish = asked["output"]
            output = Output(
                OutputKind(wish.get("kind", "mp4")), codec=wish.get("codec"), max_height=wish.get("max_height")
            )
            began: dict[Stage, float] = {}

            def note(progress: Progress, began: dict[Stage, float] = began) -> None:
                began.setdefault(progress.stage, time.perf_counter())

            before = time.process_time()
            made = make_clip(
                ClipRequest(asked["url"], asked["start_s"], asked["end_s"], output),
                staging_dir=Path(folder) / f"clip-{number}",
                network=network,
                run=RunContext(ProgressMeter(note)),
                resolving=Resolving(cache),
            )
            cpu_s = time.process_time() - before
            peak = own_peak_mb()
            proof_s = began[Stage.PUBLISHING] - began[Stage.PROVING]
            print(json.dumps({"cpu_s": cpu_s, "peak_rss_mb": peak, "proof_s": proof_s}), flush=True)
            made.path.unlink()
            give_back()


serve()
