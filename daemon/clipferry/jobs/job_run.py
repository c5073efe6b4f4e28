"""Run a job once: staging, worker, publishing. Its result or error is settled elsewhere (``outcomes``)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..clip.disk.folder_errors import NameRefused, of_os_error
from ..clip.disk.space import check_space
from ..clip.errors import ClipError
from ..clip.extract.sites import site_of
from ..clip.extract.video_links import Range, shown_by_page, video_address
from ..clip.model import ClipRequest, Live, Output, Progress, Stage
from ..clip.output.destination import is_untouched
from ..clip.recording import RecordingLimits
from ..protocol.jobs import JobState, ProofInfo
from ..protocol.videos import VideoInfo
from ..system.clock import Clock
from .clip_storage import ClipStorage
from .failure import Failure
from .job import Job, Staged
from .queue_backend import Claim, JobQueue, Lease
from .staging import Staging
from .transitions import BeginRun, DescribeVideo, Enter, Publish, PublishAs, SetSite, Transition
from .worker.messages import JobSpec, Report, VideoResolved
from .worker.pool import TaskFailed, Workers, WorkerSpec

_STATE = {
    Stage.RESOLVING: JobState.RESOLVING,
    Stage.FETCHING: JobState.FETCHING,
    Stage.CUTTING: JobState.CUTTING,
    Stage.PROVING: JobState.CUTTING,
    Stage.PUBLISHING: JobState.CUTTING,
}
"""The job's state for each stage of the pipeline. ``PUBLISHING`` is a step of the daemon and never of the worker."""


class LeaseLost(Exception):
    """The job was stopped by a command, or another runner has it: this run has nothing more to do."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Parameters of a run; the settings as they were when it began."""

    downloads: Path
    worker_spec: WorkerSpec
    name_template: str
    ffmpeg: Path | None
    cookie_file: Path | None
    fresh: bool
    """Resolve anew: what was resolved before does not work any more."""
    session: str | None = None
    """Which lent session that is (``CookieJars.mark``)."""
    recording: RecordingLimits = field(default_factory=RecordingLimits)
    """Where a recording of a running broadcast ends by itself."""


