"""Wire the daemon's components (composition root), start them in order, and stop them in the reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Awaitable
from functools import partial
from pathlib import Path

from . import __version__
from .api.authentication import LocalAuthenticator
from .api.http import http_server
from .api.socket import socket_server
from .api.tokens import Sessions
from .clip.http.network import Network
from .clip.recording import RecordingLimits
from .desktop.supervisor import DesktopSupervisor, Wanted
from .event_bus import Events
from .jobs.dispatcher import Dispatcher
from .jobs.failure import Failure
from .jobs.host_conditions import HostConditions
from .jobs.job import Job
from .jobs.job_run import Dependencies, RunPlan
from .jobs.lent_cookies import CookieJars
from .jobs.local_storage import LocalStorage
from .jobs.policy.dedupe import Ids
from .jobs.policy.scheduler import Limits
from .jobs.resolve_ahead import Resolver
from .jobs.retention import Retention
from .jobs.sqlite.database import Database
from .jobs.sqlite.store import Store
from .jobs.staging import Staging
from .jobs.worker.pool import Workers, WorkerSpec
from .service import Components, PrivateOrigins, Service
from .settings import SettingsFile
from .settings_check import folder_of
from .setup.repair_at_start import mend_setup
from .system.clock import SystemClock
from .system.descriptors import raise_limit
from .system.files import write_atomically
from .system.log import start_logging
from .system.open_page import open_privately
from .system.paths import Paths
from .system.process import reap
from .ytdlp.pip import Pip
from .ytdlp.schedule import Daily
from .ytdlp.smoke_test import try_out
from .ytdlp.state import needed
from .ytdlp.updater import Updater
from .ytdlp.versions import Versions, forget_resolved, resolved_by

STOP_S = 5.0
"""How long a clean end may take; what is not done by then is taken up at the next start."""

log = logging.getLogger(__name__)


def run(paths: Paths) -> None:
    """Run the daemon until it is stopped. Call with the instance lock held."""
    start_logging(paths.log_dir, verbose=bool(os.environ.get("CLIPFERRY_VERBOSE")))
    if orphans := reap(str(paths.runtime_dir)):
        log.warning("ended %d processes that an earlier daemon left behind", orphans)
    # token and port of a killed daemon may be another program's by now
    paths.facts.unlink(missing_ok=True)
    asyncio.run(Daemon(paths).run())


class Daemon:
    """Everything that runs, in the order in which it is started; ``stop`` goes the other way."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._stopping = asyncio.Event()
        self.settings = SettingsFile(paths.settings, os.environ)
        self._clock = SystemClock()
        self._origins = PrivateOrigins(self._clock)
        self._database = Database(paths.database)
        self._workers = Workers(str(paths.runtime_dir))
        self._storage = LocalStorage()
        self._cookies = CookieJars(paths.runtime_dir)
        self._versions = Versions(paths.engines)
        self._updater = self._make_updater(str(paths.runtime_dir))

    async def run(self) -> None:
        """Serve until ``stop`` or a signal."""
        loop = asyncio.get_running_loop()
        descriptors = raise_limit()
        for name in (signal.SIGTERM, signal.SIGINT):
            # Windows' event loop has no signal handlers; there `daemon.stop` ends it
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(name, self.stop)
        events = Events(self._clock)
        store = Store(self._database)
        dispatcher = self._dispatcher(store, events)
        desktop = DesktopSupervisor(
            self._clock,
            self._paths.cache_dir / "thumbnails",
            mark=str(self._paths.runtime_dir),
            wanted=lambda: Wanted(self.settings.current.tray, self.settings.current.notifications),
        )
        retention = Retention(store, self._storage, lambda: self.settings.current.retention, self._clock.now)
        service = Service(
            Components(
                store=store,
                storage=self._storage,
                dispatcher=dispatcher,
                resolver=Resolver(
                    self._workers,
                    self._cookies,
                    worker_spec=self._worker_spec,
                    attribute=lambda worker_spec, failure: self._attribute_resolving(dispatcher, worker_spec, failure),
                ),
                retention=retention,
                settings=self.settings,
                cookies=self._cookies,
                ids=Ids(self._clock.now, await store.newest_id()),
                clock=self._clock,
                private_origins=self._origins,
                downloads=self.downloads,
                network=self._network,
                updater=self._updater,
                stop=self.stop,
                desktop=desktop,
                events=events,
                notices=self._notices(),
            )
        )
        service.dashboard.open_link = partial(open_privately, folder=self._paths.runtime_dir)
        self._cookies.sweep(await store.open_ids())
        self._sweep_versions()  # before any worker reads from them
        await dispatcher.start()
        daily = Daily(self._updater, lambda: self.settings.current, self._clock, idle=lambda: dispatcher.idle)
        background = [asyncio.create_task(retention.run()), asyncio.create_task(daily.run())]
        sessions = Sessions(self._clock.monotonic)
        authenticator = LocalAuthenticator(sessions, self._paths.extension_ids)
        http = await http_server.start(service, sessions, authenticator, descriptors)
        self._write_facts(http.port, http.token)  # before the socket answers: its clients may read them
        socket = await socket_server.start(service, authenticator, self._paths, descriptors)
        background.append(asyncio.create_task(desktop.run()))
        background.append(asyncio.create_task(mend_setup()))
        log.info("clipferry %s serves at 127.0.0.1:%d", __version__, http.port)
        try:
            await self._stopping.wait()
        finally:
            self._paths.facts.unlink(missing_ok=True)
            events.close()
            for task in background:
                task.cancel()
            for part in (socket.stop(), http.stop(), dispatcher.stop()):
                await _within(STOP_S, part)
            self._database.close()
            log.info("clipferry stopped")

    def _notices(self) -> list[str]:
        """Return notices about what was damaged and put aside."""
        found = []
        if self._database.damaged is not None:
            log.error("the history was damaged and is kept as %s", self._database.damaged)
            found.append("The history of clips was damaged and starts anew. Your clips themselves are untouched.")
        return [*found, *self.settings.notices]

    def stop(self) -> None:
        self._stopping.set()

    def downloads(self) -> Path:
        """Return the folder that clips go to. The user's Downloads folder is created if missing; one from the settings is not."""
        if chosen := self.settings.current.downloads_dir:
            return folder_of(chosen)
        folder = self._paths.downloads_dir
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _dispatcher(self, store: Store, events: Events) -> Dispatcher:
        conditions = HostConditions(self._clock, self._paths.cache_dir, self.downloads, self._has_proxy)
        return Dispatcher(
            Dependencies(
                store, self._workers, Staging(self._paths.cache_dir), self._storage, self._clock, events.publish_job
            ),
            conditions,
            limits=lambda: Limits(self.settings.current.concurrency, self.settings.current.per_site),
            plan=self._plan,
            ended=lambda job: self._cookies.take_back(job.id),
            attribute=self._attribute,
        )

    def _plan(self, job: Job, fresh: bool) -> RunPlan:
        now = self.settings.current
        return RunPlan(
            downloads=self.downloads(),
            worker_spec=self._worker_spec(self._network(job.allow_private and not job.from_page)),
            name_template=now.name_template,
            ffmpeg=Path(now.ffmpeg) if now.ffmpeg else None,
            session=self._cookies.mark(job.id),
            cookie_file=self._cookies.file(job.id),
            fresh=fresh,
            recording=RecordingLimits(now.recording.max_s, now.recording.max_bytes),
        )

    def _worker_spec(self, network: Network) -> WorkerSpec:
        """Specify the worker of a task that begins now, with the yt-dlp version in use now."""
        ytdlp_folder = self._versions.in_use().folder
        return WorkerSpec(network, resolved_by(self._paths.resolve_cache, ytdlp_folder), ytdlp_folder)

    def _make_updater(self, mark: str) -> Updater:
        return Updater(
            self._versions,
            Pip(lambda: self._network(False), mark),
            self._clock,
            try_out=partial(try_out, mark=mark),
            busy=self._workers.ytdlp_folders,
        )

    async def _attribute(self, job: Job, worker_spec: WorkerSpec, failure: Failure) -> frozenset[str] | None:
        return self._updater.attribute_failure(worker_spec.ytdlp_folder, failure.code, job=job.id, site=job.site or "")

    async def _attribute_resolving(self, dispatcher: Dispatcher, worker_spec: WorkerSpec, failure: Failure) -> bool:
        failed = self._updater.attribute_failure(worker_spec.ytdlp_folder, failure.code, job=None, site="")
        await dispatcher.commands.run_again(failed or ())
        return failed is not None

    def _sweep_versions(self) -> None:
        """Remove the rest of an interrupted update, and versions that are no longer needed."""
        if gone := self._versions.sweep():
            log.info("removed %s", ", ".join(path.name for path in gone))
        forget_resolved(self._paths.resolve_cache, needed(self._versions.state()))

    def _network(self, allow_private: bool) -> Network:
        chosen = self.settings.current.network
        network = Network.from_environment(
            os.environ,
            proxy=chosen.proxy,
            no_proxy=chosen.no_proxy,
            ca_file=chosen.ca_file,
            speed_limit_bps=chosen.speed_limit_bps,
        )
        return network.permit_private(self._origins.now(), every=allow_private)

    def _has_proxy(self) -> bool:
        network = self._network(False)
        return bool(network.https_proxy or network.http_proxy)

    def _write_facts(self, port: int, token: str) -> None:
        facts = {
            "pid": os.getpid(),
            "port": port,
            "token": token,
            "version": __version__,
            "socket": str(self._paths.socket),
        }
        write_atomically(self._paths.facts, json.dumps(facts).encode())


async def _within(seconds: float, part: Awaitable[object]) -> None:
    try:
        await asyncio.wait_for(part, seconds)
    except TimeoutError:
        log.warning("a part did not stop within %g s", seconds)
    except Exception:
        # Whatever went wrong in one part, the others have to be stopped too.
        log.exception("a part did not stop cleanly")
