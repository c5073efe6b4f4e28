"""An isolated user account: a home folder, Downloads, a proxy to the local internet."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from clipferry.client.blocking_client import BlockingClient, over_socket, stop_daemon
from clipferry.protocol.jobs import ClipCreateParams, Job, JobListParams, JobPage, JobState
from clipferry.setup.install import SetUp, set_up
from clipferry.setup.machine import Machine
from origin import LocalInternet

FINAL = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
_FROM_OUTSIDE = ("PATH", "LANG", "LC_ALL", "DISPLAY")


class Desk:
    """Everything below one short folder (a socket's path may have 107 bytes); the daemon is stopped at the end."""

    def __init__(self, internet: LocalInternet) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="cf-"))
        self.home = self.root / "home"
        self.downloads = self.home / "Downloads"
        self.downloads.mkdir(parents=True)
        self.env = {name: value for name in _FROM_OUTSIDE if (value := os.environ.get(name)) is not None}
        self.env |= {name: value for name, value in internet.env().items() if value}
        self.env |= {
            "HOME": str(self.home),
            "CLIPFERRY_HOME": str(self.root / "own"),
            "CLIPFERRY_DOWNLOADS": str(self.downloads),
        }
        self.machine = Machine.here(self.env)
        self._pause = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        stop_daemon(self.env)
        if error is not None:
            for log in [*(self.root / "own").rglob("*.log*"), *(self.root / "own").rglob("*.stderr")]:
                print(f"--- {log}\n{log.read_text(errors='replace')[-4000:]}", file=sys.stderr)
        shutil.rmtree(self.root, ignore_errors=True)

    def set_up(self, *profiles: Path) -> SetUp:
        """Run the set-up of `clipferry setup`."""
        return set_up(self.machine, profiles=profiles)

    def clipferry(self, *args: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return subprocess.run(
            [sys.executable, "-m", "clipferry", *args],
            env=self.env,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def person(self) -> BlockingClient:
        """Connect to the daemon, starting it if it does not run."""
        talk = over_socket(self.env)
        talk.hello("script")
        return talk

    def take(self, **wanted: Any) -> Job:
        """Create one clip over the socket and wait for it."""
        with self.person() as talk:
            job = talk.ask("clip.create", ClipCreateParams.model_validate(wanted), Job)
            return wait_final(talk, job.file_id)

    def finished(self, count: int = 1, *, timeout_s: float = 90) -> list[Job]:
        """Wait until ``count`` jobs are final; the oldest first."""
        with self.person() as talk:
            page = talk.ask("job.list", JobListParams(), JobPage)
            final = {job.file_id: job for job in page.jobs if job.state in FINAL}
            for event in talk.events(timeout_s=timeout_s) if len(final) < count else ():
                if event.event == "job" and event.data["state"] in FINAL:
                    job = Job.model_validate(event.data)
                    final[job.file_id] = job
                if len(final) >= count:
                    break
        return [final[file_id] for file_id in sorted(final)]

    def jobs(self) -> list[Job]:
        with self.person() as talk:
            return talk.ask("job.list", JobListParams(), JobPage).jobs

    def clip(self, job: Job) -> Path:
        """The file of a finished job."""
        assert job.state is JobState.DONE, job
        assert job.file_name is not None
        return self.downloads / job.file_name

    def nothing_left(self) -> None:
        """No file in Downloads, hidden or not, and within five seconds no bytes of an attempt in staging."""
        assert [str(path) for path in self.downloads.rglob("*")] == []
        deadline = time.monotonic() + 5
        while staged := self._staged():
            assert time.monotonic() < deadline, staged
            self._pause.wait(0.05)

    def _staged(self) -> list[Path]:
        return [path for path in self.machine.paths.cache_dir.rglob("staging/**/*") if path.is_file()]

    async def rest(self, method: str, path: str, **kwargs: Any) -> tuple[int, Any]:
        """Make one REST call with the daemon's own token; return status and JSON (or bytes)."""
        with self.person():
            facts = json.loads(self.machine.paths.facts.read_text())
        headers = {"Authorization": f"Bearer {facts['token']}", **kwargs.pop("headers", {})}
        url = f"http://127.0.0.1:{facts['port']}{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, **kwargs) as answer,
        ):
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, (await answer.read(), answer.headers)


def wait_final(talk: BlockingClient, file_id: str, *, timeout_s: float = 90) -> Job:
    """Wait for a job that was created on this connection."""
    for event in talk.events(timeout_s=timeout_s):
        if event.event == "job" and event.data["file_id"] == file_id and event.data["state"] in FINAL:
            return Job.model_validate(event.data)
    raise AssertionError("the conversation ended")
