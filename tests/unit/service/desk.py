"""The service on a real store and dispatcher, for tests of its methods. The queue is paused, so no worker is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clipferry.clip.http.network import Network
from clipferry.desktop.supervisor import DesktopSupervisor, Wanted
from clipferry.event_bus import Events
from clipferry.jobs.clip_storage import ClipStorage
from clipferry.jobs.dispatcher import Dispatcher
from clipferry.jobs.host_conditions import HostConditions
from clipferry.jobs.job import LOCAL_OWNER, Job, Staged, done, publish_as
from clipferry.jobs.job_run import Dependencies, RunPlan
from clipferry.jobs.lent_cookies import CookieJars
from clipferry.jobs.local_storage import LocalStorage
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.policy.scheduler import Limits
from clipferry.jobs.resolve_ahead import Resolver
from clipferry.jobs.retention import Retention
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.staging import Staging
from clipferry.jobs.worker.pool import Workers, WorkerSpec
from clipferry.protocol.base import Message
from clipferry.protocol.jobs import Job as JobMessage
from clipferry.protocol.methods import METHODS
from clipferry.service import Components, Principal, PrivateOrigins, Service
from clipferry.settings import SettingsFile
from clipferry.system.clock import SystemClock
from clipferry.ytdlp.errors import UpdateFailed
from clipferry.ytdlp.pip import Pip, Release
from clipferry.ytdlp.updater import Updater
from clipferry.ytdlp.versions import Versions

PAGE = Principal(LOCAL_OWNER, "page", "extension")


PERSON = Principal(LOCAL_OWNER, "person", "cli")


# Names are looked up by the proxy, so that no test asks a real name server.
PROXIED = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}


URL = "https://video.example/a"
CONTENT = b"0123456789"
"""Of every finished clip."""


@dataclass
class Desk:
    service: Service
    store: Store
    storage: ClipStorage
    downloads: Path
    stopped: list[bool]
    clock: SystemClock
    settings: SettingsFile
    cookies: CookieJars
    database: Database

    async def ask(self, method: str, caller: Principal = PERSON, /, **params: object) -> Message:
        return await self.service.call(method, METHODS[method].params.model_validate(params), caller=caller)

    async def create(self, caller: Principal = PERSON, /, **params: object) -> JobMessage:
        made = await self.ask("clip.create", caller, **{"url": URL, **params})
        assert isinstance(made, JobMessage)
        return made

    def now(self) -> float:
        """Unix time, seconds."""
        return self.clock.now()

    async def finish(self, file_id: str, name: str = "clip.mp4", when: float = 2.0) -> Path:
        """Let the job be done at ``when`` (Unix time), as if a worker had made its file."""
        path, staging = self.downloads / name, self.downloads.parent / "staged"
        staging.mkdir(mode=0o700, exist_ok=True)
        staged = Staged(staging / name, name, len(CONTENT))
        staged.path.write_bytes(CONTENT)
        self.storage.publish(staged.path, path)
        staged.path.unlink(missing_ok=True)
        await self.store.change(file_id, lambda job: done(publish_as(job, staged, path, when), path, when))
        return path


class NoIndex(Pip):
    """Asks nobody: what updates do is tested in ``tests/update``."""

    async def newest(self, scratch: Path, *, nightly: bool) -> Release:
        raise UpdateFailed


async def no_trial(folder: Path, version: str, cache: Path) -> None:
    raise AssertionError("no verb tested here brings a version to try")


@pytest.fixture
def storage() -> ClipStorage:
    return LocalStorage()


@pytest.fixture
async def desk(tmp_path: Path, storage: ClipStorage) -> AsyncIterator[Desk]:
    clock, downloads, stopped = SystemClock(), tmp_path / "Downloads", []
    downloads.mkdir()
    database = Database(tmp_path / "jobs.sqlite3")
    store, events, workers = Store(database), Events(clock), Workers("test")
    settings = SettingsFile(tmp_path / "settings.json", {})
    origins = PrivateOrigins(clock)

    def network(allow_private: bool) -> Network:
        return Network.from_environment(PROXIED).permit_private(origins.now(), every=allow_private)

    def plan(job: Job, fresh: bool) -> RunPlan:
        return RunPlan(downloads, WorkerSpec(network(job.allow_private), tmp_path), "{title}", None, None, fresh)

    dispatcher = Dispatcher(
        Dependencies(store, workers, Staging(tmp_path / "cache"), storage, clock, events.publish_job),
        HostConditions(clock, tmp_path, lambda: downloads, lambda: True),
        limits=lambda: Limits(2, 2),
        plan=plan,
        ended=lambda job: None,
    )
    components = Components(
        store=store,
        storage=storage,
        dispatcher=dispatcher,
        resolver=Resolver(
            workers,
            CookieJars(tmp_path / "run"),
            worker_spec=lambda network: WorkerSpec(network, tmp_path / "resolved"),
        ),
        retention=Retention(store, storage, lambda: settings.current.retention, clock.now),
        settings=settings,
        cookies=CookieJars(tmp_path / "run"),
        ids=Ids(clock.now),
        clock=clock,
        private_origins=origins,
        downloads=lambda: downloads,
        network=network,
        updater=Updater(Versions(tmp_path / "engines"), NoIndex(Network, "test"), clock, try_out=no_trial, busy=set),
        stop=lambda: stopped.append(True),
        desktop=DesktopSupervisor(clock, tmp_path / "thumbnails", mark="test", wanted=lambda: Wanted(True, True)),
        events=events,
        notices=[],
    )
    await store.set_fact("paused", "1")
    await dispatcher.start()
    yield Desk(Service(components), store, storage, downloads, stopped, clock, settings, components.cookies, database)
    await dispatcher.stop()
    database.close()
