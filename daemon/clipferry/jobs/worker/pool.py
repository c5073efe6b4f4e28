"""The daemon's side of its worker processes: started ahead of need, one task each, watched, and killed as a whole tree.

This file is over 300 lines because a worker's start, task and end share its state.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from clipferry_host.frames import BadFrame, read_body_async, read_size_async

from ...clip.errors import ClipError
from ...clip.http.network import Network
from ...clip.model import Progress, Stage
from ...system.memory_limit import MAX_RSS_BYTES
from ...system.process import MARK, bind, descendants, kill_group, own_group, tree_rss
from ..errors import TooMuchMemory, WorkerCrashed, WorkerHung
from ..failure import Failure
from .messages import (
    MAX_BYTES,
    RESULTS,
    EndRecording,
    FromWorker,
    JobSpec,
    Ready,
    Report,
    Result,
    Start,
    Task,
    ToWorker,
    decode_from_worker,
    encode,
)

log = logging.getLogger(__name__)

STANDSTILL_S = 90.0
"""Without any progress for so long a task counts as hung. Above every time-out of the pipeline (docs/RELIABILITY.md)."""
FINISH_STANDSTILL_S = 30.0
"""The same for a recording that was requested to end: all that it needs has been downloaded."""
_ENDING = (Stage.PROVING, Stage.PUBLISHING)
START_S = 60.0
IDLE_S = 120.0
"""A worker that was warmed and not used goes again, so that an idle daemon is small."""
MAX_TASKS = 25
"""A worker is replaced after so many tasks: what a library leaks does not add up."""
WATCH_EVERY_S = 1.0

R = TypeVar("R")
OnReport = Callable[[Report], Awaitable[None]]


async def ignore(_: Report) -> None:
    """Take a report of a task whose progress nobody follows."""


class TaskFailed(Exception):
    """The worker said why it could not, or died of it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What a worker is started with: the network that it may reach, and its yt-dlp, are fixed for its life."""

    network: Network
    cache_dir: Path
    ytdlp_folder: Path | None = None
    """The folder of the yt-dlp that it imports; ``None``: the one that was installed with clipferry."""


class Worker:
    """One child process. ``start`` makes it; ``run`` one task at a time; ``kill`` ends it and all it started."""

    def __init__(self, worker_spec: WorkerSpec, process: asyncio.subprocess.Process) -> None:
        self.worker_spec = worker_spec
        self.tasks_done = 0
        self._process = process
        self._tail: deque[str] = deque(maxlen=40)
        self._stderr = asyncio.create_task(self._keep_tail())
        self._ready = asyncio.create_task(self._greet())
        # a death is noticed at the next use
        self._ready.add_done_callback(lambda task: task.cancelled() or task.exception())

    @classmethod
    async def start(cls, worker_spec: WorkerSpec, mark: str) -> Worker:
        """Start a worker; it gets ready by itself while the caller goes on."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "clipferry.jobs.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
            env={**os.environ, MARK: mark, "CLIPFERRY_DAEMON_PID": str(os.getpid()), "YTDLP_NO_PLUGINS": "1"},
            **own_group(),
        )
        bind(process.pid)
        return cls(worker_spec, process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def alone(self) -> bool:
        """Whether it lives and has left nothing running beside it."""
        return self.alive and not descendants(self.pid)

    async def run(
        self,
        task: Task[R],
        on_report: OnReport = ignore,
        *,
        standstill_s: float = STANDSTILL_S,
        finish: asyncio.Event | None = None,
    ) -> R:
        """Run ``task`` and return its result. Once ``finish`` is set the worker is requested to end its recording; what it does
        then takes seconds, so that it counts as hung sooner.

        Raises:
            TaskFailed: with the failure of the pipeline, or ``WorkerCrashed``, ``WorkerHung``, ``TooMuchMemory``; after those
                three the worker is dead.
        """
        watch = asyncio.create_task(self._watch_memory())
        finish = finish or asyncio.Event()
        finishing: asyncio.Task[None] | None = None
        try:
            await asyncio.shield(self._ready)
            self._write(cast("ToWorker", task))
            if isinstance(task, JobSpec):
                finishing = asyncio.create_task(self._request_finish(task.job_id, finish))
            ending = False
            while True:
                message = await self._next(standstill_s, finish, ending=ending)
                if not isinstance(message, Report):
                    self.tasks_done += 1
                    return _result(message, task)
                ending = isinstance(message, Progress) and message.stage in _ENDING
                await on_report(message)
        except TimeoutError:
            await self.kill()
            raise self._failed(WorkerHung) from None
        except (BadFrame, ConnectionError):
            await self.kill()
            raise self._failed(TooMuchMemory if watch.done() else WorkerCrashed) from None
        except BaseException as error:
            if not isinstance(error, TaskFailed):
                await self.kill()
            raise
        finally:
            watch.cancel()
            if finishing is not None:
                finishing.cancel()

    async def _request_finish(self, job_id: str, finish: asyncio.Event) -> None:
        await finish.wait()
        self._write(EndRecording(job_id))

    async def _next(self, standstill_s: float, finish: asyncio.Event, *, ending: bool) -> FromWorker:
        """Return the worker's next message. Raises ``TimeoutError`` where none comes in time: sooner where it was requested to finish and is
        not yet ``ending``, because verifying a large file and writing it to the disk takes its time."""
        reading = asyncio.ensure_future(self._read())
        requested = asyncio.ensure_future(finish.wait())
        try:
            if not finish.is_set():
                await asyncio.wait((reading, requested), timeout=standstill_s, return_when=asyncio.FIRST_COMPLETED)
            if finish.is_set():
                timeout_s = standstill_s if ending else min(standstill_s, FINISH_STANDSTILL_S)
                await asyncio.wait((reading,), timeout=timeout_s)
            if not reading.done():
                raise TimeoutError
            return reading.result()
        finally:
            reading.cancel()
            requested.cancel()

    async def kill(self) -> None:
        """End the process and everything that it started; returns when it is gone."""
        if self.alive:
            kill_group(self._process.pid)
        for task in (self._ready, self._stderr):
            task.cancel()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _greet(self) -> None:
        spec = self.worker_spec
        self._write(Start(spec.network, spec.cache_dir, spec.cache_dir.with_name("speed"), spec.ytdlp_folder))
        message = await asyncio.wait_for(self._read(), START_S)
        if not isinstance(message, Ready):
            raise BadFrame(f"{type(message).__name__} before the worker is ready")

    def _write(self, message: ToWorker) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(encode(message))

    async def _read(self) -> FromWorker:
        """Return the next message. Raises ``BadFrame``, also at the end of the stream, or ``ConnectionError``."""
        assert self._process.stdout is not None
        size = await read_size_async(self._process.stdout, MAX_BYTES)
        if size is None:
            raise BadFrame("the worker closed its end")
        return decode_from_worker(await read_body_async(self._process.stdout, size))

    async def _keep_tail(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(ValueError):  # A line beyond the limit: not worth keeping.
            async for line in self._process.stderr:
                text = line.decode(errors="replace").rstrip()
                self._tail.append(text)
                log.debug("worker %d: %s", self.pid, text)

    async def _watch_memory(self) -> None:
        """Ends, with the tree killed, when it has grown beyond what one clip can need."""
        while await asyncio.to_thread(tree_rss, self.pid) <= MAX_RSS_BYTES:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(WATCH_EVERY_S)
        log.warning("worker %d grew beyond %d bytes and was ended", self.pid, MAX_RSS_BYTES)
        kill_group(self.pid)

    def _failed(self, kind: type[ClipError]) -> TaskFailed:
        tail = "\n".join(self._tail)
        log.error("worker %d ended with %s (%s)\n%s", self.pid, self._process.returncode, kind.code, tail)
        return TaskFailed(Failure.of(kind(detail=f"exit {self._process.returncode}: {tail[-2000:]}")))


def _result(message: Result | Failure, task: Task[R]) -> R:
    if isinstance(message, Failure):
        raise TaskFailed(message)
    if not isinstance(message, RESULTS[type(task)]):
        raise BadFrame(f"{type(message).__name__} is no answer to {type(task).__name__}")
    return cast("R", message)


class Workers:
    """All workers: at most one idle one is kept warm."""

    def __init__(self, mark: str, *, standstill_s: float = STANDSTILL_S) -> None:
        self._mark = mark
        self._standstill_s = standstill_s
        self._idle: Worker | None = None
        self._busy: set[Worker] = set()
        self._warming = asyncio.Lock()
        self._retire: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def warm(self, worker_spec: WorkerSpec) -> None:
        """Ensure that a worker for ``worker_spec`` is there, or starting, for the next task."""
        async with self._warming:
            if self._idle is not None and (not self._idle.alive or self._idle.worker_spec != worker_spec):
                self._end(self._idle)
                self._idle = None
            if self._idle is None:
                self._idle = await Worker.start(worker_spec, self._mark)
            self._set_timer()

    async def run(
        self,
        worker_spec: WorkerSpec,
        task: Task[R],
        on_report: OnReport = ignore,
        *,
        keep: bool = True,
        finish: asyncio.Event | None = None,
    ) -> R:
        """Run ``task`` in a worker; cancelling this coroutine kills the worker's whole tree before it returns.

        Args:
            keep: False where the worker has seen what the next task should not (a person's cookies).
            finish: once set, the recording that is the task may end.

        Raises:
            TaskFailed
        """
        worker = await self._take(worker_spec)
        self._busy.add(worker)
        try:
            return await worker.run(task, on_report, standstill_s=self._standstill_s, finish=finish)
        finally:
            self._busy.discard(worker)
            if keep and self._idle is None and worker.tasks_done < MAX_TASKS and worker.alone:
                self._idle = worker
                self._set_timer()
            elif worker.alive:
                self._end(worker)

    def ytdlp_folders(self) -> set[Path]:
        """The yt-dlp folders that some worker is reading from."""
        everyone = [*self._busy, *([self._idle] if self._idle else [])]
        return {worker.worker_spec.ytdlp_folder for worker in everyone if worker.worker_spec.ytdlp_folder}

    async def close(self) -> None:
        """Kill all, and wait until they are gone."""
        if self._retire is not None:
            self._retire.cancel()
        everyone = [*self._busy, *([self._idle] if self._idle else [])]
        self._idle = None
        await asyncio.gather(*(worker.kill() for worker in everyone), *self._closing)

    async def _take(self, worker_spec: WorkerSpec) -> Worker:
        async with self._warming:
            if self._idle is not None and self._idle.alive and self._idle.worker_spec == worker_spec:
                worker, self._idle = self._idle, None
                return worker
            if (
                self._idle is not None and self._idle.worker_spec.ytdlp_folder != worker_spec.ytdlp_folder
            ):  # that version is no longer used
                self._end(self._idle)
                self._idle = None
            return await Worker.start(worker_spec, self._mark)

    def _set_timer(self) -> None:
        if self._retire is not None:
            self._retire.cancel()
        self._retire = asyncio.get_running_loop().call_later(IDLE_S, self._drop_idle)

    def _drop_idle(self) -> None:
        if self._idle is not None:
            self._end(self._idle)
            self._idle = None

    def _end(self, worker: Worker) -> None:
        task = asyncio.create_task(worker.kill())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
