"""The verbs: who may ask what, and what comes back. Real store and runner; the queue is paused, so no worker is needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clipferry.clip.errors import BlockedAddress, ClipError, InvalidRange, InvalidUrl
from clipferry.clip.network import Network
from clipferry.jobs.attempt import Means, Plan
from clipferry.jobs.cookies import CookieJars
from clipferry.jobs.database import Database
from clipferry.jobs.errors import FileGone, JobNotFound, NotAllowed, NotReady, UnknownMethod, WrongState
from clipferry.jobs.identity import Ids
from clipferry.jobs.job import Job, Staged, done, publish_as
from clipferry.jobs.resolving import Resolver
from clipferry.jobs.retention import Retention
from clipferry.jobs.runner import Runner
from clipferry.jobs.scheduler import Limits
from clipferry.jobs.staging import Staging
from clipferry.jobs.store import Store
from clipferry.jobs.surroundings import Surroundings
from clipferry.jobs.workers import Recipe, Workers
from clipferry.protocol import METHODS, Message, NetworkSettings, Settings
from clipferry.protocol import Job as JobMessage
from clipferry.service import Caller, Parts, PrivateOrigins, Service
from clipferry.settings import SettingsFile
from clipferry.subscriptions import Events
from clipferry.system.clock import SystemClock
from clipferry.ytdlp.engines import Engines
from clipferry.ytdlp.errors import UpdateFailed
from clipferry.ytdlp.pip import Pip, Release
from clipferry.ytdlp.updater import Updater

PAGE = Caller("page", "extension")
PERSON = Caller("person", "cli")
# Names are looked up by the proxy, so that no test asks a real name server.
PROXIED = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
URL = "https://video.example/a"


@dataclass
class Desk:
    service: Service
    store: Store
    downloads: Path
    stopped: list[bool]

    async def ask(self, method: str, caller: Caller = PERSON, /, **params: object) -> Message:
        return await self.service.call(method, METHODS[method][0].model_validate(params), caller=caller)

    async def create(self, caller: Caller = PERSON, /, **params: object) -> JobMessage:
        made = await self.ask("clip.create", caller, **{"url": URL, **params})
        assert isinstance(made, JobMessage)
        return made

    async def finish(self, file_id: str, name: str = "clip.mp4") -> Path:
        """Let the job be done, as if a worker had made its file."""
        path = self.downloads / name
        path.write_bytes(b"0123456789")
        staged = Staged(path, name, 10)
        await self.store.change(file_id, lambda job: done(publish_as(job, staged, path, 1.0), path, 2.0))
        return path


class NoIndex(Pip):
    """Asks nobody: what updates do is tested in ``tests/update``."""

    async def newest(self, scratch: Path, *, nightly: bool) -> Release:
        raise UpdateFailed


async def no_trial(folder: Path, version: str, cache: Path) -> None:
    raise AssertionError("no verb tested here brings a version to try")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock, downloads, stopped = SystemClock(), tmp_path / "Downloads", []
    downloads.mkdir()
    database = Database(tmp_path / "jobs.sqlite3")
    store, events, workers = Store(database), Events(clock), Workers("test")
    settings = SettingsFile(tmp_path / "settings.json", {})
    origins = PrivateOrigins(clock)

    def network(allow_private: bool) -> Network:
        return Network.from_environment(PROXIED, allow_private=allow_private, private_origins=origins.now())

    def plan(job: Job, fresh: bool) -> Plan:
        return Plan(downloads, Recipe(network(job.allow_private), tmp_path), "{title}", None, None, fresh)

    runner = Runner(
        Means(store, workers, Staging(tmp_path / "cache"), clock, events.tell_job),
        Surroundings(clock, tmp_path, lambda: downloads, lambda: True),
        limits=lambda: Limits(2, 2),
        plan=plan,
        ended=lambda job: None,
    )
    parts = Parts(
        store=store,
        runner=runner,
        resolver=Resolver(
            workers, CookieJars(tmp_path / "run"), recipe=lambda network: Recipe(network, tmp_path / "resolved")
        ),
        retention=Retention(store, lambda: settings.current.retention, clock.now),
        settings=settings,
        cookies=CookieJars(tmp_path / "run"),
        ids=Ids(clock.now),
        clock=clock,
        private_origins=origins,
        downloads=lambda: downloads,
        network=network,
        updater=Updater(Engines(tmp_path / "engines"), NoIndex(Network, "test"), clock, try_out=no_trial, busy=set),
        stop=lambda: stopped.append(True),
        notices=[],
    )
    await store.set_fact("paused", "1")
    await runner.start()
    yield Desk(Service(parts, events), store, downloads, stopped)
    await runner.stop()
    database.close()


async def test_every_method_of_the_protocol_has_a_verb(desk: Desk) -> None:
    for method, (params, _) in METHODS.items():
        try:
            await desk.service.call(method, params.model_construct(), caller=PERSON)
        except UnknownMethod:
            pytest.fail(f"{method} is promised and not there")
        except (ClipError, AttributeError):  # what it needs was not given
            continue
    assert desk.stopped == [True]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("daemon.stop", {}),
        ("private.allow", {"origin": "http://127.0.0.1:8000"}),
        ("engine.get", {}),
        ("engine.update", {}),
        ("engine.rollback", {}),
        ("settings.set", {"updates": "off"}),
        ("settings.set", {"update_channel": "nightly"}),
        ("clip.create", {"url": URL, "allow_private": True}),
        ("resolve", {"url": URL, "allow_private": True}),
        ("settings.set", {"downloads_dir": "/etc"}),
        ("settings.set", {"ffmpeg": "/tmp/evil"}),
        ("settings.set", {"network": {"proxy": "http://evil.example:1"}}),
    ],
)
async def test_what_only_a_person_may_ask(desk: Desk, method: str, params: dict[str, object]) -> None:
    with pytest.raises(NotAllowed):
        await desk.ask(method, PAGE, **params)
    assert desk.stopped == []
    assert await desk.ask("settings.get", PERSON) == Settings()


async def test_a_page_sees_no_path_and_changes_none(desk: Desk) -> None:
    chosen = Settings(downloads_dir=str(desk.downloads), network=NetworkSettings(speed_limit_bps=5000))
    await desk.service.call("settings.set", chosen, caller=PERSON)
    seen = await desk.ask("settings.get", PAGE)
    assert str(desk.downloads) not in seen.model_dump_json()
    assert isinstance(seen, Settings)
    await desk.service.call("settings.set", seen.model_copy(update={"concurrency": 5}), caller=PAGE)
    assert await desk.ask("settings.get", PERSON) == chosen.model_copy(update={"concurrency": 5})


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1/x", BlockedAddress),
        ("http://2130706433/x", BlockedAddress),
        ("file:///etc/passwd", InvalidUrl),
        ("--exec=x", InvalidUrl),
        ("https://a@b.example/", InvalidUrl),
    ],
)
@pytest.mark.parametrize("caller", [PAGE, PERSON])
async def test_an_address_that_leads_nowhere_good_makes_no_job(
    desk: Desk, url: str, kind: type[ClipError], caller: Caller
) -> None:
    with pytest.raises(kind):
        await desk.create(caller, url=url)
    assert await desk.store.count_open() == 0


async def test_a_person_may_mean_a_private_address(desk: Desk) -> None:
    made = await desk.create(PERSON, url="http://127.0.0.1:8000/film.mp4", allow_private=True)
    assert made.state == "queued"


async def test_the_demo_opens_one_private_origin_to_pages(desk: Desk) -> None:
    await desk.ask("private.allow", PERSON, origin="http://127.0.0.1:8123")
    await desk.create(PAGE, url="http://127.0.0.1:8123/watch")
    with pytest.raises(BlockedAddress):
        await desk.create(PAGE, url="http://127.0.0.1:8124/watch")


async def test_an_end_before_the_start_makes_no_job(desk: Desk) -> None:
    with pytest.raises(InvalidRange):
        await desk.create(start_time=10, end_time=10)
    assert await desk.store.count_open() == 0


async def test_a_done_clip_whose_file_is_gone_is_taken_again(desk: Desk) -> None:
    first = await desk.create()
    path = await desk.finish(first.file_id)
    assert (await desk.create()).file_id == first.file_id
    path.unlink()
    second = await desk.create()
    assert second.file_id != first.file_id
    with pytest.raises(FileGone):
        await desk.service.clip_file(first.file_id)
    with pytest.raises(NotReady):
        await desk.service.clip_file(second.file_id)
    seen = await desk.ask("job.get", file_id=first.file_id)
    assert isinstance(seen, JobMessage)
    assert seen.file_missing


async def test_removing_keeps_the_file_unless_asked(desk: Desk) -> None:
    kept, gone = await desk.create(start_time=1), await desk.create(start_time=2)
    kept_path, gone_path = await desk.finish(kept.file_id, "a.mp4"), await desk.finish(gone.file_id, "b.mp4")
    await desk.ask("job.remove", file_id=kept.file_id)
    await desk.ask("job.remove", file_id=gone.file_id, delete_file=True)
    assert kept_path.exists()
    assert not gone_path.exists()
    with pytest.raises(JobNotFound):
        await desk.ask("job.get", file_id=gone.file_id)


async def test_a_done_clip_cannot_be_cancelled(desk: Desk) -> None:
    made = await desk.create()
    await desk.finish(made.file_id)
    with pytest.raises(WrongState):
        await desk.ask("job.cancel", file_id=made.file_id)


async def test_events_tell_the_last_word_on_every_job_to_a_slow_listener(desk: Desk) -> None:
    with desk.service.subscribe() as events:
        made = [await desk.create(start_time=number) for number in range(20)]
        for _ in range(10):
            for one in made:
                await desk.ask("job.pin", file_id=one.file_id, pinned=True)
        for one in made:
            await desk.ask("job.cancel", file_id=one.file_id)
        told = [await asyncio.wait_for(anext(events), 5) for _ in made]
    assert {event.data.file_id for event in told} == {one.file_id for one in made}
    assert {event.data.state for event in told} == {"cancelled"}


async def test_a_subscription_ends_when_it_is_closed(desk: Desk) -> None:
    events = desk.service.subscribe()
    events.close()
    assert [event async for event in events] == []
