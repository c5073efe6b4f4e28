"""What a worker does: tasks that come as frames on standard input, answered on standard output.

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
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from ...clip import deferred_imports, pipeline
from ...clip.errors import ClipError
from ...clip.extract import ytdlp_adapter
from ...clip.extract.resolve import Query, ResolveCache, Resolving, resolve, video_info
from ...clip.format_selection import with_link_range
from ...clip.http.network import Network, guard_connections
from ...clip.http.rate_limit import share
from ...clip.memory import give_back
from ...clip.model import ClipRequest, CutMode, Ended, Output, OutputKind, Progress, StagedClip, Video
from ...clip.progress import ProgressMeter
from ...clip.recording import Recording, RecordingLimits
from ...clip.run_context import RunContext
from ...system.parent import die_with_all_children, end_own_group
from ...system.process import no_core_file
from ..errors import TooMuchMemory, ran_out_of_memory
from . import ipc
from .shared_rate_limit import SharedQuota

_PROGRESS_EVERY_S = 0.1


class _Channel:
    """Frames to the daemon. Standard output itself is ours no more: output of libraries goes to standard error."""

    def __init__(self) -> None:
        self._out: IO[bytes] = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, frame: ipc.Frame) -> None:
        with self._lock:
            try:
                self._out.write(ipc.pack(frame))
                self._out.flush()
            except OSError:
                end_own_group()


class _Reporter:
    """Sends progress only where there is some: the daemon takes silence for a standstill."""

    def __init__(self, channel: _Channel) -> None:
        self._channel = channel
        self._last: tuple[object, ...] = ()
        self._last_stage: object = None
        self._sent_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        """Called from any thread, often."""
        with self._lock:
            self._tell(progress)

    def _tell(self, progress: Progress) -> None:
        reached = (progress.stage, progress.fraction, progress.done_bytes, progress.recorded_bytes)
        now = time.monotonic()
        if reached == self._last or (progress.stage is self._last_stage and now - self._sent_at < _PROGRESS_EVERY_S):
            return
        self._last, self._last_stage, self._sent_at = reached, progress.stage, now
        self._channel.send({"is": "progress", "progress": asdict(progress)})


class _Recordings:
    """The recording of the current task, which a later frame may end."""

    def __init__(self, channel: _Channel) -> None:
        self._channel = channel
        self._current: tuple[str, Recording] | None = None

    def expect(self, task: ipc.Frame) -> None:
        """A clip is to be taken next."""
        recording = Recording(RecordingLimits(**task["limits"]), on_alive=lambda: self._channel.send({"is": "waiting"}))
        if task["finish"]:
            recording.stop(Ended.ASKED)
        self._current = task["job"], recording

    def finish(self, job: str) -> None:
        """End it, if it is still that one."""
        if self._current is not None and self._current[0] == job:
            self._current[1].stop(Ended.ASKED)

    def of(self, task: ipc.Frame) -> Recording:
        assert self._current is not None
        assert self._current[0] == task["job"]
        return self._current[1]


class _Tasks:
    """What a worker can do, each with the frame that asked for it."""

    def __init__(self, channel: _Channel, network: Network, cache_dir: Path, recordings: _Recordings) -> None:
        self._channel = channel
        self._recordings = recordings
        self._network = network
        self._cache_dir = cache_dir

    def resolve(self, task: ipc.Frame) -> ipc.Frame:
        query = Query(task["url"], self._network, task["item"], _path(task["cookie_file"]))
        return {"video": video_info(resolve(query, Resolving(self._cache(task))))}

    def clip(self, task: ipc.Frame) -> ipc.Frame:
        request = _request(task)

        def tell_video(video: Video) -> None:
            marked = with_link_range(request, video)
            marks = {"start_s": marked.start_s, "end_s": marked.end_s}
            self._channel.send({"is": "video", "video": video_info(video), **marks})

        staged = pipeline.make_clip(
            request,
            staging_dir=Path(task["staging_dir"]),
            network=self._network,
            run=RunContext(
                ProgressMeter(_Reporter(self._channel)), recording=self._recordings.of(task), on_video=tell_video
            ),
            resolving=Resolving(self._cache(task)),
            ffmpeg=_path(task["ffmpeg"]),
        )
        return _staged(staged)

    def about(self, task: ipc.Frame) -> ipc.Frame:
        """Which yt-dlp this is, and what it has to work with."""
        del task
        return dict(ytdlp_adapter.about())

    def _cache(self, task: ipc.Frame) -> ResolveCache:
        cache = ResolveCache(self._cache_dir)
        if task["fresh"]:  # What was resolved before is the trouble.
            cache.drop(task["url"], task["item"])
        return cache


def _request(task: ipc.Frame) -> ClipRequest:
    output = task["output"]
    return ClipRequest(
        url=task["url"],
        start_s=task["start_s"],
        end_s=task["end_s"],
        output=Output(
            kind=OutputKind(output["kind"]),
            max_height=output["max_height"],
            codec=output["codec"],
            mode=CutMode(output["mode"]),
            quality=output["quality"],
            subtitles=tuple(output["subtitles"]),
        ),
        item=task["item"],
        name_template=task["name_template"],
        cookie_file=_path(task["cookie_file"]),
        ignore_link_range=task["whole"],
    )


def _staged(staged: StagedClip) -> ipc.Frame:
    return {
        "path": str(staged.path),
        "name": staged.name,
        "size_bytes": staged.size_bytes,
        "origin_url": staged.video.webpage_url,
        "proof": asdict(staged.proof),
        "start_s": staged.start_s,
        "end_s": staged.end_s,
        "fetched_bytes": staged.fetched_bytes,
    }


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _listen(frames: queue.SimpleQueue[ipc.Frame], recordings: _Recordings) -> None:
    """Queue frames until the daemon closes the pipe or dies: then this process ends at once. A frame for the running task is
    handled at once."""
    with contextlib.suppress(ipc.BrokenPipe):
        while True:
            frame = ipc.read(sys.stdin.buffer)
            if frame["do"] == "finish":
                recordings.finish(frame["job"])
                continue
            if frame["do"] == "clip":
                recordings.expect(frame)
            frames.put(frame)
    end_own_group()


def _run(tasks: _Tasks, task: ipc.Frame) -> ipc.Frame:
    do = {"clip": tasks.clip, "resolve": tasks.resolve, "about": tasks.about}[task["do"]]
    try:
        return {"is": "done", "result": do(task)}
    except (ClipError, MemoryError) as error:
        if isinstance(error, MemoryError) or ran_out_of_memory(error):
            error = TooMuchMemory(detail=repr(error))
        failure: dict[str, Any] = {"code": error.code, "sentence": error.sentence, "hint": error.hint}
        failure |= {"detail": error.detail, "retry_after_s": getattr(error, "retry_after_s", None), "site": error.site}
        return {"is": "error", "failure": failure}


def serve(daemon_pid: int) -> None:
    """Serve tasks until the daemon goes away. A mistake of ours ends the process with its traceback on standard error."""
    channel = _Channel()
    # No RLIMIT_AS: the JavaScript runtime that yt-dlp starts reserves far more address space than it uses. The daemon watches
    # the resident size of the whole tree instead.
    no_core_file()
    hello = ipc.read(sys.stdin.buffer)
    network = Network.from_json(hello["network"])
    guard_connections(network)
    if network.speed_limit_bps:
        share(network.speed_limit_bps, SharedQuota(Path(hello["quota_file"]), network.speed_limit_bps))
    if chosen := _path(hello["engine"]):
        ytdlp_adapter.use(chosen)
    with contextlib.suppress(ClipError):  # the first task raises it again
        deferred_imports.warm_up()
    die_with_all_children(daemon_pid)
    frames: queue.SimpleQueue[ipc.Frame] = queue.SimpleQueue()
    recordings = _Recordings(channel)
    threading.Thread(target=_listen, args=(frames, recordings), daemon=True).start()
    channel.send({"is": "ready"})
    tasks = _Tasks(channel, network, Path(hello["cache_dir"]), recordings)
    while True:
        channel.send(_run(tasks, frames.get()))
        give_back()
