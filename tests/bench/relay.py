"""What the native host costs: the first answer with no daemon running, and a round trip through it beside one without it.

python tests/bench/relay.py [--rounds 1000] [--starts 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from api.client import FrameClient, HostClient
from api.running import RunningDaemon


async def first_answer_s() -> float:
    """From starting the host to its first answer; the daemon is started in between."""
    with tempfile.TemporaryDirectory() as folder:
        running = RunningDaemon(Path(folder))
        begun = time.perf_counter()
        async with await HostClient.start(running.env) as host:
            await host.hello()
            taken = time.perf_counter() - begun
        await running.stop()
        return taken


async def round_trips_ms(client: FrameClient, rounds: int) -> list[float]:
    await client.hello()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await client.ask("settings.get")
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


async def measure(rounds: int, starts: int) -> dict[str, float]:
    cold = [await first_answer_s() for _ in range(starts)]
    with tempfile.TemporaryDirectory() as folder:
        running = RunningDaemon(Path(folder))
        await running.start()
        begun = time.perf_counter()
        async with await HostClient.start(running.env) as host, running.talk() as direct:
            await host.hello()
            warm_s = time.perf_counter() - begun
            through, beside = await round_trips_ms(host, rounds), await round_trips_ms(direct, rounds)
        await running.stop()
    return {
        "first answer, no daemon running, median s": statistics.median(cold),
        "first answer, no daemon running, worst s": max(cold),
        "first answer, daemon running, s": warm_s,
        "round trip through the host, median ms": statistics.median(through),
        "round trip through the host, 95th percentile ms": statistics.quantiles(through, n=20)[-1],
        "round trip on the socket, median ms": statistics.median(beside),
        "the relay's share, median ms": statistics.median(through) - statistics.median(beside),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures = asyncio.run(measure(asked.rounds, asked.starts))
    for name, value in figures.items():
        print(f"{name:<52} {value:8.3f}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
