"""A real daemon for a test, in a home of its own, and what it has done to the disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from clipferry_host import rendezvous, start

from .client import HttpClient, Json, SocketClient, daemon_environment, facts

STOPS_WITHIN_S = 20.0


@dataclass(frozen=True)
class Traces:
    """What a request may leave behind: jobs in the history, files anywhere below the daemon's folders."""

    jobs: frozenset[str]
    files: frozenset[str]


@dataclass
class RunningDaemon:
    """``root`` holds everything: ``home`` the daemon's own folders, ``downloads`` the person's."""

    root: Path
    more_env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home, self.downloads = self.root / "h", self.root / "Downloads"
        self.downloads.mkdir(parents=True, exist_ok=True)
        self.env = daemon_environment(self.home, self.downloads, **self.more_env)

    @property
    def socket_path(self) -> Path:
        return rendezvous.socket_path(self.env)

    @property
    def facts(self) -> Json:
        return facts(self.env)

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.facts["pid"])

    async def start(self) -> None:
        """As the native host does it; returns when the daemon answers."""
        (await asyncio.to_thread(start.connect, self.env)).close()
        async with self.talk() as client:
            await client.hello()

    @contextlib.asynccontextmanager
    async def talk(self, origin: str | None = None) -> AsyncIterator[SocketClient]:
        async with await SocketClient.connect(self.socket_path, origin=origin) as client:
            yield client

    def http(self, token: str | None = None) -> contextlib.AbstractAsyncContextManager[HttpClient]:
        told = self.facts
        return HttpClient.open(told["port"], told["token"] if token is None else token)

    async def traces(self) -> Traces:
        """Taken before and after an attack, these are equal."""
        async with self.talk() as client:
            jobs = [job["file_id"] for job in (await client.ask("job.list", {"limit": 200}))["jobs"]]
        files = (str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())
        ours = (
            name
            for name in files
            if not name.startswith(("h/log/", "h/run/")) and "-wal" not in name and "-shm" not in name
        )
        return Traces(frozenset(jobs), frozenset(ours))

    async def stop(self) -> None:
        """Kindly at first; nothing of this daemon is left afterwards."""
        try:
            process = self.process
        except (OSError, psutil.NoSuchProcess):
            return
        tree = [process, *process.children(recursive=True)]
        process.terminate()
        _, alive = await asyncio.to_thread(psutil.wait_procs, tree, STOPS_WITHIN_S)
        for left in alive:
            left.kill()
        assert not alive, f"still there after {STOPS_WITHIN_S} s: {alive}"
