"""The verbs that every face may ask for. No transport, no SQL, no ffmpeg: who may ask what, and whom to hand it to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from .. import __version__
from ..clip.errors import InvalidRange
from ..clip.extract.sites import site_of
from ..clip.extract.video_links import shown_by_page, video_address
from ..clip.http.network import Network
from ..desktop.supervisor import DesktopSupervisor
from ..event_bus import Events, Subscription
from ..jobs.dispatcher import Dispatcher
from ..jobs.errors import BadRequest, CannotOpen, FileGone, NotAllowed, NotReady, SessionNeeded, UnknownMethod
from ..jobs.job import Job, retry
from ..jobs.job_view import to_message
from ..jobs.lent_cookies import CookieJars
from ..jobs.policy.dedupe import Ids
from ..jobs.policy.joining import join
from ..jobs.policy.lent_sessions import needed
from ..jobs.policy.retention import Retention
from ..jobs.queue_backend import Change
from ..jobs.removal import check_undo, delete_file, trash_file
from ..jobs.resolve_ahead import Resolver
from ..jobs.sqlite.store import Store
from ..permissions import Caller, PrivateOrigins, check, check_change, for_page
from ..protocol.base import PROTOCOL_VERSION, Empty, Message
from ..protocol.desktop import AllowPrivateParams, DashboardLink, DashboardOpenParams, OpenParams
from ..protocol.envelope import ExtensionConnected, HelloParams, HelloResult
from ..protocol.jobs import (
    ClipCreateParams,
    JobListParams,
    JobMoveParams,
    JobPage,
    JobPinParams,
    JobRef,
    JobRemoveParams,
    JobRetryParams,
    JobState,
    PauseAllParams,
)
from ..protocol.jobs import Job as JobMessage
from ..protocol.methods import METHODS
from ..protocol.settings import RetentionPreview, RetentionSettings, Settings
from ..protocol.videos import Cookie, ResolveParams, VideoInfo
from ..protocol.ytdlp import EngineInfo, EngineUpdateParams
from ..settings import SettingsFile
from ..settings_check import check_settings
from ..system.clock import Clock
from ..system.open_file import show
from ..ytdlp.updater import Updater
from ..ytdlp.view import to_message as engine_to_message
from .desktop import DesktopMethods

_Verb = Callable[[Any, Caller], Awaitable[Message]]
"""Takes the model that ``METHODS`` names, which ``call`` has checked; hence the ``Any``."""


@dataclass(slots=True)
class Parts:
    """What the service hands things to; put together in ``daemon``."""

    store: Store
    runner: Dispatcher
    resolver: Resolver
    retention: Retention
    settings: SettingsFile
    cookies: CookieJars
    ids: Ids
    clock: Clock
    private_origins: PrivateOrigins
    downloads: Callable[[], Path]
    network: Callable[[bool], Network]
    """The network for a request; the argument: may it speak to private addresses."""
    updater: Updater
    stop: Callable[[], None]
    desktop: DesktopSupervisor
    notices: list[str]
    """What a person should hear about this start."""


class Service:
    """``call`` a method of ``protocol.METHODS``, ``subscribe`` to what happens."""

    def __init__(self, parts: Parts, events: Events) -> None:
        self._parts = parts
        self._events = events
        self.dashboard_link: Callable[[], str] = _no_dashboard
        """Set by the HTTP face: makes the link that opens the dashboard once."""
        self.open_link: Callable[[str], bool] = lambda _: False
        """Set by the daemon: opens such a link in the person's browser, and says whether there was one. Blocks."""
        self._verbs: dict[str, _Verb] = {
            "hello": self._hello,
            "resolve": self._resolve,
            "clip.create": self._create,
            "job.get": self._get,
            "job.list": self._list,
            "job.cancel": self._cancel,
            "job.finish": self._finish,
            "job.pause": self._pause,
            "job.resume": self._resume,
            "job.retry": self._retry,
            "job.move": self._move,
            "job.pin": self._pin,
            "job.remove": self._remove,
            "job.open": self._open,
            "queue.pause": self._pause_all,
            "worker.warm": self._warm,
            "settings.get": self._settings,
            "settings.set": self._set_settings,
            "retention.preview": self._preview,
            "engine.get": self._engine,
            "engine.update": self._update_engine,
            "engine.rollback": self._roll_back_engine,
            "dashboard.open": self._open_dashboard,
            "dashboard.link": self._link,
            "private.allow": self._allow_private,
            "daemon.stop": self._stop,
            **DesktopMethods(parts.desktop, events, parts.downloads, parts.store, self.clip_file).table,
        }

    @property
    def methods(self) -> Collection[str]:
        """What ``call`` can do."""
        return self._verbs.keys()

    async def call(self, method: str, params: Message, *, caller: Caller) -> Message:
        """Do ``method``. ``params`` is the model that ``METHODS`` names for it.

        Raises:
            ClipError: with a code, a sentence and a hint for the person.
        """
        do = self._verbs.get(method)
        if do is None:
            raise UnknownMethod
        check(method, caller)
        if not isinstance(params, METHODS[method].params):
            raise BadRequest(detail=f"{method} takes no {type(params).__name__}")
        return await do(params, caller)

    def subscribe(self) -> Subscription:
        """Every event from now on."""
        return self._events.subscribe()

    async def clip_file(self, file_id: str) -> Path:
        """The finished file of a job.

        Raises:
            JobNotFound | NotReady | FileGone
        """
        job = await self._parts.store.get(file_id)
        if job.state is not JobState.DONE or job.target is None:
            raise NotReady
        if not await asyncio.to_thread(_is_there, job.target):
            raise FileGone
        return job.target

    # Verbs -------------------------------------------------------------------------------------------------------

    async def _hello(self, params: HelloParams, caller: Caller) -> HelloResult:
        if params.client != "tray":
            self._parts.desktop.look()
        if caller.kind == "page":
            family: Literal["chromium", "firefox"] = "chromium" if "://" in caller.name else "firefox"
            self._events.tell("extension.connected", ExtensionConnected(browser=family))
        return HelloResult(
            version=__version__,
            protocol=PROTOCOL_VERSION,
            downloads_dir_name=self._parts.downloads().name,
            running=await self._parts.store.count_open(),
            notices=[*self._parts.notices, *self._parts.updater.news()],
        )

    async def _resolve(self, params: ResolveParams, caller: Caller) -> VideoInfo:
        network = await self._checked(params.url, params.allow_private, caller)
        video = await self._parts.resolver.resolve(params.url, params.item, network, params.cookies)
        shown = shown_by_page(params.url.strip(), (video.suggested_start_s, video.suggested_end_s))
        await self._parts.store.learn_address(video_address(params.url.strip(), params.item), video.key, shown)
        return video

    async def _create(self, params: ClipCreateParams, caller: Caller) -> JobMessage:
        start_s, end_s = params.start_time, params.end_time
        if end_s is not None and end_s <= (start_s or 0.0):
            raise InvalidRange
        if params.whole and (start_s, end_s) != (None, None):
            raise InvalidRange("All of the video and marks contradict each other.", hint="Leave one of them out.")
        await self._checked(params.url, params.allow_private, caller)
        now = self._parts.clock.now()
        job = Job(
            id=self._parts.ids.next(),
            url=params.url.strip(),
            site=await asyncio.to_thread(site_of, params.url.strip()),
            title=params.title,
            start_s=start_s,
            end_s=end_s,
            output=params.output,
            item=params.item,
            whole=params.whole,
            allow_private=params.allow_private,
            from_page=caller.kind == "page",
            created_at=now,
            updated_at=now,
        )
        job = replace(job, session=bool(params.cookies))
        lent = await self._lend(job.id, job.url, params.cookies)
        try:
            made, new = await self._parts.store.create(
                job,
                video=video_address(job.url, job.item),
                again=params.again,
                answer=lambda first: join(first, job, now),
            )
            if not new and lent and made.state is not JobState.DONE:
                made = await self._hand_over(job.id, made)
        except BaseException:
            self._parts.cookies.take_back(job.id)
            raise
        if not new:
            self._parts.cookies.take_back(job.id)  # an older one that is done needs none
        if new or made.state is JobState.QUEUED:
            self._events.tell_job(made, None)
            self._parts.runner.look()
        return self._message(made).model_copy(update={"created": new})

    async def _get(self, params: JobRef, caller: Caller) -> JobMessage:
        del caller
        job = await self._parts.store.get(params.file_id)
        progress = self._parts.runner.progress(job.id)
        if progress is None and not job.final:
            progress = (await self._parts.store.progress([job.id])).get(job.id)
        return await asyncio.to_thread(to_message, job, progress, look_for_file=True)

    async def _list(self, params: JobListParams, caller: Caller) -> JobPage:
        del caller
        jobs = await self._parts.store.page(
            limit=params.limit + 1, cursor=params.cursor, states=params.states, query=params.query
        )
        shown, more = jobs[: params.limit], len(jobs) > params.limit
        flushed = await self._parts.store.progress([job.id for job in shown if not job.final])
        messages = await asyncio.to_thread(
            lambda: [
                to_message(job, self._parts.runner.progress(job.id) or flushed.get(job.id), look_for_file=True)
                for job in shown
            ]
        )
        paused = self._parts.runner.paused
        return JobPage(jobs=messages, next_cursor=shown[-1].id if more else None, queue_paused=paused)

    async def _cancel(self, params: JobRef, caller: Caller) -> JobMessage:
        await self._changeable(params.file_id, caller)
        return self._message(await self._parts.runner.cancel(params.file_id))

    async def _finish(self, params: JobRef, caller: Caller) -> JobMessage:
        await self._changeable(params.file_id, caller)
        return self._message(await self._parts.runner.finish(params.file_id))

    async def _pause(self, params: JobRef, caller: Caller) -> JobMessage:
        await self._changeable(params.file_id, caller)
        return self._message(await self._parts.runner.pause(params.file_id))

    async def _resume(self, params: JobRef, caller: Caller) -> JobMessage:
        await self._changeable(params.file_id, caller)
        return self._message(await self._parts.runner.resume(params.file_id))

    async def _retry(self, params: JobRetryParams, caller: Caller) -> JobMessage:
        job = await self._changeable(params.file_id, caller)
        lent_as = self._parts.ids.next()
        if not await self._lend(lent_as, job.url, params.cookies) and needed(job):
            raise SessionNeeded
        try:
            job = await self._parts.runner.retry(params.file_id)
            if self._parts.cookies.hand_over(lent_as, job.id):
                job = await self._parts.store.change(job.id, lambda job: replace(job, session=True))
        finally:
            self._parts.cookies.take_back(lent_as)
        return self._message(job)

    async def _move(self, params: JobMoveParams, caller: Caller) -> JobMessage:
        del caller
        job = await self._parts.store.move_before(params.file_id, params.before)
        self._events.tell_job(job, None)
        return self._message(job)

    async def _pin(self, params: JobPinParams, caller: Caller) -> JobMessage:
        del caller
        job = await self._parts.store.change(params.file_id, lambda job: replace(job, pinned=params.pinned))
        self._events.tell_job(job, None)
        return self._message(job)

    async def _remove(self, params: JobRemoveParams, caller: Caller) -> Empty:
        """Out of the history; an unfinished job is cancelled first. Its file goes only where that was asked for, and first."""
        if not (job := await self._changeable(params.file_id, caller)).final:
            job = await self._parts.runner.cancel(params.file_id)
        if job.state is JobState.DONE and (params.trash or params.delete_file):
            if caller.kind == "page":
                check_undo(job, self._parts.clock.now())
            to_bin = params.trash or caller.kind == "page"
            await asyncio.to_thread(trash_file if to_bin else delete_file, job)
        await self._parts.store.remove(job.id)
        await self._parts.runner.clean(job.id)
        self._events.tell("job.removed", JobRef(file_id=job.id))
        return Empty()

    async def _open(self, params: OpenParams, caller: Caller) -> Empty:
        del caller
        if not await show(await self.clip_file(params.file_id), reveal=params.reveal):
            raise CannotOpen
        return Empty()

    async def _pause_all(self, params: PauseAllParams, caller: Caller) -> Empty:
        del caller
        await self._parts.runner.pause_all(params.paused)
        self._events.tell("queue", params)
        return Empty()

    async def _warm(self, params: Empty, caller: Caller) -> Empty:
        del params
        await self._parts.resolver.warm(self._parts.network(False))
        del caller
        return Empty()

    async def _settings(self, params: Empty, caller: Caller) -> Settings:
        del params
        return for_page(self._parts.settings.current) if caller.kind == "page" else self._parts.settings.current

    async def _set_settings(self, params: Settings, caller: Caller) -> Settings:
        del caller
        await asyncio.to_thread(check_settings, params, self._parts.settings.current)
        before = self._parts.settings.current
        settings = await asyncio.to_thread(self._parts.settings.replace, params)
        self._events.tell("settings", for_page(settings))
        if settings.network != before.network:
            self._parts.runner.look_outside()
        if settings.downloads_dir != before.downloads_dir:
            self._parts.runner.folder_changed()
        self._parts.runner.look()
        self._parts.retention.look()
        self._parts.desktop.look()
        return settings

    async def _preview(self, params: RetentionSettings, caller: Caller) -> RetentionPreview:
        del caller
        gone = await self._parts.retention.preview(params)
        size_bytes = sum(job.size_bytes or 0 for job in gone)
        return RetentionPreview(clips=len(gone), size_bytes=size_bytes, jobs=[self._message(job) for job in gone[:50]])

    async def _engine(self, params: Empty, caller: Caller) -> EngineInfo:
        del params, caller
        return engine_to_message(await asyncio.to_thread(self._parts.updater.standing))

    async def _update_engine(self, params: EngineUpdateParams, caller: Caller) -> EngineInfo:
        del caller
        nightly = self._parts.settings.current.update_channel == "nightly" if params.nightly is None else params.nightly
        do = self._parts.updater.look if params.check_only else self._parts.updater.update
        return engine_to_message(await do(nightly=nightly))

    async def _roll_back_engine(self, params: Empty, caller: Caller) -> EngineInfo:
        del params, caller
        return engine_to_message(await self._parts.updater.roll_back())

    async def _open_dashboard(self, params: DashboardOpenParams, caller: Caller) -> Empty:
        del caller
        wanted = {"link": params.link, "start": params.start_s, "end": params.end_s, "view": params.view}
        begin = urlencode({name: value for name, value in wanted.items() if value is not None})
        if not await asyncio.to_thread(self.open_link, f"{self.dashboard_link()}&{begin}"):
            raise CannotOpen("No browser could be opened for the dashboard.", hint="Run `clipferry dashboard`.")
        return Empty()

    async def _link(self, params: Empty, caller: Caller) -> DashboardLink:
        del params, caller
        return DashboardLink(url=self.dashboard_link())

    async def _allow_private(self, params: AllowPrivateParams, caller: Caller) -> Empty:
        del caller
        self._parts.private_origins.allow(params.origin.rstrip("/"), params.seconds)
        return Empty()

    async def _stop(self, params: Empty, caller: Caller) -> Empty:
        del params, caller
        self._parts.stop()
        return Empty()

    # ---------------------------------------------------------------------------------------------------------------

    async def _lend(self, job_id: str, url: str, cookies: Sequence[Cookie]) -> bool:
        """Keep a session for a job; gives whether any of ``cookies`` belongs to the site of ``url``."""
        if cookies:
            await asyncio.to_thread(self._parts.cookies.lend, job_id, url, cookies)
        return self._parts.cookies.file(job_id) is not None

    async def _hand_over(self, lent_as: str, first: Job) -> Job:
        """Give ``first`` the session that came with another request for it. Its attempt may have failed just now, without that."""
        self._parts.cookies.hand_over(lent_as, first.id)
        now = self._parts.clock.now()
        again: Change = lambda job: replace(retry(job, now), session=True) if job.state is JobState.FAILED else job  # noqa: E731
        return await self._parts.store.change(first.id, again)

    async def _changeable(self, file_id: str, caller: Caller) -> Job:
        """The job. Raises ``JobNotFound``, or ``NotAllowed`` where ``caller`` may not change it."""
        job = await self._parts.store.get(file_id)
        check_change(job, caller)
        return job

    async def _checked(self, url: str, allow_private: bool, caller: Caller) -> Network:
        """The network for ``url``, after looking where it leads. Raises ``InvalidUrl`` or ``BlockedAddress``."""
        if allow_private and caller.kind == "page":
            raise NotAllowed
        network = self._parts.network(allow_private)
        await asyncio.to_thread(network.check, url.strip())
        return network

    def _message(self, job: Job) -> JobMessage:
        return to_message(job, self._parts.runner.progress(job.id))


def _is_there(path: Path) -> bool:
    """Whether a file lies at ``path``; a link that somebody put there is not the clip."""
    return path.is_file() and not path.is_symlink()


def _no_dashboard() -> str:
    raise CannotOpen("The dashboard is not running.", hint="Run `clipferry doctor`: it says why.")


__all__ = ["Caller", "Parts", "PrivateOrigins", "Service", "Subscription"]