Notify = Callable[[Job, Progress | None], None]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What every run of a job uses."""

    queue: JobQueue
    workers: Workers
    staging: Staging
    storage: ClipStorage
    clock: Clock
    notify: Notify
    """Called with every change of a job and of its progress."""


class JobRun:
    """One run of one job."""

    def __init__(self, claim: Claim, plan: RunPlan, dependencies: Dependencies) -> None:
        self.job = claim.job
        self.progress: Progress | None = None
        self.publishing = False
        """From here on it cannot be stopped any more, only waited for: it takes milliseconds."""
        self._lease = claim.lease
        self._plan = plan
        self._queue = dependencies.queue
        self._workers = dependencies.workers
        self._staging = dependencies.staging
        self._storage = dependencies.storage
        self._now = dependencies.clock.now
        self._notify = dependencies.notify
        self._finish = asyncio.Event()

    @property
    def plan(self) -> RunPlan:
        return self._plan

    @property
    def worker_spec(self) -> WorkerSpec:
        return self._plan.worker_spec

    @property
    def lease(self) -> Lease:
        return self._lease

    def finish(self) -> None:
        """End the recording: pass the request on to the worker. It is committed already."""
        self._finish.set()

    async def run(self) -> Job:
        """Make the clip, publish it and return the finished job.

        Raises:
            TaskFailed: the run failed.
            LeaseLost: the lease has ended.
        """
        try:
            staged = self.job.staged
            if staged is None or not await asyncio.to_thread(self._usable, staged.path, self.job.target):
                staged = await self._take_clip()
            return await self._shielded(self._publish(staged))
        except TaskFailed as failed:
            if (site := failed.failure.site) is not None:
                await self._change(SetSite(site))
            raise
        except ClipError as error:
            raise TaskFailed(Failure.of(error)) from error
        except OSError as error:
            raise TaskFailed(Failure.of(of_os_error(error, self._plan.downloads))) from error

    async def _take_clip(self) -> Staged:
        await self._change(BeginRun(self._now()))
        folder = await asyncio.to_thread(self._staging.folder, self.job.id, self._plan.downloads)
        await asyncio.to_thread(check_space, folder)
        spec = job_spec(self.job, self._plan, folder)
        keep = self._plan.cookie_file is None
        made = await self._workers.run(self._plan.worker_spec, spec, self._receive, keep=keep, finish=self._finish)
        self.job = replace(self.job, proof=ProofInfo.model_validate(made.verification, from_attributes=True))
        return Staged(made.path, made.name, made.size_bytes, made.origin_url)

    async def _receive(self, report: Report) -> None:
        if isinstance(report, VideoResolved):
            video = VideoInfo.model_validate(report.video, from_attributes=True)
            await self._learn(video, (report.start_s, report.end_s))
        elif isinstance(report, Progress):
            self.progress = report
            state = _STATE[report.stage]
            if state is not self.job.state:
                await self._change(Enter(state, self._now()))
            self._notify(self.job, self.progress)

    async def _learn(self, video: VideoInfo, marks: Range) -> None:
        """``marks``: those that were asked for, else the range that the link names."""
        start_s, end_s = marks
        await self._change(
            DescribeVideo(
                site=site_of(video.webpage_url),
                title=video.title,
                uploader=video.uploader,
                thumbnail_url=video.thumbnail_url,
                duration_s=video.duration_s,
                start_s=start_s,
                end_s=end_s,
                live=video.live is Live.NOW,
            )
        )
        url = self.job.url
        shown = shown_by_page(url, (video.suggested_start_s, video.suggested_end_s))
        await self._queue.learn_video(self.job.id, video_address(url, self.job.item), video.key, shown)
        self._notify(self.job, self.progress)

    async def _publish(self, staged: Staged) -> Job:
        """Commit a name, take it, commit that it is taken; go on with the next name where it exists already."""
        earlier = self.job.target
        if earlier is not None and await asyncio.to_thread(self._storage.is_published, staged.path, earlier):
            # It has its name; only that was not committed. The job has been queued since then.
            await self._change(PublishAs(staged, earlier, self.job.proof, self._now()))
            return await self._note_done(earlier)
        locations = await asyncio.to_thread(self._storage.locations, staged.name, self._plan.downloads)
        for target in locations:
            if await asyncio.to_thread(self._storage.is_taken, target):
                continue
            await self._change(PublishAs(staged, target, self.job.proof, self._now()), durable=True)
            try:
                await asyncio.to_thread(self._storage.publish, staged.path, target, origin_url=staged.origin_url)
            except FileExistsError:
                continue
            except NameRefused as refused:
                locations.simplify(refused)
                continue
            return await self._note_done(target)
        raise AssertionError("names never end")

    async def _note_done(self, target: Path) -> Job:
        finished = await self._queue.finish(self._lease, Publish(target, self._now()))
        if finished is None:
            raise LeaseLost
        return finished

    async def _shielded(self, publishing: Awaitable[Job]) -> Job:
        """Complete publishing even where this run is being cancelled."""
        self.publishing = True
        task = asyncio.ensure_future(publishing)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):  # shown by the state that it left in the queue
                await task
            raise
        finally:
            self.publishing = False

    def _usable(self, staged: Path, target: Path | None) -> bool:
        """Return whether the finished file can be published: it is where it was made and is ours, or has its name already."""
        return is_untouched(staged) or (target is not None and self._storage.is_published(staged, target))

    async def _change(self, transition: Transition, *, durable: bool = False) -> None:
        changed = await self._queue.advance(self._lease, transition, durable=durable)
        if changed is None:
            raise LeaseLost
        self.job = changed
        self._notify(changed, self.progress)


def job_spec(job: Job, plan: RunPlan, folder: Path) -> JobSpec:
    """Return what the worker needs to make the clip of ``job`` in the staging ``folder``."""
    request = ClipRequest(
        url=job.url,
        start_s=job.start_s,
        end_s=job.end_s,
        output=Output(**dict(job.output)),  # the same fields: an option of the protocol is one of the pipeline
        item=job.item,
        name_template=plan.name_template,
        cookie_file=plan.cookie_file,
        ignore_link_range=job.whole,
    )
    return JobSpec(job.id, request, folder, plan.ffmpeg, plan.fresh, job.finishing, plan.recording)
