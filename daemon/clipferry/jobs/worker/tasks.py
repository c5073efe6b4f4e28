"""Run tasks in a worker: they come as messages on standard input and are answered on standard output.

yt-dlp and PyAV live here and only here: importing them takes long, extraction blocks, media code can crash, and only a process
can be stopped at any point. A worker is started ahead of need, does one task at a time, and never outlives its daemon.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from typing import IO

from clipferry_host.frames import HEAD_BYTES, BadFrame, read_frame

from ...clip import deferred_imports, pipeline
from ...clip.errors import ClipError
from ...clip.extract import ytdlp_adapter
from ...clip.extract.resolve import Query, ResolveCache, Resolving, resolve
from ...clip.format_selection import with_link_range
from ...clip.http.network import guard_connections
from ...clip.http.rate_limit import share
from ...clip.memory import give_back
from ...clip.model import Ended, Progress, Video
from ...clip.progress import ProgressMeter
from ...clip.recording import Recording
from ...clip.run_context import RunContext
from ...clip.video_choices import VideoChoices, video_choices
from ...system.parent import die_with_all_children, end_own_group
from ...system.process import no_core_file
from ..errors import TooMuchMemory, ran_out_of_memory
from ..failure import Failure
from .messages import (
    MAX_BYTES,
    ClipMade,
    EndRecording,
    FromWorker,
    InspectYtdlp,
    JobSpec,
    Ready,
    ResolveSpec,
    Result,
    Start,
    ToWorker,
    VideoResolved,
    Waiting,
    YtdlpReport,
    decode_to_worker,
    encode,
)
from .shared_rate_limit import SharedQuota

_PROGRESS_EVERY_S = 0.1


class _Channel:
    """Frames to the daemon. Standard output itself is ours no more: output of libraries goes to standard error."""

    def __init__(self) -> None:
        self._out: IO[bytes] = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, message: FromWorker) -> None:
        frame = encode(message)
        with self._lock:
            try:
                self._out.write(frame)
                self._out.flush()
            except OSError:
                end_own_group()


class _Reporter:
    """Sends progress only where there is some: the daemon takes silence for a standstill."""

    def __init__(self, channel: _Channel) -> None:
        self._channel = channel
        self._last: tuple[object, ...] = ()
        self._last_state: object = None
        self._sent_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        """Called from any thread, often."""
        with self._lock:
            self._tell(progress)

    def _tell(self, progress: Progress) -> None:
        reached = (progress.stage, progress.step, progress.fraction, progress.done_bytes, progress.recorded_bytes)
        now = time.monotonic()
        state = (progress.stage, progress.step)
        if reached == self._last or (state == self._last_state and now - self._sent_at < _PROGRESS_EVERY_S):
            return
        self._last, self._last_state, self._sent_at = reached, state, now
        self._channel.send(progress)


class _Recordings:
    """The recording of the current task, which a later message may end."""

    def __init__(self, channel: _Channel) -> None:
        self._channel = channel
        self._current: tuple[str, Recording] | None = None

    def expect(self, spec: JobSpec) -> None:
        """Prepare the recording of the clip that is made next."""
        recording = Recording(spec.limits, on_alive=lambda: self._channel.send(Waiting()))
        if spec.finishing:
            recording.stop(Ended.ASKED)
        self._current = spec.job_id, recording

    def finish(self, job_id: str) -> None:
        """End it, if it is still that one."""
        if self._current is not None and self._current[0] == job_id:
            self._current[1].stop(Ended.ASKED)

    def of(self, spec: JobSpec) -> Recording:
        assert self._current is not None
        assert self._current[0] == spec.job_id
        return self._current[1]


class _Tasks:
    """What a worker can do, one method for each kind of task."""

    def __init__(self, channel: _Channel, start: Start, recordings: _Recordings) -> None:
        self._channel = channel
        self._start = start
        self._recordings = recordings

    def run(self, task: ToWorker) -> Result:
        match task:
            case JobSpec():
                return self.clip(task)
            case ResolveSpec():
                return self.resolve(task)
            case InspectYtdlp():
                about = ytdlp_adapter.about()
                return YtdlpReport(str(about["version"]), about["ejs"], about["javascript"])
            case _:
                raise BadFrame(f"{type(task).__name__} is no task")

    def resolve(self, spec: ResolveSpec) -> VideoChoices:
        query = Query(spec.url, self._start.network, spec.item, spec.cookie_file)
        return video_choices(resolve(query, Resolving(self._cache(spec.url, spec.item, fresh=spec.fresh))))

    def clip(self, spec: JobSpec) -> ClipMade:
        request = spec.request

        def report_video(video: Video) -> None:
            marked = with_link_range(request, video)
            self._channel.send(VideoResolved(video_choices(video), marked.start_s, marked.end_s))

        run = RunContext(
            ProgressMeter(_Reporter(self._channel)), recording=self._recordings.of(spec), on_video=report_video
        )
        made = pipeline.make_clip(
            request,
            staging_dir=spec.staging_dir,
            network=self._start.network,
            run=run,
            resolving=Resolving(self._cache(request.url, request.item, fresh=spec.fresh)),
            ffmpeg=spec.ffmpeg,
        )
        return ClipMade(made.path, made.name, made.size_bytes, made.video.webpage_url, made.proof)

    def _cache(self, url: str, item: int | None, *, fresh: bool) -> ResolveCache:
        cache = ResolveCache(self._start.cache_dir)
        if fresh:
            cache.drop(url, item)
        return cache


def _read() -> ToWorker:
    """Return the daemon's next message. Raises ``BadFrame``, also where the daemon closed the pipe."""
    frame = read_frame(sys.stdin.buffer.read, MAX_BYTES)
    if frame is None:
        raise BadFrame("the daemon closed its end")
    return decode_to_worker(frame[HEAD_BYTES:])


