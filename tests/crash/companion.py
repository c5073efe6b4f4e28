"""A real daemon in a home of its own, started, killed and asked from a test that may itself be anything but asynchronous."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from clipferry.system.process import marked

READY_S = 20.0
SLOW_S = 120.0
"""For verbs that fetch something first."""
CHILDREN = {"clipferry.jobs.worker", "clipferry.ytdlp.pip_child"}
Json = dict[str, Any]


class Refused(Exception):
    """The daemon answered with an error; ``code`` is its."""

    def __init__(self, error: Json) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = str(error["code"])


class Line:
    """A connection to the daemon's socket. Events that come between answers are kept."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(READY_S)
        self._socket.connect(str(path))
        self._count = 0
        self._events: list[Json] = []

    def ask(self, method: str, **params: object) -> Any:
        """The result. Raises ``Refused``, or ``EOFError`` when the daemon dies over it."""
        self.begin(method, **params)
        return self.end(timeout_s=SLOW_S if method == "engine.update" else READY_S)

    def begin(self, method: str, **params: object) -> None:
        """Ask, and leave the answer to ``end``."""
        self._count += 1
        body = json.dumps({"id": self._count, "method": method, "params": params}).encode()
        try:
            self._socket.sendall(struct.pack("=I", len(body)) + body)
        except ConnectionError as error:
            raise EOFError from error

    def end(self, *, timeout_s: float = SLOW_S) -> Any:
        """The answer to what was asked last."""
        self._socket.settimeout(timeout_s)
        try:
            while (answer := self._receive()).get("id") != self._count:
                self._events.append(answer)
        except ConnectionError as error:
            raise EOFError from error
        if answer.get("error"):
            raise Refused(answer["error"])
        return answer["result"]

    def events(self, timeout_s: float) -> Iterator[Json]:
        """Events as they come; ends when there is none for ``timeout_s``."""
        self._socket.settimeout(timeout_s)
        try:
            while True:
                yield self._events.pop(0) if self._events else self._receive()
        except TimeoutError:
            return

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> Json:
        (size,) = struct.unpack("=I", self._exactly(4))
        frame: Json = json.loads(self._exactly(size))
        return frame

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data


class Companion:
    """One installation: its folders, and at most one daemon at a time. A context manager that leaves no process behind."""

    def __init__(self, root: Path, env: Mapping[str, str], *, downloads: Path | None = None) -> None:
        self.home = root / "home"
        self.downloads = downloads or root / "Downloads"
        for folder in (self.home, self.downloads):
            folder.mkdir(parents=True, exist_ok=True)
        self.env = {**os.environ, **env, "CLIPFERRY_HOME": str(self.home), "CLIPFERRY_DOWNLOADS": str(self.downloads)}
        self.program = "clipferry.daemon"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for left in self.workers():
            with contextlib.suppress(psutil.Error):
                left.kill()

    @property
    def socket(self) -> Path:
        return self.home / "run" / "daemon.sock"

    @property
    def mark(self) -> str:
        """What this installation's workers carry in their environment."""
        return str(self.home / "run")

    def start(self, *, under: Sequence[str] = (), env: Mapping[str, str] | None = None) -> Self:
        """Start a daemon and wait until it is ready. ``under``: a command that runs it, such as ``strace``."""
        self.begin(under=under, env=env)
        self.wait_ready()
        return self

    def begin(self, *, under: Sequence[str] = (), env: Mapping[str, str] | None = None) -> None:
        """Start a daemon without waiting."""
        self.process = subprocess.Popen(
            [*under, sys.executable, "-m", self.program],
            env={**self.env, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        """Raises ``EOFError`` when the daemon ends before it is ready."""
        assert self.process is not None
        for _ in range(int(READY_S / 0.02)):
            with contextlib.suppress(OSError):  # Nobody there, or the socket of one that was killed.
                self.line().close()
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise EOFError(f"the daemon ended with {self.process.wait(0.02)}")
        raise TimeoutError("the daemon did not get ready")

    def line(self) -> Line:
        return Line(self.socket)

    @contextlib.contextmanager
    def talk(self) -> Iterator[Line]:
        line = self.line()
        try:
            line.ask("hello", client="script", version="test")
            yield line
        finally:
            line.close()

    def ask(self, method: str, **params: object) -> Any:
        with self.talk() as line:
            return line.ask(method, **params)

    def wait_for(self, file_id: str, states: Collection[str], *, timeout_s: float = 60.0) -> Json:
        """The job as soon as it is in one of ``states``; told by events."""
        with self.talk() as line:
            job: Json = line.ask("job.get", file_id=file_id)
            events = line.events(timeout_s)
            while job["state"] not in states:
                event = next(events, None)
                assert event is not None, f"{job['state']} and silent for {timeout_s} s, not {states}: {job}"
                if event.get("event") == "job" and event["data"]["file_id"] == file_id:
                    job = event["data"]
            return job

    def kill(self) -> None:
        """``kill -9`` the daemon (and what runs it), not its children: they have to notice."""
        assert self.process is not None
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for one in family:
            with contextlib.suppress(psutil.Error):
                if not CHILDREN & set(one.cmdline()):
                    one.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(READY_S)

    def workers(self) -> list[psutil.Process]:
        """Every process of this installation other than the daemon."""
        return marked(self.mark)

    def wait_no_workers(self, timeout_s: float) -> list[psutil.Process]:
        """Those that still live after ``timeout_s``."""
        _, alive = psutil.wait_procs(self.workers(), timeout=timeout_s)
        return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]

    def files(self) -> dict[str, int]:
        """Everything below Downloads, hidden or not, with its size."""
        return {
            str(path.relative_to(self.downloads)): path.stat().st_size
            for path in self.downloads.rglob("*")
            if path.is_file()
        }

    def strangers(self) -> list[str]:
        """With the daemon dead: what in Downloads is not the whole clip of a job that is done, or was just being named."""
        with contextlib.closing(sqlite3.connect(self.home / "data" / "jobs.sqlite3")) as database:
            rows = database.execute(
                "SELECT target, size_bytes, json_extract(staged, '$.size_bytes') FROM jobs WHERE target NOT NULL"
            )
            sizes = {Path(target).name: done or staged for target, done, staged in rows}
        return [
            f"{name}: {size} of {sizes.get(name)} bytes"
            for name, size in self.files().items()
            if sizes.get(name) != size
        ]

    def staged(self) -> list[Path]:
        roots = (self.home / "cache" / "staging", self.downloads / ".clipferry")
        return [entry for root in roots if root.is_dir() for entry in root.iterdir()]
