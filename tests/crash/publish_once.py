"""One finished clip is given its place, by the daemon's own code and nothing else: run in a process of its own, so that the
sweep can kill it, or refuse it a system call, at every single step.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from clipferry.clip.errors import DiskFull, FolderMissing, FolderNotWritable
from clipferry.clip.extract.video_links import video_address
from clipferry.clip.http.network import Network
from clipferry.jobs.job import Job, Staged
from clipferry.jobs.job_run import Dependencies, JobRun, RunPlan
from clipferry.jobs.local_storage import LocalStorage
from clipferry.jobs.recovery import recover
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.staging import Staging
from clipferry.jobs.worker.pool import TaskFailed, Workers, WorkerSpec
from clipferry.protocol.jobs import OutputParams
from clipferry.system.clock import SystemClock

NAME = "A clip [0.01-0.02].mp4"
CONTENT = b"".join(number.to_bytes(4, "big") for number in range(50_000))
JOB_ID = "01m81hhr0b6sgerdwwmh8knpme"
WAITS = 3
"""Exit code: the job waits for the disk or the folder."""
WAITED_FOR = frozenset(kind.code for kind in (DiskFull, FolderMissing, FolderNotWritable))
_URL = "https://video.example/a"


class Desk:
    """The rooms that publishing needs, on the folders of one installation. A context manager."""

    def __init__(self, home: Path, downloads: Path) -> None:
        self.home, self.downloads = home, downloads
        self.staging = Staging(home / "cache")
        self.database = Database(home / "jobs.sqlite3")
        self.store = Store(self.database)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *exc: object) -> None:
        self.database.close()

    async def prepare(self, beside: Path) -> None:
        """A job whose clip is finished and lies in staging, on the file system of ``beside``."""
        folder = self.staging.folder(JOB_ID, beside)
        (folder / "clip.mp4").write_bytes(CONTENT)
        staged = Staged(folder / "clip.mp4", NAME, len(CONTENT), _URL)
        job = Job(id=JOB_ID, url=_URL, output=OutputParams(), created_at=1.0, updated_at=1.0, staged=staged)
        await self.store.create(job, video=video_address(_URL), again=False, answer=lambda first: first)

    async def publish(self) -> None:
        """What the runner does when it comes to the job. Raises ``TaskFailed``."""
        claim = await self.store.claim("test", 2e9)
        if claim is None:
            return
        worker_spec = WorkerSpec(Network(), self.home / "resolved")
        plan = RunPlan(self.downloads, worker_spec, "{title}", None, None, fresh=False)
        means = Dependencies(
            self.store, Workers("none"), self.staging, LocalStorage(), SystemClock(), lambda job, progress: None
        )
        await JobRun(claim, plan, means).run()
        self.staging.remove(JOB_ID, self.downloads)

    async def recover(self) -> None:
        """What a daemon does at start, and then with the job."""
        await recover(self.store, LocalStorage(), self.staging, self.downloads, 3.0)
        await self.publish()


def main() -> None:
    """For every line ``HOME<tab>DOWNLOADS``: fork a child that waits to be traced (SIGSTOP) and then publishes; tell its pid, and
    when it is gone its exit code (``WAITS``; negative: the signal). Forking spares every one of hundreds of children the imports."""
    for line in sys.stdin:
        home, downloads = line.rstrip("\n").split("\t")
        pid = os.fork()
        if pid == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            with Desk(Path(home), Path(downloads)) as desk:
                try:
                    asyncio.run(desk.publish())
                except TaskFailed as failed:
                    os._exit(WAITS if failed.failure.code in WAITED_FOR else 1)
            os._exit(0)
        os.waitpid(pid, os.WUNTRACED)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