def _listen(waiting: queue.SimpleQueue[ToWorker], recordings: _Recordings) -> None:
    """Queue tasks until the daemon closes the pipe or dies: then this process ends at once. A message for the running task is
    handled at once."""
    with contextlib.suppress(BadFrame):
        while True:
            message = _read()
            if isinstance(message, EndRecording):
                recordings.finish(message.job_id)
                continue
            if isinstance(message, JobSpec):
                recordings.expect(message)
            waiting.put(message)
    end_own_group()


def _run(tasks: _Tasks, task: ToWorker) -> Result | Failure:
    try:
        return tasks.run(task)
    except (ClipError, MemoryError) as error:
        if isinstance(error, MemoryError) or ran_out_of_memory(error):
            error = TooMuchMemory(detail=repr(error))
        return Failure.of(error)


def serve(daemon_pid: int) -> None:
    """Serve tasks until the daemon goes away. A mistake of ours ends the process with its traceback on standard error."""
    channel = _Channel()
    # No RLIMIT_AS: the JavaScript runtime that yt-dlp starts reserves far more address space than it uses. The daemon watches
    # the resident size of the whole tree instead.
    no_core_file()
    start = _read()
    assert isinstance(start, Start)
    guard_connections(start.network)
    if limit_bps := start.network.speed_limit_bps:
        share(limit_bps, SharedQuota(start.quota_file, limit_bps))
    if start.ytdlp_folder is not None:
        ytdlp_adapter.use(start.ytdlp_folder)
    with contextlib.suppress(ClipError):  # the first task raises it again
        deferred_imports.warm_up()
    die_with_all_children(daemon_pid)
    waiting: queue.SimpleQueue[ToWorker] = queue.SimpleQueue()
    recordings = _Recordings(channel)
    threading.Thread(target=_listen, args=(waiting, recordings), daemon=True).start()
    channel.send(Ready())
    tasks = _Tasks(channel, start, recordings)
    while True:
        channel.send(_run(tasks, waiting.get()))
        give_back()
