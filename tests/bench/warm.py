"""A warm worker (``bench.worker``), as the daemon keeps one: imports done, the video resolved when the panel opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
            [sys.executable, "-m", "bench.worker"],
            env={**env, "PYTHONPATH": os.pathsep.join((str(Path(__file__).parents[1]), env.get("PYTHONPATH", "")))},
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
            wall, float(said["cpu_s"]), float(said["peak_rss_mb"]), *traffic(self._site), proof_s=float(said["proof_s"])
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
