"""The service's methods: rights and results. Real store and dispatcher; the queue is paused, so no worker is needed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clipferry.clip.errors import BlockedAddress, ClipError, InvalidRange, InvalidUrl, LoginRequired
from clipferry.clip.http.network import Network
from clipferry.desktop.supervisor import DesktopSupervisor, Wanted
from clipferry.event_bus import Events
from clipferry.jobs.dispatcher import Dispatcher
from clipferry.jobs.errors import CannotOpen, FileGone, JobNotFound, NotAllowed, NotReady, SessionNeeded, WrongState
from clipferry.jobs.failure import Failure
from clipferry.jobs.host_conditions import HostConditions
from clipferry.jobs.job import LOCAL_OWNER, Job, Staged, done, fail, publish_as
from clipferry.jobs.job_run import Dependencies, RunPlan
from clipferry.jobs.lent_cookies import CookieJars
from clipferry.jobs.policy.dedupe import Ids
from clipferry.jobs.policy.retention import Retention
from clipferry.jobs.policy.scheduler import Limits
from clipferry.jobs.removal import UNDO_WITHIN_S
from clipferry.jobs.resolve_ahead import Resolver
from clipferry.jobs.sqlite.database import Database
from clipferry.jobs.sqlite.store import Store
from clipferry.jobs.staging import Staging
from clipferry.jobs.worker.pool import Workers, WorkerSpec
from clipferry.permissions import PAGE_SETTINGS
from clipferry.protocol.base import Empty, Message
from clipferry.protocol.jobs import Job as JobMessage
from clipferry.protocol.methods import METHODS, Method
from clipferry.protocol.settings import Settings
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


@dataclass
class Desk:
    service: Service
    store: Store
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
        path = self.downloads / name
        path.write_bytes(b"0123456789")
        staged = Staged(path, name, 10)
        await self.store.change(file_id, lambda job: done(publish_as(job, staged, path, when), path, when))
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

    def plan(job: Job, fresh: bool) -> RunPlan:
        return RunPlan(downloads, WorkerSpec(network(job.allow_private), tmp_path), "{title}", None, None, fresh)

    dispatcher = Dispatcher(
        Dependencies(store, workers, Staging(tmp_path / "cache"), clock, events.publish_job),
        HostConditions(clock, tmp_path, lambda: downloads, lambda: True),
        limits=lambda: Limits(2, 2),
        plan=plan,
        ended=lambda job: None,
    )
    components = Components(
        store=store,
        dispatcher=dispatcher,
        resolver=Resolver(
            workers,
            CookieJars(tmp_path / "run"),
            worker_spec=lambda network: WorkerSpec(network, tmp_path / "resolved"),
        ),
        retention=Retention(store, lambda: settings.current.retention, clock.now),
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
    yield Desk(Service(components), store, downloads, stopped, clock, settings, components.cookies, database)
    await dispatcher.stop()
    database.close()


async def test_every_method_of_the_protocol_has_a_handler(desk: Desk) -> None:
    assert set(desk.service.methods) == set(METHODS)


VALID_PARAMS: dict[str, dict[str, object]] = {
    "hello": {"client": "script", "version": "1"},
    "resolve": {"url": URL},
    "clip.create": {"url": URL},
    "private.allow": {"origin": "http://127.0.0.1:8000"},
    "job.pin": {"pinned": True},
    "queue.pause": {"paused": False},
}


@pytest.mark.parametrize("method", [name for name, row in METHODS.items() if not row.page])
async def test_a_method_that_the_table_keeps_from_pages_is_denied_and_changes_nothing(desk: Desk, method: str) -> None:
    made = await desk.create(PAGE)
    file_id = {"file_id": made.file_id} if "file_id" in METHODS[method].params.model_fields else {}
    with pytest.raises(NotAllowed):
        await desk.ask(method, PAGE, **file_id, **VALID_PARAMS.get(method, {}))
    assert desk.stopped == []
    assert await desk.ask("settings.get") == Settings()
    assert await desk.ask("job.get", file_id=made.file_id) == made.model_copy(update={"created": None})


async def test_a_method_is_denied_to_pages_until_its_row_allows_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "hello", Method(METHODS["hello"].params, METHODS["hello"].result))
    with pytest.raises(NotAllowed):
        await desk.ask("hello", PAGE, client="extension", version="1")
    await desk.ask("hello", PERSON, client="cli", version="1")


@pytest.mark.parametrize("method", ["resolve", "clip.create"])
async def test_a_page_is_never_given_a_private_address(desk: Desk, method: str) -> None:
    with pytest.raises(NotAllowed):
        await desk.ask(method, PAGE, url=URL, allow_private=True)


CHANGES = [
    name
    for name, row in METHODS.items()
    if row.page and name.startswith("job.") and name not in ("job.get", "job.list", "job.open", "job.copy")
]


@pytest.mark.parametrize("method", CHANGES)
async def test_a_page_changes_only_jobs_that_pages_asked_for(desk: Desk, method: str) -> None:
    person, page = await desk.create(PERSON), await desk.create(PAGE, start_time=5)
    with pytest.raises(NotAllowed):
        await desk.ask(method, PAGE, file_id=person.file_id)
    assert await desk.ask("job.get", file_id=person.file_id) == person.model_copy(update={"created": None})
    with contextlib.suppress(WrongState):  # It may, only not in the state that this job is in.
        await desk.ask(method, PAGE, file_id=page.file_id)


OTHER_SETTINGS: dict[str, object] = {
    "downloads_dir": "/srv/films",
    "name_template": "{id}",
    "output": {"kind": "mp3"},
    "concurrency": 5,
    "per_site": 5,
    "network": {"proxy": "http://proxy.example:1"},
    "retention": {"max_age_days": 1},
    "recording": {"max_s": 60.0},
    "ffmpeg": "/usr/local/bin/ffmpeg",
    "updates": "off",
    "update_channel": "nightly",
    "tray": False,
    "notifications": False,
}


@pytest.mark.parametrize("name", Settings.model_fields)
async def test_a_page_changes_no_setting_and_sees_only_what_is_named(desk: Desk, name: str) -> None:
    chosen = Settings.model_validate({name: OTHER_SETTINGS[name]})
    with pytest.raises(NotAllowed):
        await desk.service.call("settings.set", chosen, caller=PAGE)
    assert await desk.ask("settings.get") == Settings()
    desk.settings.replace(chosen)
    seen = await desk.ask("settings.get", PAGE)
    assert seen == (chosen if name in PAGE_SETTINGS else Settings())
    with desk.service.subscribe(PERSON) as events:
        await desk.service.call("settings.set", chosen, caller=PERSON)
        assert (await anext(events)).data == seen


async def test_the_dashboard_is_opened_for_a_page_without_telling_it_the_link(desk: Desk) -> None:
    opened: list[str] = []
    desk.service.dashboard.make_link = lambda owner: "http://127.0.0.1:8804/#c=secret"
    desk.service.dashboard.open_link = lambda url: not opened.append(url)
    answer = await desk.ask("dashboard.open", PAGE, link="https://video.example/a?b=1&c=evil")
    assert answer == Empty()
    assert opened == [
        "http://127.0.0.1:8804/#c=secret&link=https%3A%2F%2Fvideo.example%2Fa%3Fb%3D1%26c%3Devil&view=history"
    ]
    desk.service.dashboard.open_link = lambda _: False
    with pytest.raises(CannotOpen):
        await desk.ask("dashboard.open", PAGE)


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
    desk: Desk, url: str, kind: type[ClipError], caller: Principal
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
        await desk.service.clip_file(first.file_id, PERSON)
    with pytest.raises(NotReady):
        await desk.service.clip_file(second.file_id, PERSON)
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


async def test_asking_again_says_that_an_older_job_answers(desk: Desk) -> None:
    first, second = await desk.create(PAGE), await desk.create(PAGE)
    assert (first.created, second.created) == (True, False)
    assert second.file_id == first.file_id
    path = await desk.finish(first.file_id)
    assert (await desk.create(PAGE)).created is False
    path.unlink()
    assert (await desk.create(PAGE)).created is True, "its file is gone, so this one is another job"


COOKIES: list[dict[str, str]] = [{"domain": ".video.example", "name": "sid", "value": "s3cret"}]


async def failed_for_want_of_a_session(desk: Desk, caller: Principal = PAGE) -> str:
    made = await desk.create(caller)
    await desk.store.change(made.file_id, lambda job: fail(job, Failure.of(LoginRequired()), 2.0))
    return made.file_id


def session_of(desk: Desk, file_id: str) -> str:
    file = desk.cookies.file(file_id)
    return "" if file is None else file.read_text()


@pytest.mark.parametrize("state", ["failed", "queued", "paused"])
async def test_a_request_that_an_older_job_answers_hands_its_session_over(desk: Desk, state: str) -> None:
    file_id = await failed_for_want_of_a_session(desk) if state == "failed" else (await desk.create(PAGE)).file_id
    if state == "paused":
        await desk.ask("job.pause", file_id=file_id)
    joined = await desk.create(PAGE, cookies=COOKIES)
    assert (joined.file_id, joined.created) == (file_id, False)
    assert joined.state == ("queued" if state == "failed" else state)
    assert "s3cret" in session_of(desk, file_id)
    assert (await desk.store.get(file_id)).session


async def test_a_session_for_a_clip_that_is_done_is_given_back_at_once(desk: Desk) -> None:
    made = await desk.create(PAGE)
    await desk.finish(made.file_id)
    assert (await desk.create(PAGE, cookies=COOKIES)).file_id == made.file_id
    assert session_of(desk, made.file_id) == ""
    assert not (await desk.store.get(made.file_id)).session


async def test_a_session_that_comes_when_the_job_has_just_failed_runs_it_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await desk.create(PAGE)
    hand_over = desk.cookies.hand_over

    def failing_meanwhile(from_id: str, to_id: str) -> bool:
        desk.database.write_now(lambda c: c.execute("UPDATE jobs SET state='failed' WHERE id=?", (to_id,)))
        return hand_over(from_id, to_id)

    monkeypatch.setattr(desk.cookies, "hand_over", failing_meanwhile)
    joined = await desk.create(PAGE, cookies=COOKIES)
    assert (joined.file_id, joined.state) == (made.file_id, "queued")
    assert "s3cret" in session_of(desk, made.file_id)


async def test_a_retry_asks_for_the_session_that_it_needs_and_takes_it(desk: Desk) -> None:
    file_id = await failed_for_want_of_a_session(desk)
    for cookies in ([], [{**COOKIES[0], "domain": ".other.example"}]):
        with pytest.raises(SessionNeeded):
            await desk.ask("job.retry", PAGE, file_id=file_id, cookies=cookies)
    assert (await desk.store.get(file_id)).failure is not None, "it is as it was"
    again = await desk.ask("job.retry", PAGE, file_id=file_id, cookies=COOKIES)
    assert isinstance(again, JobMessage)
    assert again.state == "queued"
    assert "s3cret" in session_of(desk, file_id)
    folder = desk.cookies.file(file_id)
    assert folder is not None
    assert [path.stem for path in folder.parent.iterdir()] == [file_id], "nothing is kept beside it"


async def test_a_person_who_joins_the_clip_of_a_page_brings_their_permission_and_a_page_never_does(desk: Desk) -> None:
    of_page = await failed_for_want_of_a_session(desk)
    joined = await desk.create(PERSON, allow_private=True)
    assert joined.file_id == of_page
    kept = await desk.store.get(of_page)
    assert (kept.allow_private, kept.from_page) == (True, False)
    with pytest.raises(NotAllowed):
        await desk.ask("job.remove", PAGE, file_id=of_page, trash=True)
    of_other_page = await desk.create(PAGE)
    assert of_other_page.file_id != of_page, "a page's request runs with a page's rights"
    assert not (await desk.store.get(of_other_page.file_id)).allow_private


@pytest.mark.parametrize(
    ("caller", "params"), [(PAGE, {"delete_file": True}), (PAGE, {"trash": True}), (PERSON, {"trash": True})]
)
async def test_an_undone_clip_goes_to_the_bin(
    desk: Desk, caller: Principal, params: dict[str, bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", bytes(tmp_path / "Trash"))
    made = await desk.create(PAGE)
    path = await desk.finish(made.file_id, when=desk.now())
    await desk.ask("job.remove", caller, file_id=made.file_id, **params)
    assert not path.exists()
    (kept,) = (tmp_path / "Trash" / "files").iterdir()
    assert kept.read_bytes() == b"0123456789"
    with pytest.raises(JobNotFound):
        await desk.ask("job.get", file_id=made.file_id)


@pytest.mark.parametrize("case", ["long ago", "pinned", "changed", "no bin"])
async def test_what_cannot_be_undone_keeps_its_file_and_its_place_in_the_history(
    desk: Desk, case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", bytes(tmp_path / "Trash"))
    made = await desk.create(PAGE)
    path = await desk.finish(made.file_id, when=desk.now() - (UNDO_WITHIN_S + 1 if case == "long ago" else 0))
    if case == "pinned":
        await desk.ask("job.pin", file_id=made.file_id, pinned=True)
    elif case == "changed":
        path.write_bytes(b"the person's own cut of it")
    elif case == "no bin":
        (tmp_path / "Trash").write_text("in the way")
    with pytest.raises(ClipError):
        await desk.ask("job.remove", PAGE, file_id=made.file_id, trash=True)
    assert path.exists()
    assert await desk.ask("job.get", file_id=made.file_id)


async def test_a_done_clip_cannot_be_cancelled(desk: Desk) -> None:
    made = await desk.create()
    await desk.finish(made.file_id)
    with pytest.raises(WrongState):
        await desk.ask("job.cancel", file_id=made.file_id)


async def test_events_tell_the_last_word_on_every_job_to_a_slow_listener(desk: Desk) -> None:
    with desk.service.subscribe(PERSON) as events:
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
    events = desk.service.subscribe(PERSON)
    events.close()
    assert [event async for event in events] == []
