"""A warm worker, as the daemon keeps one: imports done, the video resolved when the panel opened.

Run as a program it reads one JSON request a line and answers with what the clip took inside; ``Warm`` is its other end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from bench.measure import Cost, traffic
from origin import LocalInternet


class Warm:
    """Starts the worker and waits until it is warm. A context manager."""

    def __init__(self, site: LocalInternet, env: Mapping[str, str]) -> None:
        self._site = site
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.warm"],
            env={**env, "PYTHONPATH": str(Path(__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def __enter__(self) -> Warm:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def clip(self, url: str, start_s: float | None, end_s: float | None, **output: object) -> Cost:
        """One clip of a video that is resolved already."""
        self._ask({"do": "resolve", "url": url})
        self._site.clear_log()
        began = time.perf_counter()
        said = self._ask({"do": "clip", "url": url, "start_s": start_s, "end_s": end_s, "output": output})
        wall = time.perf_counter() - began
        return Cost(
            wall, float(said["cpu_s"]), float(said["peak_rss_mb"]), *traffic(self._site), json.dumps(said["proof"])
        )

    def _ask(self, request: dict[str, object]) -> dict[str, float]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the worker has gone")
        return dict(json.loads(line))


def serve() -> None:
    """The worker's side."""
    import resource  # noqa: PLC0415 - a system that has none still reads the rest of this file
    from dataclasses import asdict  # noqa: PLC0415

    from clipferry.clip.engine import make_clip, warm_up  # noqa: PLC0415
    from clipferry.clip.model import ClipRequest, Output, OutputKind  # noqa: PLC0415
    from clipferry.clip.network import Network, guard_connections  # noqa: PLC0415
    from clipferry.clip.resolve import ResolveCache, resolve  # noqa: PLC0415

    network = Network.from_environment(os.environ)
    guard_connections(network)
    warm_up()
    print("{}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        cache = ResolveCache(Path(folder) / "videos")
        for number, line in enumerate(sys.stdin):
            asked = json.loads(line)
            if asked["do"] == "resolve":
                resolve(asked["url"], network=network, cache=cache)
                print("{}", flush=True)
                continue
            wish = asked["output"]
            output = Output(
                OutputKind(wish.get("kind", "mp4")), codec=wish.get("codec"), max_height=wish.get("max_height")
            )
            before = time.process_time()
            made = make_clip(
                ClipRequest(asked["url"], asked["start_s"], asked["end_s"], output),
                staging_dir=Path(folder) / f"clip-{number}",
                network=network,
                cache=cache,
            )
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            cpu_s = time.process_time() - before
            print(json.dumps({"cpu_s": cpu_s, "peak_rss_mb": peak, "proof": asdict(made.proof)}), flush=True)
            made.path.unlink()


if __name__ == "__main__":
    serve()
